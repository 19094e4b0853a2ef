"""The server as it is run: what is half, slow or too much holds nobody up."""

import os
import re
import socket

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tanky.serving import Connection

from ..conftest import PHONE, get, serving

HEAD = "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: x\r\n\r\n"
POST = "POST /dang-nhap HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory, sqlite_template):
    """One server for all that leaves nothing behind that another test asks for."""
    with serving(tmp_path_factory.mktemp("server"), sqlite_template) as start:
        yield start()[1]


def connect(port: int, text: str) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), 30)
    opened.sendall(text.encode("latin-1"))
    return opened


def rest_of(connection: socket.socket) -> bytes:
    came = b""
    with connection:
        while part := connection.recv(65536):
            came += part
    return came


def answers(connection: socket.socket) -> list[str]:
    """The status of each answer until the server closes the connection."""
    return re.findall(r"HTTP/1\.1 (\d\d\d)", rest_of(connection).decode("utf-8", "replace"))


@pytest.mark.parametrize(
    "half",
    ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-", POST.format("Content-Length: 1000") + "a=1",
     POST.format("Transfer-Encoding: chunked") + "5\r\na=1"],
)  # fmt: skip
def test_two_hundred_half_requests_hold_nobody_up(port, half):
    held = [connect(port, half) for _ in range(200)]
    for number in range(12):
        assert get(port, "/", f"{PHONE} {number}")[0] == 200
        assert get(port, f"/tim-kiem?q={number}", PHONE)[0] == 200
    for connection in held:
        connection.close()


def test_requests_that_come_together_are_answered_in_their_order(port):
    get(port, "/", PHONE)
    together = (HEAD.format("/") + HEAD.format("/khong-co")) * 40
    last = HEAD.format("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    assert answers(connect(port, together + last)) == ["200", "404"] * 40 + ["200"]


NAMES = st.sampled_from(["Host", "host", "Accept", "X-Forwarded-For", "X_Real_IP", "Connection",
                         "Cookie", "Content-Length", "Transfer-Encoding", "Expect", "Upgrade",
                         "Sec-A", "If-None-Match", "A b", "Ä", ""])  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(
        ["close", "keep-alive", "Keep-Alive", "close, TE", "upgrade", "chunked", "0", "3", "h2c"]
    ),
    st.text(st.characters(codec="latin-1"), max_size=12),
)


@settings(max_examples=400, deadline=None)
@given(
    st.text(st.characters(codec="ascii", exclude_characters=" #"), max_size=12),
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
    st.sampled_from(["\r\n", "\n", "\r\n ", "\r"]),
)
@example("?a=1", [("Accept", " \t gzip \t ")], "\r\n")
@example("/a%2F%C3%A1?b=%20", [], "\r\n")
@example("", [("Connection", "close")], "\r\n")
@example("", [("Connection", "close, TE")], "\r\n")
@example("", [("Connection", "Upgrade"), ("Upgrade", "h2c")], "\r\n")
def test_the_head_of_a_kept_page_means_what_it_means_to_gunicorn(target, headers, end):
    lines = [f"GET /{target} HTTP/1.1\r\nHost: xa.vn:8000", *(f"{n}: {v}" for n, v in headers)]
    head = (end.join(lines) + "\r\n\r\n").encode("latin-1")
    config = Config()
    config.set("forwarded_allow_ips", "")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for ends in ((("10.0.0.1", 5), ("127.0.0.1", 8000)), ("", "/run/tanky.sock")):
            connection = Connection(config, ours, *ends)
            connection.take(head)
            if not (quick := connection.head_of_quick()):
                return
            request = next(RequestParser(config, iter([head]), ends[0]))
            _, expected = wsgi.create(request, ours, *ends, config)
            environ = wsgi.base_environ(config) | quick.environ(*ends)
            assert {k: v for k, v in environ.items() if not k.startswith("wsgi.")} == {
                k: v for k, v in expected.items() if not k.startswith(("wsgi.", "gunicorn."))
            }
            assert environ["wsgi.url_scheme"] == expected["wsgi.url_scheme"]
            # "close" may be one of several options, which gunicorn does not see (RFC 9112, 9.6).
            asked = environ.get("HTTP_CONNECTION", "").lower()
            assert quick.keeps() == ("close" not in asked and not request.should_close())


LARGE = """
class App:
    config = {}
    extensions = {"quick_targets": {b"/large"}}

    def __call__(self, environ, start_response):
        body = b"x" * (20_000_000 if environ["PATH_INFO"] == "/large" else 2)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

app = App()
"""


def test_who_takes_nothing_of_a_kept_page_holds_nobody_up(serve, tmp_path):
    (tmp_path / "large.py").write_text(LARGE)
    _, port = serve("large:app", workers=1)
    slow = connect(port, HEAD.format("/large") + HEAD.format("/"))
    assert slow.recv(15) == b"HTTP/1.1 200 OK"
    with connect(port, HEAD.format("/")) as another:
        another.settimeout(5)
        assert another.recv(15) == b"HTTP/1.1 200 OK"
    slow.shutdown(socket.SHUT_WR)
    came = rest_of(slow)
    assert len(came) > 20_000_000
    assert came.endswith(b"\r\n\r\nxx")  # and what was asked for after it


TOGETHER = """
import os

class App:
    config = {}
    extensions = {"quick_targets": {b"/open", b"/hold", b"/a", b"/bad", b"/worse", b"/b"}}
    told = []

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        self.told.append("begin " + path)
        if path == "/hold":
            with open(os.path.join(os.path.dirname(__file__), "gate")) as gate:
                gate.read()
        if path == "/bad":
            raise ValueError(path)
        return self.answer(path, start_response)

    def answer(self, path, start_response):
        self.told.append("answer " + path)
        if path == "/worse":
            raise ValueError(path)
        body = ", ".join(self.told).encode()
        start_response("200 OK", [])
        yield body

app = App()
"""


def test_kept_pages_at_hand_are_begun_together_and_a_fault_is_one_s_own(serve, tmp_path):
    (tmp_path / "together.py").write_text(TOGETHER)
    os.mkfifo(tmp_path / "gate")
    _, port = serve("together:app", workers=1)
    phones = [connect(port, HEAD.format("/open")) for _ in range(5)]
    for phone in phones:
        assert phone.recv(65536).startswith(b"HTTP/1.1 200 OK")
    phones[0].sendall(HEAD.format("/hold").encode())
    with (tmp_path / "gate").open("w"):  # once the worker holds; meanwhile the others come
        for phone, path in zip(phones[1:], ("/a", "/bad", "/worse", "/b"), strict=True):
            phone.sendall(HEAD.format(path).encode())
    came = [phone.recv(65536) for phone in phones]
    assert [answer[9:12] for answer in came] == [b"200", b"200", b"500", b"500", b"200"]
    assert re.search(rb"answer /hold, (begin /\w+, ){4}answer /", max(came, key=len))
    for phone in phones:
        phone.close()


def test_a_full_worker_answers_what_came_before_it_makes_room(serve, tmp_path):
    (tmp_path / "together.py").write_text(TOGETHER)
    os.mkfifo(tmp_path / "gate")
    _, port = serve("together:app", workers=1, arguments=("--worker-connections=2",))
    first = connect(port, HEAD.format("/open"))
    assert first.recv(65536).startswith(b"HTTP/1.1 200 OK")
    first.sendall(HEAD.format("/hold").encode())
    with (tmp_path / "gate").open("w"):
        first.sendall(HEAD.format("/a").encode())
        second = connect(port, HEAD.format("/b"))
    assert second.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert rest_of(first).count(b"HTTP/1.1 200 OK") == 2
    second.close()


def test_a_request_that_comes_in_pieces_is_one(port):
    connection = connect(port, "")
    for letter in HEAD.format("/tin-tuc/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"):
        connection.sendall(letter.encode())
    assert answers(connection) == ["200"]


@pytest.mark.parametrize(
    ("text", "status"),
    [("GET / HTTP/1.1\r\nX: " + "a" * 60_000 + "\r\n\r\n", "4"), ("\x16\x03\x01\r\n\r\n", "4"),
     (POST.format("Content-Length: 9999999999"), "4"),
     (POST.format("Content-Length: +3") + "a=1", "4"),
     (POST.format("Content-Length: 3\r\nTransfer-Encoding: chunked") + "0\r\n\r\n", "4"),
     (POST.format("Content-Length: 3\r\nContent-Length: 4") + "a=12", "4")],
)  # fmt: skip
def test_what_is_too_much_or_ambiguous_is_refused(port, text, status):
    told = answers(connect(port, text))
    assert len(told) == 1
    assert told[0].startswith(status)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_is_forwarded_by_nobody_we_know_is_not_believed(server, name):
    _, port = server()  # of its own: the visitors are counted
    for number in range(3):
        told = f"User-Agent: {PHONE}\r\n{name}: 10.0.0.{number}\r\nConnection: close"
        answers(connect(port, HEAD.format("/").replace("User-Agent: x", told)))
    assert "<dt>Hôm nay:</dt> <dd>1</dd>" in get(port, "/", PHONE)[1]


def test_a_proxy_s_word_on_the_scheme_is_not_believed(port):
    told = "User-Agent: x\r\nX-Forwarded-Proto: https\r\nConnection: close"
    page = rest_of(connect(port, HEAD.format("/").replace("User-Agent: x", told)))
    assert b'rel="canonical" href="http://127.0.0.1/"' in page


def test_an_offer_of_another_protocol_is_passed_over(port):
    """As curl makes it with --http2."""
    get(port, "/", PHONE)
    offer = (
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    )
    last = HEAD.format("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    for _ in range(8):
        told = HEAD.format("/").replace("\r\n\r\n", "\r\n" + offer)
        assert answers(connect(port, told + last)) == ["200", "200"]


def test_a_head_alone_has_no_body(port):
    with connect(port, HEAD.format("/").replace("GET", "HEAD", 1)) as connection:
        assert connection.recv(65536).endswith(b"\r\n\r\n")


def test_a_large_body_comes_whole(port):
    body = "a=" + "x" * 60_000
    fields = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    assert answers(connect(port, POST.format(f"{fields}\r\nConnection: close") + body)) == ["400"]


def test_a_refused_body_does_not_take_the_connection_with_it(port):
    head = POST.format("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 400000")
    last = HEAD.format("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    assert answers(connect(port, head + "a" * 400_000 + last)) == ["413", "200"]


GROWING = """
import os
kept = []
def app(environ, start_response):
    if environ["PATH_INFO"] == "/grow":
        kept.append(b"x" * 60_000_000)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def test_a_worker_that_has_grown_gives_way_to_another_and_nobody_is_turned_away(serve, tmp_path):
    (tmp_path / "growing.py").write_text(GROWING)
    _, port = serve("growing:app", workers=2)
    grown = get(port, "/grow", PHONE)[1]
    seen = set()
    for _ in range(200_000):
        status, worker = get(port, "/", PHONE)
        assert status == 200
        seen.add(worker)
        if len(seen - {grown}) == 2:
            break
    assert len(seen - {grown}) == 2


def test_workers_that_have_grown_give_way_one_after_the_other(serve, tmp_path):
    (tmp_path / "growing.py").write_text(GROWING)
    _, port = serve("growing:app", workers=2)
    grown: set[str] = set()
    while len(grown) < 2:
        grown.add(get(port, "/grow", PHONE)[1])
    seen = set()
    for _ in range(200_000):
        status, worker = get(port, "/", PHONE)  # refused where nobody listens
        assert status == 200
        seen.add(worker)
        if len(seen - grown) == 2:
            break
    assert len(seen - grown) == 2
