"""Requests per second and memory: our pages with each visit counted, a bare Flask view that renders
a template of the same size, and nginx with the same HTML as a file (where it is installed)."""

import itertools
import re
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from servers import (
    AGENT,
    ROOT,
    environment_of,
    fetch,
    has_nginx,
    memory,
    serve,
    serve_files,
    set_up,
    stop,
)

CONNECTIONS = 16
ROUNDS = 5
SECONDS = 3  # of each server in each round
BARE = """
from pathlib import Path
from flask import Flask, render_template
folder = Path(__file__).parent
app = Flask(__name__, template_folder=folder)
@app.get("/")
def page():
    return render_template("page.html", name="x")
"""


class Visitor:
    """A connection that asks for a page as soon as it has the one before."""

    def __init__(self, number: int, port: int, address: str, lines: Iterator[str] | None):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.lines = lines
        self.request = (
            f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"User-Agent: {AGENT} {number}\r\nAccept-Encoding: gzip\r\n"
        ).encode()

    def ask(self) -> None:
        self.received, self.length = b"", None
        line = f"X-Forwarded-For: {next(self.lines)}\r\n\r\n" if self.lines else "\r\n"
        self.asked = time.monotonic()
        self.socket.sendall(self.request + line.encode())

    def hear(self) -> float | None:
        """Read what has come; the seconds that the answer took, once it is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise SystemExit("a connection was closed")
        self.received += part
        if self.length is None and (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end]
            if b" 200 " not in head[:20]:
                raise SystemExit(f"answered {head[:40]!r}")
            self.length = end + 4 + int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head)[1])
        if self.length is None or len(self.received) < self.length:
            return None
        return time.monotonic() - self.asked


def fresh_lines() -> Iterator[str]:
    """Addresses of which none comes twice."""
    for number in itertools.count(1 << 24):
        yield ".".join(str(part) for part in number.to_bytes(4))


def load(
    port: int, address: str, seconds: float, lines: Iterator[str] | None = None
) -> list[float]:
    """The seconds of each answer, over some seconds; each connection is a visitor of its own.

    :param lines: where each request is to come from, so that each begins a visit.
    """
    times: list[float] = []
    with selectors.DefaultSelector() as selector:
        visitors = [Visitor(number, port, address, lines) for number in range(CONNECTIONS)]
        for visitor in visitors:
            selector.register(visitor.socket, selectors.EVENT_READ, visitor)
            visitor.ask()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, _ in selector.select(30):
                if taken := key.data.hear():
                    times.append(taken)
                    key.data.ask()
        for visitor in visitors:
            visitor.socket.close()
    return times


def main() -> None:
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        folder.chmod(0o755)  # nginx reads it as another user
        environment = environment_of(folder)
        set_up(environment)
        ours = serve("wsgi:app", ROOT, environment)
        page = fetch(ours[1], agent="curl").decode()
        article = re.search(r'href="(/tin-tuc/\d+-[^"]*)"', page)[1]
        (folder / "page.html").write_text(page + "{{ name }}")
        (folder / "bare.py").write_text(BARE)
        stop(ours[0])
        print(f"home page of {len(page.encode()):,} bytes, {CONNECTIONS} connections, 2 workers")
        others = {}
        if has_nginx():
            files = serve_files({"index.html": page.encode()}, folder)
            running.callback(stop, files[0])
            others["nginx, a file"] = (files, "/", None)
        compare(folder, environment, article, others)
        print("with workers of two threads, as behind a proxy (docs/operating.md)")
        compare(folder, environment, article, {}, "--threads", "2")


def compare(folder: Path, environment: dict, article: str, others: dict, *options: str) -> None:
    """The bare view, the other servers and our pages by turns, since a machine is not as fast from
    one minute to the next; then ours as parts of the others, each round by itself.

    :param others: by name, a server and the address of its page.
    :param options: of gunicorn.
    """
    with ExitStack() as running:
        bare = serve("bare:app", folder, environment, *options)
        running.callback(stop, bare[0])
        ours = serve("wsgi:app", ROOT, environment, *options)
        running.callback(stop, ours[0])
        behind = serve("wsgi:app", ROOT, environment | {"TANKY_TRUSTED_PROXIES": "1"}, *options)
        running.callback(stop, behind[0])
        others = {"bare Flask view": (bare, "/", None), **others}
        report(
            others | {"home page, as a proxy asks": (behind, "/", itertools.repeat("192.0.2.1"))},
            {
                "home page": (ours, "/", None),
                "an article": (ours, article, None),
                "home page, each a new visit": (behind, "/", fresh_lines()),
            },
        )


def report(others: dict, ours: dict) -> None:
    servers = others | ours
    times: dict[str, list[list[float]]] = {name: [] for name in servers}
    for (_, port), address, lines in servers.values():
        load(port, address, 1, lines)  # warm
    for _ in range(ROUNDS):
        for name, ((_, port), address, lines) in servers.items():
            times[name].append(load(port, address, SECONDS, lines))
    for name, ((process, _), _, _) in servers.items():
        rates = [len(taken) / SECONDS for taken in times[name]]
        taken = sorted(itertools.chain(*times[name]))
        median, most = statistics.median(taken), taken[int(len(taken) * 0.99)]
        print(
            f"{name:<28}{statistics.median(rates):8.0f} req/s   median {median * 1000:6.1f} ms   "
            f"p99 {most * 1000:6.1f} ms ({most / median:.1f} times)   "
            f"worker {memory(process):5.1f} MB"
        )
        if name in others:
            continue
        for other in others:
            ratios = [
                len(mine) / len(theirs)
                for mine, theirs in zip(times[name], times[other], strict=True)
            ]
            print(
                f"    of {other}: {statistics.median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f})"
            )


if __name__ == "__main__":
    main()
