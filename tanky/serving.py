"""The worker of gunicorn that the portal is served by: threads get requests that are whole.

gunicorn's own threads read a request as it comes, so that four half requests hold a worker up.
Here the worker's poller takes in what comes, without waiting, and a request goes to a thread when
its head and its body are there; what is slow about it is closed after a while. What a kept page
takes is less than handing it to a thread: the poller answers it itself (bench/README.md).

The protocol is gunicorn's: parsing, limits, the environment, answers, signals. Kept pages alone go
a shorter way, since half of their time was spent there: llhttp reads the head, and the answer is
sent in one piece (docs/decisions/0001-server.md).

A worker that a large import or document left with far more memory than it began with retires, and
gunicorn starts another: what Python has taken in small pieces it does not give back.
"""

import fcntl
import io
import os
import re
import shutil
import struct
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from selectors import EVENT_READ
from socket import AF_UNIX, SHUT_WR, SO_SNDTIMEO, SOL_SOCKET
from termios import TIOCOUTQ
from typing import Any, BinaryIO

from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from gunicorn.util import http_date, unquote_to_wsgi_str
from gunicorn.workers.gthread import TConn, ThreadWorker
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

IDLE_SECONDS = 30  # for the next request on an open connection
HEAD_SECONDS = 15
BODY_SECONDS = 20  # and one more for each kilobyte that has come
SEND_SECONDS = 20  # without a client's taking anything
PARTING_SECONDS = 2
LONGEST_HEAD = 64 * 1024  # bytes; gunicorn's own limits are stricter, and say why
IN_MEMORY = 64 * 1024  # bytes of a request; what is longer waits in a file
# Bytes. Pages kept and templates compiled take up to 22 MB, what 2,000 procedures are found by 7.
MOST_GROWTH = 40 * 2**20
_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:")
_QUICK = re.compile(rb"GET (/[^\s#]*) HTTP/1\.1\r\n")
LONGEST_QUICK_HEAD = 4094  # bytes; gunicorn's least limit, of a request line
# With these a request is more than a page asked for.
_NOT_QUICK = {b"cookie", b"content-length", b"transfer-encoding", b"expect", b"upgrade"}


class Connection(TConn):
    """A connection, and what has come of its next request."""

    def __init__(self, *args):
        super().__init__(*args)
        self.is_parting = False
        self.unsent = b""  # of an answer that the client did not take at once
        self.keeps = True  # whether a request may come after it
        self.initialized = True  # no TLS here, and a parser for each request
        # A client that takes nothing of its answer holds a thread no longer than this.
        self.sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
        self.rest()

    def rest(self, received: bytes = b"") -> None:
        """Wait for the next request, of which this has come already."""
        self.received: BinaryIO = io.BytesIO()
        self.size = 0
        self.head: bytes = b""
        self.length: int | None = 0  # of the whole request in bytes; None: told by its last chunk
        self.tail = b""  # the last bytes that came
        self.parser: RequestParser | None = None  # of this request, where gunicorn reads it
        self.began = time.monotonic()
        self.deadline = self.began + IDLE_SECONDS
        if received:
            self.take(received)

    def take(self, data: bytes) -> None:
        if not self.size:
            self.began = time.monotonic()
        if self.size <= IN_MEMORY < self.size + len(data):
            file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives on
            self.received.seek(0)
            shutil.copyfileobj(self.received, file)
            self.received = file
        self.received.write(data)
        self.size += len(data)
        self.tail = (self.tail + data)[-8:]
        if not self.head:
            self.deadline = self.began + HEAD_SECONDS
            self._look_for_head()
        if self.head:
            self.deadline = self.began + BODY_SECONDS + self.size / 1000

    def _look_for_head(self) -> None:
        self.received.seek(0)
        begun = self.received.read(LONGEST_HEAD)
        self.received.seek(0, 2)
        end = begun.find(b"\r\n\r\n")
        if end < 0 and len(begun) < LONGEST_HEAD:
            return
        self.head = begun[: end + 4] if end >= 0 else begun
        if end < 0:
            self.length = 0  # too long: gunicorn says so
        elif _CHUNKED.search(self.head):
            self.length = None
        else:
            told = _LENGTH.search(self.head)
            self.length = len(self.head) + (int(told.group(1)) if told else 0)

    def is_whole(self, longest: int) -> bool:
        """Whether the request can be answered: because it is there, or because it is too long."""
        if not self.head:
            return False
        if self.size > longest or (self.length or 0) > longest:
            return True
        if self.length is None:
            return self.tail.endswith(b"\n0\r\n\r\n")
        return self.size >= self.length

    def head_of_quick(self) -> "Head | None":
        """The head as a quick request's; None where gunicorn is to read it."""
        if self.length != len(self.head) or self.length > LONGEST_QUICK_HEAD:
            return None
        head = Head()
        try:
            HttpRequestParser(head).feed_data(self.head)
        except (HttpParserError, HttpParserUpgrade):
            return None
        return head if head.is_plain() else None

    def parse(self, cfg) -> None:
        self.received.seek(0)
        self.parser = RequestParser(cfg, self._parts(), self.client)

    def _parts(self) -> Iterator[bytes]:
        while part := self.received.read(IN_MEMORY):
            yield part

    def unread(self) -> bytes:
        """What came behind the request that was answered: the next one's beginning."""
        if self.parser is None:
            self.received.seek(len(self.head))
            return self.received.read()
        return self.parser.unreader.take_buffered() + self.received.read()


class Head:
    """A request's head as llhttp reads it."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def is_plain(self) -> bool:
        """Whether no header changes what is asked, none comes twice, and none is one that gunicorn
        would drop."""
        names = {name for name, _ in self.headers}
        return (
            b"host" in names
            and len(names) == len(self.headers) <= 100
            and names.isdisjoint(_NOT_QUICK)
            and b"_" not in b"".join(names)
        )

    def keeps(self) -> bool:
        """Whether the client may send another request after this one."""
        return b"close" not in dict(self.headers).get(b"connection", b"").lower()

    def environ(self, client: str | tuple, server: str | tuple) -> dict[str, Any]:
        """The request's WSGI environment, as gunicorn makes it."""
        path, _, query = self.target.decode("latin-1").partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_wsgi_str(path),
            "QUERY_STRING": query,
            "RAW_URI": self.target.decode("latin-1"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
        }
        for name, value in self.headers:
            key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
            environ[key] = value.decode("latin-1").strip(" \t")
        if isinstance(server, str):  # a socket in the file system has no ports
            host, _, port = environ["HTTP_HOST"].partition(":")
            environ |= {"REMOTE_ADDR": "", "SERVER_NAME": host, "SERVER_PORT": port or "80"}
        else:
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
            environ["SERVER_NAME"], environ["SERVER_PORT"] = server[0], str(server[1])
        return environ


class Quick:
    """A quick request: the application takes it, then gives the answer (PEP 3333)."""

    def __init__(self, conn: Connection, head: Head):
        self.conn = conn
        self.head = head
        self.answered: tuple[str, list[tuple[str, str]]] | None = None
        self.parts: Iterable[bytes] = ()
        self.error: Exception | None = None

    def begin(self, application, environ: dict[str, Any]) -> None:
        try:
            own = self.head.environ(self.conn.client, self.conn.server)
            self.parts = application(environ | own, self._start_response)
        except Exception as error:
            self.error = error

    def _start_response(self, status, headers, exc_info=None) -> None:
        self.answered = status, headers

    def answer(self, keeps: bool) -> bytes:
        """The answer in one piece; raises what the application raised."""
        if self.error:
            raise self.error
        try:
            body = b"".join(self.parts)
        finally:
            getattr(self.parts, "close", lambda: None)()
        if self.answered is None:
            raise RuntimeError("the application did not call start_response")
        return _composed(*self.answered, body, keeps)


class Worker(ThreadWorker):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.waiting: set[Connection] = set()
        self.quick_ones: list[Quick] = []  # requests of this round of the poller
        self._swept = 0.0

    def run(self) -> None:
        config = getattr(self.wsgi, "config", {})
        self.longest = (config.get("MAX_CONTENT_LENGTH") or 25 * 2**20) + LONGEST_HEAD
        extensions = getattr(self.wsgi, "extensions", {})
        # What gunicorn does by settings that deploy/ does not make is left to it.
        is_left = (
            self.log.access_log_enabled
            or self.cfg.max_requests
            or self.cfg.secure_scheme_headers
            or not self.cfg.keepalive
        )
        self.quick = () if is_left else extensions.get("quick_targets", ())
        self.environ = wsgi.base_environ(self.cfg) | {"wsgi.multithread": True}
        # Any file that all workers can open; each by itself, or they would share the lock.
        self.retiring = open(__file__)  # noqa: SIM115 - it lives on
        self.memory_at_first = resident_memory()
        super().run()
        if heartbeat := extensions.get("heartbeat"):
            heartbeat.beat()  # writes what waits

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            # Closing a listener cuts off the connections that are queued on it: take them first.
            for listener in self.sockets:
                while self.accept(listener):
                    pass
                listener.close()

    def accept(self, listener) -> bool:
        """Take one connection; whether there was one."""
        try:
            sock, address = listener.accept()
        except OSError:
            return False  # gone again, or another worker's
        if self.nr_conns + 1 >= self.worker_connections:
            self._answer_quick_ones()  # before one of their connections is closed
        if self.nr_conns + 1 >= self.worker_connections and self.waiting:
            # Whoever opens a thousand connections shuts out nobody but the slowest.
            self._close(min(self.waiting, key=lambda conn: conn.began))
        self.nr_conns += 1
        self._wait(Connection(self.cfg, sock, address, listener.getsockname()))
        return True

    def _wait(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        self.waiting.add(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))

    def _receive(self, conn: Connection, sock) -> None:
        if conn not in self.waiting:
            return  # closed in this round, to make room for another
        try:
            data = sock.recv(IN_MEMORY)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(conn)
            return
        if not conn.is_parting:
            conn.take(data)
            self._go_on(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout)
        self._answer_quick_ones()

    def _go_on(self, conn: Connection) -> None:
        """See that what has come whole is answered, in this round or by a thread."""
        if not conn.is_whole(self.longest):
            return
        if self._is_quick(conn) and (head := conn.head_of_quick()):
            self.quick_ones.append(Quick(conn, head))
        else:
            conn.parse(self.cfg)
            self._give_to_a_thread(conn)

    def _give_to_a_thread(self, conn: Connection) -> None:
        self.poller.unregister(conn.sock)
        self.waiting.discard(conn)
        self.enqueue_req(conn)

    def _answer_quick_ones(self) -> None:
        """Begin all, then answer all, so that their page views are written in one transaction
        (``tally.figures_with``). With one for each, a new visit took twice as long."""
        while self.quick_ones:
            together, self.quick_ones = self.quick_ones, []
            for quick in together:
                quick.begin(self.wsgi, self.environ)
            for quick in together:
                self._answer(quick)

    def _answer(self, quick: Quick) -> None:
        """Answer in one piece; a thread sends what the client does not take at once."""
        conn = quick.conn
        conn.keeps = self.alive and quick.head.keeps()
        try:
            answer = quick.answer(conn.keeps)
        except Exception as error:
            self.handle_error(None, conn.sock, conn.client, error)
            conn.keeps = False
        else:
            self._send(conn, answer)
        if conn.unsent:
            self._give_to_a_thread(conn)
        elif self._rest(conn, conn.keeps):
            self._go_on(conn)

    @staticmethod
    def _send(conn: Connection, answer: bytes) -> None:
        try:
            conn.unsent = answer[conn.sock.send(answer) :]
        except BlockingIOError:
            conn.unsent = answer
        except OSError:
            conn.keeps = False

    def handle(self, conn: Connection) -> bool:
        if not conn.unsent:
            return super().handle(conn)
        conn.sock.setblocking(True)
        try:
            conn.sock.sendall(conn.unsent)
        except OSError:
            return False
        conn.unsent = b""
        return conn.keeps

    def _is_quick(self, conn: Connection) -> bool:
        """Whether the answer is quick to make, and quick to send: the client took all before it."""
        target = _QUICK.match(conn.head)
        if not target or target.group(1) not in self.quick:
            return False
        unsent = struct.unpack("i", fcntl.ioctl(conn.sock, TIOCOUTQ, b"\0\0\0\0"))[0]
        return unsent == 0

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        # The whole body is here: what the application left unread is passed over at no cost.
        return keepalive and bool(conn.parser.finish_body(max_bytes=self.longest))

    def finish_request(self, conn: Connection, future) -> None:
        keeps = not future.cancelled() and not future.exception() and future.result()
        if self._rest(conn, keeps):
            self._wait(conn)
            self._go_on(conn)

    def _rest(self, conn: Connection, keeps: bool) -> bool:
        """Have a connection that was answered wait for its next request; whether one may come."""
        too_long = conn.size > self.longest or (conn.length or 0) > conn.size
        if not keeps or too_long:
            self._part_from(conn)
            return False
        came = conn.unread()
        conn.received.close()
        conn.rest(came)
        if not self.alive:
            # The client was told that the connection stays open. Its next request is answered, with
            # "Connection: close".
            conn.deadline = min(conn.deadline, time.monotonic() + PARTING_SECONDS)
        return True

    def _part_from(self, conn: Connection) -> None:
        """Close a connection once the client has read the answer (RFC 9112, section 9.6)."""
        conn.is_parting = True
        conn.deadline = time.monotonic() + PARTING_SECONDS
        try:
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            self._close(conn)
            return
        if conn not in self.waiting:
            self._wait(conn)
        else:
            conn.sock.setblocking(False)

    def _close(self, conn: Connection) -> None:
        if conn in self.waiting:
            self.waiting.discard(conn)
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.received.close()
        conn.close()

    def murder_keepalived(self, force: bool = False) -> None:
        now = time.monotonic()
        if now - self._swept < 1 and not force:
            return
        self._swept = now
        for conn in [conn for conn in self.waiting if force or conn.deadline < now]:
            self._close(conn)
        has_grown = resident_memory() - self.memory_at_first > MOST_GROWTH
        if has_grown and self._may_retire():
            self.alive = False

    def _may_retire(self) -> bool:
        """Whether the others answer while the next worker starts: all listen, and none retires."""
        ports = {sock.getsockname()[1] for sock in self.sockets if sock.family != AF_UNIX}
        try:
            # Held until this process ends.
            fcntl.flock(self.retiring, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if self.cfg.workers > 1 and all(listeners(port) >= self.cfg.workers for port in ports):
            return True
        fcntl.flock(self.retiring, fcntl.LOCK_UN)
        return False

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self.waiting:
            if not conn.size:
                conn.deadline = min(conn.deadline, deadline)


def _composed(status: str, headers: list[tuple[str, str]], body: bytes, keeps: bool) -> bytes:
    """An answer as it is sent (RFC 9112, section 2.1)."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Server: {wsgi.SERVER}",
        f"Date: {_date(int(time.time()))}",
        f"Connection: {'keep-alive' if keeps else 'close'}",
    ]
    lines += [f"{name}: {value}" for name, value in headers if name != "Content-Length"]
    if not status.startswith("304"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return http_date(second)


def listeners(port: int) -> int:
    """How many sockets listen on a TCP port: with ``reuse_port``, one of each worker (proc(5))."""
    found = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError), open(table) as file:
            for line in file:
                _, local, _, state, *_ = line.split()
                found += state == "0A" and local.endswith(f":{port:04X}")
    return found


def resident_memory() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
