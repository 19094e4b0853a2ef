"""What is wrong is found, said in a sentence, and keeps the portal from being called ready."""

import os
import shutil
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tanky.accounts.models import Role
from tanky.base.db import db
from tanky.base.sqlite import sqlite3
from tanky.records import journal
from tanky.text import formats
from tanky.upkeep import doctor, notes

from .. import factories

ON_POSTGRES = {
    "content": "articles_changed ON articles",
    "journal": "journal_append_only ON journal",
}
ON_SQLITE = {"content": "articles_changed_by_update", "journal": "journal_no_delete"}


@contextmanager
def moved_away(path):
    aside = path.with_name("aside")
    path.rename(aside)
    try:
        yield
    finally:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        aside.rename(path)


def ready(client) -> tuple[int, list[str]]:
    answer = client.get("/readyz")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json["problems"]


@pytest.fixture(autouse=True)
def secured(app):
    """The rights that a portal's own files have when it was not tests that made them."""
    for path in app.extensions["instance"].folder.iterdir():
        path.chmod(path.stat().st_mode & ~0o077)


class TestReady:
    def test_a_whole_site_is(self, client):
        factories.shown(factories.shared_photo(None))
        assert ready(client) == (200, [])

    @pytest.mark.parametrize("which", ["content", "journal"])
    def test_not_without_a_trigger(self, client, app, which):
        on_sqlite = db.engine.dialect.name == "sqlite"
        name = (ON_SQLITE if on_sqlite else ON_POSTGRES)[which]
        with db.engine.connect() as connection:
            if on_sqlite:
                drop = f"DROP TRIGGER {name}"
                made = connection.scalar(
                    text("SELECT sql FROM sqlite_master WHERE name = :n"), {"n": name}
                )
                back = [made]
            else:
                trigger, _, table = name.partition(" ON ")
                drop = f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"
                back = [f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"]
            connection.execute(text(drop))
            connection.commit()
            try:
                assert ready(client) == (503, ["triggers"])
            finally:
                connection.execute(text(*back))
                connection.commit()

    def test_not_with_another_release_s_database(self, client):
        with db.engine.begin() as connection:
            stands_at = connection.scalar(text("SELECT version_num FROM alembic_version"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        try:
            assert ready(client) == (503, ["revision"])
        finally:
            with db.engine.begin() as connection:
                change = text("UPDATE alembic_version SET version_num = :stands_at")
                connection.execute(change, {"stands_at": stands_at})

    @pytest.mark.one_database
    def test_not_without_its_files_key_room_or_counters(self, client, app, monkeypatch):
        instance = app.extensions["instance"]
        factories.shown(factories.shared_photo(None))
        client.get("/")
        with moved_away(instance.uploads):
            assert ready(client) == (503, ["uploads"])
        with moved_away(instance.secret_key):
            assert ready(client) == (503, ["key"])
            instance.secret_key.write_text("another")
            assert ready(client) == (503, ["key"])
        with moved_away(instance.counters):
            assert ready(client) == (503, ["counters"])
            sqlite3.connect(instance.counters).close()
            assert ready(client) == (503, ["counters"])
        with monkeypatch.context() as patch:
            patch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**8))
            assert ready(client) == (503, ["disk"])
        assert ready(client) == (200, [])

    @pytest.mark.on_sqlite
    def test_not_while_the_database_is_away(self, client, app, monkeypatch):
        def fails():
            raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))

        monkeypatch.setattr(db.engine, "connect", fails)
        monkeypatch.setattr(db.engine, "raw_connection", fails)
        status, problems = ready(client)
        assert status == 503
        assert {"revision", "triggers"} <= set(problems)

    @pytest.mark.one_database
    def test_not_once_the_heart_stands_still(self, client, app, monkeypatch):
        heartbeat = app.extensions["heartbeat"]
        monkeypatch.setattr(type(heartbeat), "is_well", property(lambda self: self.fresh))
        heartbeat.beat()
        assert ready(client) == (200, [])
        heartbeat._last -= 10
        assert ready(client) == (503, ["heart"])

    def test_it_tells_a_stranger_no_path_of_the_machine(self, client, app):
        with moved_away(app.extensions["instance"].secret_key):
            assert str(app.instance_path) not in client.get("/readyz").get_data(as_text=True)


def sentences(app) -> str:
    return "\n".join(f.sentence for found in doctor.thorough().values() for f in found)


@pytest.mark.one_database
class TestDoctor:
    def test_a_good_site_with_a_proven_backup_has_nothing_to_say(self, app, monkeypatch):
        notes.add(app.extensions["instance"], proven_at=formats.now())
        monkeypatch.setitem(app.config["TANKY"], "public_url", "")
        found = doctor.thorough()
        assert [name for name, findings in found.items() if findings] == ["Địa chỉ, proxy, TLS"]

    def test_an_old_proof_is_said(self, app):
        notes.add(app.extensions["instance"], proven_at=formats.now() - timedelta(days=9))
        assert "đã 9 ngày" in sentences(app)

    def test_files_without_rows_and_rows_without_files(self, app):
        factories.shared_photo(None)
        uploads = app.extensions["instance"].uploads
        one = next(uploads.glob("*/*.webp"))
        one.rename(one.with_name("la.webp"))
        said = sentences(app)
        assert "1 tệp có trong cơ sở dữ liệu nhưng không có" in said
        assert "1 tệp trong uploads/ không thuộc mục nào (ví dụ la.webp)" in said

    def test_rights_that_are_too_wide(self, app):
        app.extensions["instance"].secret_key.chmod(0o644)
        assert "Ai trên máy cũng đọc được secret_key" in sentences(app)

    def test_a_clock_that_was_set_back(self, app):
        factories.person("sen", Role.CHIEF)
        journal.record("saved", label="menu chính")
        db.session.commit()
        with time_machine.travel(formats.now() - timedelta(days=1)):
            assert "Đồng hồ máy đang chậm" in sentences(app)

    @pytest.mark.on_sqlite
    def test_a_damaged_database(self, app):
        factories.article("Được mùa")
        db.session.remove()
        db.engine.dispose()
        path = app.extensions["instance"].counters
        app.extensions["tally"].store.opening_balance()
        app.extensions["tally"].store.close()
        content = bytearray(path.read_bytes())
        content[4096:8192] = os.urandom(4096)
        path.write_bytes(content)
        assert "counters.sqlite3 bị hỏng" in sentences(app)

    @pytest.mark.parametrize(
        ("url", "proxies", "said"),
        [
            ("http://tanky.gov.vn", 1, "chưa dùng https"),
            ("https://tanky.gov.vn", 0, "trusted_proxies là 0"),
            ("https://xa.vidu.vn", 1, "không phải tên miền tenxa.tentinh.gov.vn"),
            ("https://khong-co.invalid", 1, "Không tìm thấy khong-co.invalid"),
        ],
    )
    def test_an_address_that_is_not_as_it_should_be(self, app, monkeypatch, url, proxies, said):
        monkeypatch.setitem(app.config["TANKY"], "public_url", url)
        monkeypatch.setitem(app.config["TANKY"], "trusted_proxies", proxies)
        assert said in "\n".join(f.sentence for f in doctor._address())

    def test_a_certificate_that_ends(self, app, monkeypatch):
        ends = datetime(2026, 12, 1, tzinfo=UTC)
        told = {"notAfter": ends.strftime("%b %d %H:%M:%S %Y GMT")}

        @contextmanager
        def wrapped(*_args, **_kwargs):
            yield SimpleNamespace(getpeercert=lambda: told)

        monkeypatch.setattr(
            ssl, "create_default_context", lambda: SimpleNamespace(wrap_socket=wrapped)
        )
        monkeypatch.setattr(
            doctor.socket, "getaddrinfo", lambda *_, **__: [(doctor.socket.AF_INET,)]
        )
        monkeypatch.setattr(doctor.socket, "create_connection", wrapped)
        with time_machine.travel(ends - timedelta(days=10)):
            said = [finding.sentence for finding in doctor._reached("xa.gov.vn", 443, True)]
        assert said[0].startswith("xa.gov.vn chưa có địa chỉ IPv6")
        assert said[1] == "Chứng thư TLS của xa.gov.vn còn 10 ngày. Hãy gia hạn."

    def test_the_command_ends_with_1_where_something_is_grave(self, app):
        runner = app.test_cli_runner()
        assert runner.invoke(args=["tanky", "doctor"]).exit_code == 0
        app.extensions["instance"].secret_key.chmod(0o644)
        ended = runner.invoke(args=["tanky", "doctor"])
        assert ended.exit_code == 1
        assert "✗ Quyền tệp" in ended.output
