"""Backups made while the site is served, proven, and put back."""

import io
import json
import os
import shutil
import signal
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import create_engine, make_url, text

from tanky import create_app
from tanky.base.db import db
from tanky.base.files import read_json
from tanky.base.instance import Instance, InUse
from tanky.base.sqlite import sqlite3
from tanky.front.content_number import ContentVersion
from tanky.news.models import Article
from tanky.upkeep import backup as backups
from tanky.upkeep import restore, upgrading
from tanky.upkeep.backup import Backup, BackupFailed

from .. import factories
from ..conftest import PHONE, Phone, _phone, get

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def filled(app, client):
    """A site with an article, a photo that it shows, and a visitor."""
    photo = factories.shared_photo(None)
    factories.shown(photo)
    factories.article("Được mùa")
    assert client.get("/").status_code == 200
    return photo


@pytest.fixture
def elsewhere(app, tmp_path_factory):
    """An empty instance on another machine, with a database of the same kind."""
    folder = tmp_path_factory.mktemp("elsewhere")
    if db.engine.dialect.name == "sqlite":
        yield from _portal(folder, "")
        return
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    name = f"tanky_elsewhere_{os.getpid()}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    address = url.set(database=name).render_as_string(hide_password=False)
    yield from _portal(folder, address)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _portal(folder: Path, address: str):
    portal = create_app(folder, {"TESTING": True, "database_url": address})
    portal.test_client_class = Phone
    yield portal
    portal.extensions["tally"].store.close()
    with portal.app_context():
        db.session.remove()
        db.engine.dispose()


def restored_into(portal, backup: Backup, key=None, **how) -> None:
    with portal.app_context():
        restore.restore(backup.path, key, **how)


def titles_of(portal) -> list[str]:
    with portal.app_context():
        try:
            return list(db.session.scalars(db.select(Article.title).order_by(Article.id)))
        finally:
            db.session.remove()
            db.engine.dispose()


class TestRoundTrip:
    def test_another_machine_serves_the_same_site(self, app, filled, elsewhere, tmp_path):
        number = db.session.scalar(db.select(ContentVersion.number))
        made = backups.make(tmp_path / "usb")
        restored_into(elsewhere, made)
        phone = _phone(elsewhere)
        assert "Được mùa" in phone.get("/tin-tuc/2-duoc-mua").get_data(as_text=True)
        width = filled.widths[0]
        assert phone.get(filled.picture_url(width, "webp")).status_code == 200
        kept = elsewhere.extensions["instance"]
        assert kept.secret_key.read_bytes() == app.extensions["instance"].secret_key.read_bytes()
        with elsewhere.app_context():
            # What anyone kept of either state is of no number to come.
            assert db.session.scalar(db.select(ContentVersion.number)) > number + 1000
            assert upgrading.problem_with_serving() == ""

    def test_it_is_proven_by_rows_files_and_drawn_pages(self, app, filled):
        made = backups.make()
        seen = restore.prove(made.path, None, create_app)
        assert seen[0] == "6 tệp đúng từng byte"
        assert "trang vẽ được" in seen[-1]
        instance = app.extensions["instance"]
        assert read_json(instance.backup_notes)["proven"] == str(made.path)
        assert not list(instance.folder.glob(".scratch-*"))

    @pytest.mark.one_database
    def test_what_a_killed_proof_left_goes_with_the_next(self, app, filled):
        made = backups.make()
        left = app.extensions["instance"].folder / ".scratch-999999999-x"
        left.mkdir()
        on_postgres = db.engine.dialect.name == "postgresql"
        query = text("SELECT count(*) FROM pg_database WHERE datname = 'tanky_proof_999999999'")
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if on_postgres:
                connection.execute(text("CREATE DATABASE tanky_proof_999999999"))
            restore.prove(made.path, None, create_app)
            assert not left.exists()
            assert not on_postgres or connection.scalar(query) == 0

    @pytest.mark.one_database
    def test_a_file_that_was_damaged_beside_is_brought_anew(self, filled, tmp_path):
        made = backups.make(tmp_path)
        changed(next(made.pool.glob("*/*")))
        with pytest.raises(BackupFailed, match="sẽ chép lại"):
            restore.prove(made.path, None, create_app)
        restore.prove(backups.make(tmp_path).path, None, create_app)

    @pytest.mark.one_database
    def test_what_could_not_be_read_to_its_end_stays(self, app, filled, tmp_path, monkeypatch):
        instance = app.extensions["instance"]
        backups.make_key(instance)
        key = backups.read_key(instance.backup_key)
        try:
            made = backups.make(tmp_path / "usb")
        finally:
            instance.backup_key.unlink()
        before = set(made.pool.glob("*/*"))
        decrypt, turn = backups.decrypt_io, iter([True])

        def full_after_the_archive(*args):
            if not next(turn, False):
                raise OSError(28, "No space left on device")
            return decrypt(*args)

        monkeypatch.setattr(backups, "decrypt_io", full_after_the_archive)
        with pytest.raises(BackupFailed, match="No space left"):
            restore.prove(made.path, key, create_app)
        assert set(made.pool.glob("*/*")) == before

    @pytest.mark.one_database
    def test_a_half_restored_site_is_not_backed_up(self, app, filled, tmp_path):
        restoring = app.extensions["instance"].restoring
        restoring.mkdir()
        try:
            with pytest.raises(BackupFailed, match="chưa xong"):
                backups.make(tmp_path / "usb")
        finally:
            restoring.rmdir()

    @pytest.mark.one_database
    def test_a_mark_that_was_cut_off_keeps_nobody_out(self, filled, tmp_path):
        (tmp_path / ".site").touch()
        assert backups.make(tmp_path).path.exists()

    @pytest.mark.one_database
    def test_a_folder_is_one_site_s_and_one_key_s(self, app, filled, tmp_path, elsewhere):
        usb = tmp_path / "usb"
        made = backups.make(usb)
        (usb / f"{made.path.stem} (1).tar").touch()  # a copy by hand is none of ours
        instance = app.extensions["instance"]
        backups.make_key(instance)
        try:
            with pytest.raises(BackupFailed, match="khoá khác"):
                backups.make(usb)
        finally:
            instance.backup_key.unlink()
        kept = instance.secret_key.read_bytes()
        try:
            instance.secret_key.write_text("another site")
            with pytest.raises(BackupFailed, match="trang khác"):
                backups.make(usb)
        finally:
            instance.secret_key.write_bytes(kept)
        assert [backup.path for backup in backups.all_in(usb)] == [made.path]

    @pytest.mark.one_database
    def test_everything_may_be_in_one_file(self, filled, elsewhere, tmp_path):
        made = backups.make(tmp_path / "usb", whole=True)
        alone = tmp_path / made.path.name
        made.path.rename(alone)
        restored_into(elsewhere, Backup(alone))
        width = filled.widths[0]
        assert _phone(elsewhere).get(filled.picture_url(width)).status_code == 200

    @pytest.mark.one_database
    def test_files_are_copied_once_for_all_backups(self, filled, tmp_path):
        with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC)):
            first = backups.make(tmp_path)
        before = {path: path.stat().st_ino for path in first.pool.glob("*/*")}
        assert len(before) == 6
        factories.shown(factories.shared_photo(None, 200))
        second = backups.make(tmp_path)
        after = {path: path.stat().st_ino for path in second.pool.glob("*/*")}
        assert before.items() < after.items()
        for made in (first, second):
            restore.prove(made.path, None, create_app)


def test_one_of_an_earlier_release_is_proven_by_bringing_it_to_this_one(tmp_path, monkeypatch):
    from flask_migrate import upgrade

    portal = create_app(tmp_path / "old", {"TESTING": True})
    with portal.app_context():
        upgrading.know_migrations(portal)
        upgrade(revision="0014")
        with pytest.raises(BackupFailed, match="flask tanky upgrade"):
            backups.make()
        with monkeypatch.context() as earlier:
            earlier.setattr(upgrading, "newest_revision", lambda: "0014")
            earlier.setattr(backups.seals, "head", lambda: (0, ""))
            made = backups.make(tmp_path / "usb")
        assert "trang vẽ được" in restore.prove(made.path, None, create_app)[-1]
        portal.extensions["tally"].store.close()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.one_database
class TestWhatIsInIt:
    def test_who_is_on_the_site_is_not_kept(self, app, filled, tmp_path):
        assert tables_of(app.extensions["instance"].counters)["visitors"] == 1
        made = backups.make(tmp_path)
        with tarfile.open(made.path) as archive:
            archive.extract("counters.sqlite3", tmp_path, filter="data")
        rows = tables_of(tmp_path / "counters.sqlite3")
        assert rows["visitors"] == rows["salts"] == rows["tabs"] == 0
        assert rows["days"] == 1
        assert backups.counted_in(tmp_path / "counters.sqlite3") == 1
        online = app.extensions["tally"].figures().online
        assert online == 1  # the site itself goes on with who is there

    def test_it_is_its_owner_s_alone(self, filled, tmp_path):
        made = backups.make(tmp_path / "usb")
        for path in [made.path, made.list_path, *made.pool.rglob("*.webp")]:
            assert path.stat().st_mode & 0o077 == 0

    def test_a_file_that_is_gone_is_said_and_nothing_half_made_is_left(self, app, filled, tmp_path):
        shutil.rmtree(app.extensions["instance"].uploads)
        with pytest.raises(BackupFailed, match="không có trong uploads/"):
            backups.make(tmp_path / "usb")
        assert {path.name for path in (tmp_path / "usb").iterdir()} == {".lock", ".site"}
        assert not list(app.extensions["instance"].folder.glob(".scratch-*"))

    def test_a_full_disk_is_seen_before(self, filled, tmp_path, monkeypatch):
        monkeypatch.setattr(backups.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
        with pytest.raises(BackupFailed, match="sao lưu cần"):
            backups.make(tmp_path / "usb")


@pytest.mark.one_database
class TestEncryption:
    def test_it_is_read_with_its_key_alone(self, app, filled, elsewhere, tmp_path):
        instance = app.extensions["instance"]
        backups.make_key(instance)
        key = backups.read_key(instance.backup_key)
        try:
            made = backups.make(tmp_path)
        finally:
            instance.backup_key.unlink()
        for path in (made.path, *made.pool.glob("*/*")):
            assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
        for wrong in (None, backups.x25519.Identity.generate()):
            with pytest.raises(BackupFailed, match="khoá"):
                restored_into(elsewhere, made, wrong)
        restored_into(elsewhere, made, key)
        assert "Được mùa" in titles_of(elsewhere)

    def test_a_key_is_never_replaced(self, app):
        instance = app.extensions["instance"]
        line = backups.make_key(instance)
        try:
            instance.backups.mkdir()
            with pytest.raises(BackupFailed, match="Đã có khoá"):
                backups.make_key(instance)
            assert instance.backups.exists()
            assert instance.backup_key.read_text().strip() == line
        finally:
            instance.backup_key.unlink()
            instance.backups.rmdir()


def changed(path: Path, at: float = 0.5) -> None:
    """One bit of a file is another."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


@pytest.mark.one_database
class TestRefused:
    @pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
    def test_a_damaged_archive(self, filled, elsewhere, tmp_path, at):
        made = backups.make(tmp_path, whole=True)
        changed(made.path, at)
        with pytest.raises(BackupFailed):
            restored_into(elsewhere, made)
        self.is_untouched(elsewhere)

    def test_a_damaged_or_missing_file_beside_it(self, filled, elsewhere, tmp_path):
        made = backups.make(tmp_path)
        one = next(made.pool.glob("*/*"))
        changed(one)
        with pytest.raises(BackupFailed, match="sai mã kiểm"):
            restored_into(elsewhere, made)
        one.unlink()
        with pytest.raises(BackupFailed, match="Thiếu tệp"):
            restored_into(elsewhere, made)
        self.is_untouched(elsewhere)

    @pytest.mark.parametrize(
        "name", ["uploads/../../outside", "../outside", "/tmp/outside", "watch.json"]
    )
    def test_a_name_that_leads_out_or_is_none_of_ours(self, elsewhere, tmp_path, name):
        facts = {"size": 1, "sha256": "0" * 64}
        files = {} if name.startswith("uploads/") else {name: facts}
        uploads = {} if files else {name.removeprefix("uploads/"): facts}
        manifest = {"format": 1, "revision": "0001", "files": files, "uploads": uploads,
                    "whole": True, "rows": {}, "made_at": ""}  # fmt: skip
        path = tmp_path / "tanky-20261126T000000Z.tar"
        with tarfile.open(path, "w") as archive:
            for entry, content in (("manifest.json", json.dumps(manifest).encode()), (name, b"x")):
                info = tarfile.TarInfo(entry)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        with pytest.raises(BackupFailed, match=r"(đường dẫn|tệp) lạ"):
            restored_into(elsewhere, Backup(path))
        self.is_untouched(elsewhere)

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\0" * 10240])
    def test_what_is_no_backup(self, elsewhere, tmp_path, content):
        path = tmp_path / "tanky-20261126T000000Z.tar"
        path.write_bytes(content)
        with pytest.raises(BackupFailed):
            restored_into(elsewhere, Backup(path))

    def test_a_later_release_s(self, filled, elsewhere, tmp_path, monkeypatch):
        made = backups.make(tmp_path)
        monkeypatch.setattr(upgrading, "newest_revision", lambda: "0001")
        with pytest.raises(BackupFailed, match="mới hơn"):
            restored_into(elsewhere, made)

    def is_untouched(self, portal) -> None:
        instance = portal.extensions["instance"]
        assert not instance.restoring.exists()
        assert not list(instance.folder.glob(".scratch-*"))
        with portal.app_context():
            assert upgrading.present_revision() is None
            db.engine.dispose()


@pytest.mark.on_sqlite
class TestInPlace:
    def test_what_is_there_is_only_ever_moved_aside(self, filled, elsewhere, tmp_path):
        made = backups.make(tmp_path)
        restored_into(elsewhere, made)
        with pytest.raises(BackupFailed, match="đã có dữ liệu"):
            restored_into(elsewhere, made)
        with elsewhere.app_context():
            db.session.add(db.session.merge(db.session.scalar(db.select(Article))))
            db.session.execute(text("UPDATE articles SET title = 'Của riêng máy này'"))
            db.session.commit()
            aside = restore.restore(made.path, None, replaces=True)
        assert "Được mùa" in titles_of(elsewhere)
        with closing(sqlite3.connect(aside / "tanky.sqlite3")) as old:
            assert old.execute("SELECT DISTINCT title FROM articles").fetchall() == [
                ("Của riêng máy này",)
            ]

    def test_not_over_a_running_server(self, server, tmp_path):
        portal = create_app(tmp_path, {"TESTING": True})
        process, port = server()
        with portal.app_context():
            made = backups.make(tmp_path / "usb")  # goes on while it serves
            with pytest.raises(InUse, match="Cổng đang chạy"):
                restore.restore(made.path, None, replaces=True)
            # The workers of a master that was killed still serve.
            os.kill(process.pid, signal.SIGKILL)
            assert get(port, "/", PHONE)[0] == 200
            with pytest.raises(InUse, match="Cổng đang chạy"):
                restore.restore(made.path, None, replaces=True)
            db.session.remove()
            db.engine.dispose()

    @pytest.mark.parametrize(
        ("step", "again"), [*((step, None) for step in range(12)), (4, 0), (4, 1), (4, 2), (4, 5)]
    )
    def test_killed_at_any_step_it_is_simply_run_again(
        self, filled, elsewhere, tmp_path, step, again
    ):
        made = backups.make(tmp_path)
        restored_into(elsewhere, made)
        with elsewhere.app_context():
            db.session.execute(text("UPDATE articles SET title = 'Của riêng máy này'"))
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        db.session.remove()
        db.engine.dispose()
        die_at(step, elsewhere, made)
        if again is not None:
            die_at(again, elsewhere, made)
        with elsewhere.app_context():
            whole = upgrading.problem_with_serving() == ""
            db.session.remove()
            db.engine.dispose()
        # Either nothing has changed, or it is done, or nothing is served.
        if whole:
            titles = set(titles_of(elsewhere))
            assert titles in ({"Của riêng máy này"}, {"Được mùa", "Bài có tệp"})
        restored_into(elsewhere, made, replaces=whole)
        assert "Được mùa" in titles_of(elsewhere)
        assert not list(elsewhere.extensions["instance"].folder.glob(".scratch-*"))
        assert not elsewhere.extensions["instance"].is_half_restored
        old = elsewhere.extensions["instance"].folder.glob("replaced-*")
        assert any("Của riêng máy này" in titles_in(path) for path in old)


def titles_in(folder: Path) -> set[str]:
    path = folder / "tanky.sqlite3"
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT title FROM articles")}


def die_at(step: int, portal, made: Backup) -> None:
    """Restore in a process of its own, killed before its n-th renaming."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        # Or it came to its end before: it has a dozen renamings at most, and eight at least.
        assert os.WIFSIGNALED(status) or (step > 7 and os.WEXITSTATUS(status) == 0)
        return
    left = iter(range(step))
    rename = Path.rename

    def or_die(path, target):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(path, target)

    Path.rename = or_die
    try:
        restored_into(portal, made, replaces=True)
        os._exit(0)
    finally:
        os._exit(1)


def test_what_is_saved_meanwhile_is_whole_or_not_in_it(server, tmp_path):
    portal = create_app(tmp_path, {"TESTING": True})
    ended = threading.Event()

    def write() -> None:
        with portal.app_context():
            number = 0
            while not ended.is_set():
                factories.article(f"Bài {number}")
                number += 1
            db.session.remove()

    with portal.app_context():
        factories.category()
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(3):
                made = backups.make(tmp_path / f"usb{number}")
                restore.prove(made.path, None, create_app)
        finally:
            ended.set()
            writer.join()
            saved = db.session.scalar(db.select(db.func.count()).select_from(Article))
            db.session.remove()
            db.engine.dispose()
    assert saved > 3


class TestRotation:
    def names_after(self, folder: Path, days: int) -> list[datetime]:
        moment = datetime(2025, 1, 1, 20, tzinfo=UTC)
        for _ in range(days):
            path = folder / f"tanky-{moment:%Y%m%dT%H%M%SZ}.tar"
            path.touch()
            Backup(path).list_path.write_text('{"uploads": {}}')
            backups.rotate(folder, ZONE)
            moment += timedelta(days=1)
        return [backup.made_at for backup in backups.all_in(folder)]

    def test_of_a_year_and_more_days_weeks_and_months_stay(self, tmp_path):
        kept = self.names_after(tmp_path, 420)
        newest = datetime(2025, 1, 1, 20, tzinfo=UTC) + timedelta(days=419)
        assert kept[0] == newest
        assert set(kept[:7]) == {newest - timedelta(days=n) for n in range(7)}
        assert len({moment.astimezone(ZONE).isocalendar()[:2] for moment in kept}) >= 4
        assert len({(m.astimezone(ZONE).year, m.astimezone(ZONE).month) for m in kept}) >= 12
        assert len(kept) <= 7 + 4 + 12
        assert len(list(tmp_path.glob("*.json"))) == len(kept)

    def test_a_file_that_no_backup_names_goes(self, tmp_path):
        named, left = "ab/abcd-480.webp", "cd/cdef"
        for name in (named, left, "ab/abxx.age"):
            (tmp_path / "uploads" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "uploads" / name).touch()
        one = Backup(tmp_path / "tanky-20261101T000000Z.tar")
        one.path.touch()
        one.list_path.write_text(json.dumps({"uploads": {named: {}}}))
        backups.rotate(tmp_path, ZONE)
        assert [str(p.relative_to(tmp_path / "uploads")) for p in tmp_path.glob("uploads/*/*")] == [
            named
        ]


class TestLock:
    def test_one_alone_or_many_together(self, tmp_path):
        instance = Instance(tmp_path)
        with instance.shared(), instance.shared(), pytest.raises(InUse), instance.alone():
            pass
        with instance.alone(), pytest.raises(InUse), instance.shared(patience=0):
            pass
        with instance.alone(), pytest.raises(InUse, match="nâng cấp"), instance.alone(patience=0):
            pass
        with instance.alone():
            pass

    def test_those_who_wait_for_one_another_all_get_their_turn(self, tmp_path):
        instance, turns = Instance(tmp_path), []

        def take(number: int) -> None:
            with instance.alone():
                turns.append(number)

        threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(turns) == list(range(8))


def tables_of(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as database:
        names = [row[0] for row in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )]  # fmt: skip
        return {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
        }
