"""The real server killed (kill -9) while editors save: what was answered is there, whole."""

import http.client
import os
import re
import signal
import threading
from contextlib import closing
from urllib.parse import urlencode

from tanky import create_app
from tanky.accounts.models import Role
from tanky.base.db import db
from tanky.base.sqlite import sqlite3
from tanky.news.models import State

from .. import factories
from ..conftest import PHONE


class Browser:
    """The least of a browser: keeps its cookie."""

    def __init__(self, port: int):
        self.port = port
        self.cookie = ""

    def send(self, method: str, address: str, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"User-Agent": PHONE, "Cookie": self.cookie,
                   "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
        with closing(connection):
            connection.request(method, address, urlencode(fields), headers)
            answer = connection.getresponse()
            body = answer.read().decode()
        if given := answer.getheader("Set-Cookie"):
            self.cookie = given.split(";")[0]
        return answer.status, body


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page).group(1)


def test_what_was_answered_is_there_and_nothing_is_half_saved(server, tmp_path):
    app = create_app(tmp_path, {"TESTING": True})
    with app.test_request_context():
        factories.identity()
        factories.person("sep", Role.CHIEF)
        ids = [factories.article(f"Bài {n}", state=State.DRAFT).id for n in range(3)]
        db.session.remove()
        db.engine.dispose()
    process, port = server()
    answered: dict[int, int] = {}
    many = threading.Event()

    def write(id: int) -> None:
        browser = Browser(port)
        page = browser.send("GET", "/dang-nhap")[1]
        browser.send("POST", "/dang-nhap", csrf_token=field(page, "csrf_token"), username="sep",
                     password=factories.PASSWORD)  # fmt: skip
        try:
            for number in range(1, 10_000):
                page = browser.send("GET", f"/bien-tap/tin-tuc/{id}")[1]
                status, _ = browser.send(
                    "POST", f"/bien-tap/tin-tuc/{id}", csrf_token=field(page, "csrf_token"),
                    version=field(page, "version"), title=f"Lần {number}", category="0",
                    body=f"<p>Nội dung lần {number}</p>", action="save",
                )  # fmt: skip
                assert status == 302
                answered[id] = number
                if sum(answered.values()) >= 12:
                    many.set()
        except (OSError, http.client.HTTPException, AttributeError):
            pass  # killed

    threads = [threading.Thread(target=write, args=(id,)) for id in ids]
    for thread in threads:
        thread.start()
    assert many.wait(60)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for thread in threads:
        thread.join()

    database = sqlite3.connect(tmp_path / "tanky.sqlite3")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    for id, number in answered.items():
        title, body, version = database.execute(
            "SELECT title, body, version FROM articles WHERE id = ?", (id,)
        ).fetchone()
        saved = int(title.removeprefix("Lần "))
        assert saved in (number, number + 1)  # at most the one under way, and then whole
        assert body == f"<p>Nội dung lần {saved}</p>"
        assert version == saved + 1
        revisions = database.execute(
            "SELECT count(*), max(number) FROM revisions WHERE subject_id = ?", (id,)
        ).fetchone()
        assert revisions == (saved + 1, saved + 1)  # the first is what was there before
        entries = database.execute(
            "SELECT count(*) FROM journal WHERE subject_id = ? AND action = 'saved'", (id,)
        ).fetchone()
        assert entries == (saved,)
    database.close()
    assert server()[0].poll() is None
