"""What goes wrong on a machine, done to a real server: it goes on, says so, and comes back."""

import http.client
import json
import os
import re
import selectors
import signal
import socket
import threading
from contextlib import closing, suppress
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine, make_url, text

from tanky import create_app
from tanky.accounts.models import Role
from tanky.base.db import db
from tanky.base.sqlite import sqlite3
from tanky.upkeep import backup as backups
from tanky.upkeep import restore
from tanky.upkeep.upgrading import migrate_database

from .. import factories
from ..conftest import PHONE, get
from ..news.test_kill_while_saving import Browser, field


@pytest.fixture
def filled(tmp_path, server):
    """A site with an article and an editor-in-chief; ``server`` serves it."""
    portal = create_app(tmp_path, {"TESTING": True})
    with portal.test_request_context():
        _fill()
        yield portal
        db.session.remove()
        db.engine.dispose()


def _fill() -> None:
    factories.identity()
    factories.person("sep", Role.CHIEF)
    factories.article("Được mùa", category=factories.category())
    db.session.commit()
    db.session.remove()


def signed_in(port: int) -> Browser:
    browser = Browser(port)
    page = browser.send("GET", "/dang-nhap")[1]
    browser.send("POST", "/dang-nhap", csrf_token=field(page, "csrf_token"), username="sep",
                 password=factories.PASSWORD)  # fmt: skip
    return browser


def save(browser: Browser, title: str, id: int = 1) -> int:
    """The status of the answer."""
    page = browser.send("GET", f"/bien-tap/tin-tuc/{id}")[1]
    return browser.send(
        "POST", f"/bien-tap/tin-tuc/{id}", csrf_token=field(page, "csrf_token"), title=title,
        version=field(page, "version"), category="1", body="<p>Chữ</p>", lede="Mở đầu",
    )[0]  # fmt: skip


def problems(port: int) -> list[str]:
    return json.loads(get(port, "/readyz", PHONE)[1])["problems"]


class Line:
    """A line between portal and database that can be cut; it goes on in a thread."""

    def __init__(self, host: str, port: int):
        self.target = host, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_cut = False
        self.ends: dict[socket.socket, socket.socket] = {}
        self.watched = selectors.DefaultSelector()
        self.watched.register(self.listener, selectors.EVENT_READ)
        self.wakes, self.waker = socket.socketpair()
        self.watched.register(self.wakes, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while True:
            for key, _ in self.watched.select():
                if key.fileobj is self.wakes:
                    if self.wakes.recv(1) == b"e":
                        return
                    for end in list(self.ends):
                        self.drop(end)
                elif key.fileobj is self.listener:
                    near, _ = self.listener.accept()
                    if self.is_cut:
                        near.close()
                        continue
                    far = socket.create_connection(self.target)
                    self.ends |= {near: far, far: near}
                    for end in (near, far):
                        self.watched.register(end, selectors.EVENT_READ)
                elif key.fileobj in self.ends:
                    data = b""
                    with suppress(OSError):
                        data = key.fileobj.recv(65536)
                    if data:
                        self.ends[key.fileobj].sendall(data)
                    else:
                        self.drop(key.fileobj)

    def drop(self, end: socket.socket) -> None:
        for one in (end, self.ends.get(end)):
            if one in self.ends:
                del self.ends[one]
                self.watched.unregister(one)
                one.close()

    def cut(self) -> None:
        self.is_cut = True
        self.waker.send(b"c")

    def mend(self) -> None:
        self.is_cut = False

    def end(self) -> None:
        self.waker.send(b"e")
        self.thread.join()
        for one in (*self.ends, self.listener, self.wakes, self.waker):
            one.close()


@pytest.fixture
def line(postgres_url, tmp_path, server, monkeypatch):
    """A site in a PostgreSQL of its own, at the other end of a line."""
    url = make_url(postgres_url)
    name = f"tanky_line_{os.getpid()}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    line = Line(url.host, url.port or 5432)
    far = url.set(database=name, host="127.0.0.1", port=line.port)
    address = far.render_as_string(hide_password=False)
    portal = create_app(tmp_path, {"TESTING": True, "database_url": address})
    with portal.test_request_context():
        migrate_database()
        _fill()
        db.engine.dispose()
    monkeypatch.setenv("TANKY_DATABASE_URL", address)
    yield line
    line.end()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


class TestDatabaseAway:
    def test_kept_pages_go_on_and_all_is_well_once_it_is_back(self, line, server):
        _, port = server(workers=1)
        assert "Được mùa" in get(port, "/", PHONE)[1]
        browser = signed_in(port)
        page = browser.send("GET", "/bien-tap/tin-tuc/1")[1]
        line.cut()
        status, kept = get(port, "/", PHONE)
        assert status == 200
        assert "Được mùa" in kept
        assert get(port, "/healthz", PHONE)[0] == 200
        assert {"revision", "triggers"} <= set(problems(port))
        status, failed = get(port, "/tin-tuc/", PHONE)
        assert status == 500
        assert "đọc số này" in failed
        sent = {"csrf_token": field(page, "csrf_token"), "version": "1", "title": "Mới",
                "category": "1", "body": "<p>Chữ</p>"}  # fmt: skip
        assert browser.send("POST", "/bien-tap/tin-tuc/1", **sent)[0] in (500, 503)
        line.mend()
        while problems(port):  # the heart beats again within seconds
            pass
        assert get(port, "/tin-tuc/", PHONE)[0] == 200
        assert save(browser, "Được mùa lớn") == 302
        assert "Được mùa lớn" in get(port, "/", PHONE)[1]

    def test_connections_that_were_cut_are_made_anew(self, line, server):
        _, port = server(workers=1)
        for number in range(3):
            browser = signed_in(port)
            line.cut()
            line.mend()
            # The first may meet a dead connection; none after it does.
            get(port, f"/tim-kiem?q=a{number}", PHONE)
            assert get(port, f"/tim-kiem?q=b{number}", PHONE)[0] == 200
            assert save(browser, f"Lần {number}") == 302


def test_a_disk_that_is_full_stops_saving_and_nothing_else(filled, server, tmp_path):
    _, port = server(workers=1)
    browser = signed_in(port)
    assert save(browser, "Trước") == 302
    size = (tmp_path / "tanky.sqlite3").stat().st_size
    _, full = server(workers=1, most_written=size)
    browser.port = full
    assert get(full, "/", PHONE)[0] == 200
    statuses = {save(browser, f"Lần {number} " + "x" * 200) for number in range(40)}
    assert statuses <= {302, 500, 503}
    assert statuses & {500, 503}
    assert get(full, "/", PHONE)[0] == 200
    browser.port = port
    assert save(browser, "Sau") == 302
    with closing(sqlite3.connect(tmp_path / "tanky.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_worker_that_hangs_is_replaced(filled, server):
    _, port = server(workers=2, arguments=("--timeout", "2"))
    hung, others = _workers(port)[0], set()
    os.kill(hung, signal.SIGSTOP)
    while not others - {hung} or hung in set(_workers(port)):
        others |= set(_workers(port))
        with suppress(OSError, http.client.HTTPException):
            get(port, "/healthz", PHONE)
    assert get(port, "/", PHONE)[0] == 200


def _workers(port: int) -> list[int]:
    """The processes that listen on a port and have a parent that does not start with us."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            with open(f"/proc/{name}/cmdline") as file:
                command = file.read()
            with open(f"/proc/{name}/stat") as file:
                parent = file.read().rpartition(")")[2].split()[1]
            with open(f"/proc/{parent}/cmdline") as file:
                if f"127.0.0.1:{port}" in command and file.read() == command:
                    found.append(int(name))
    return sorted(found)


def test_a_damaged_database_is_said_and_a_backup_puts_it_right(filled, server, tmp_path):
    made = backups.make(tmp_path / "usb")
    db.session.remove()
    db.engine.dispose()
    path = tmp_path / "tanky.sqlite3"
    content = bytearray(path.read_bytes())
    content[100:4096] = os.urandom(3996)  # the first page: where all tables are
    path.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    ended = filled.test_cli_runner().invoke(args=["tanky", "doctor"])
    assert ended.exit_code == 1
    assert "✗ Toàn vẹn cơ sở dữ liệu" in ended.output
    db.engine.dispose()
    restore.restore(made.path, None, replaces=True)
    _, port = server(workers=1)
    assert "Được mùa" in get(port, "/", PHONE)[1]
    assert problems(port) == []


def test_a_crowd_at_the_search_keeps_no_editor_from_publishing(filled, server):
    _, port = server(workers=2)
    browser = signed_in(port)
    crowd = []
    for number in range(1000):
        one = socket.create_connection(("127.0.0.1", port))
        words = quote(f"khai sinh {number}")
        one.sendall(
            f"GET /tim-kiem?q={words} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"User-Agent: {PHONE}\r\nConnection: close\r\n\r\n".encode()
        )
        crowd.append(one)
    assert [save(browser, f"Lần {number}") for number in range(5)] == [302] * 5
    assert "Lần 4" in get(port, "/", PHONE)[1]
    answers = []
    for one in crowd:
        with one:
            answers.append(re.match(rb"HTTP/1.1 (\d+)", one.makefile("rb").readline()))
    assert [answer and answer.group(1) for answer in answers] == [b"200"] * 1000
