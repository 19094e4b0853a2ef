"""What happens to portals that are broken into is found in the night."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import text
from werkzeug.datastructures import FileStorage

from tanky.accounts.models import Person, Role
from tanky.base.db import db
from tanky.media.library import path_of, take_recording
from tanky.news.models import Article
from tanky.records import journal, seals
from tanky.records.journal import JournalEntry
from tanky.site.models import SiteIdentity
from tanky.text import formats
from tanky.upkeep import doctor, watch

from .. import factories
from ..forms import ARTICLE

RECORDINGS = Path(__file__).parent.parent / "media/recordings"
NIGHT = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)  # 01:00 on the 27th


@pytest.fixture(autouse=True)
def unwatched(app):
    """The shared portal has been watched by no test before."""
    instance = app.extensions["instance"]
    instance.watch_notes.unlink(missing_ok=True)
    instance.watch_known.unlink(missing_ok=True)


def by_hand(statement: str, **values) -> None:
    """Change the database as somebody would who got hold of it: triggers stand in nobody's way."""
    on_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        table = re.search(r"(?:UPDATE|FROM|INTO) (\w+)", statement).group(1)
        if on_sqlite:
            query = text(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :t"
            )
            dropped = connection.execute(query, {"t": table}).all()
            for name, _ in dropped:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement), values)
        if on_sqlite:
            for _, sql in dropped:
                connection.execute(text(sql.replace(":", r"\:")))
    db.session.expire_all()


@pytest.fixture
def published(chief_desk):
    """An article that an editor wrote and published on the desk."""
    address = chief_desk.post("/bien-tap/tin-tuc/moi").location
    sent = ARTICLE | {"title": "Được mùa", "body": "<p>Lúa <a href='https://vidu.vn/'>tốt</a></p>",
                      "category": str(factories.category().id)}  # fmt: skip
    answer = chief_desk.post(address, address, action="publish", **sent)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return db.session.scalar(db.select(Article.id).where(Article.published_at.is_not(None)))


class TestTexts:
    def test_what_editors_do_is_in_order(self, published):
        assert watch.keep_watch() == []
        assert watch.keep_watch() == []

    def test_a_text_with_links_that_nobody_saved(self, published):
        watch.keep_watch()
        by_hand(
            "UPDATE articles SET body = :body WHERE id = :id",
            body='<p>Lúa <a href="https://nha-cai.example/">tốt</a></p>', id=published,
        )  # fmt: skip
        for _ in range(2):  # until somebody does something about it
            (finding,) = watch.keep_watch()
            assert "“Được mùa” (article) đã đổi mà không ai lưu" in finding
            assert "Liên kết lạ: nha-cai.example." in finding

    def test_a_text_that_nobody_put_there(self, app):
        factories.article("Mẫu có từ đầu")
        assert watch.keep_watch() == []
        factories.article("Cờ bạc")
        (finding,) = watch.keep_watch()
        assert finding == "“Cờ bạc” (article) có trên trang mà không ai đưa lên."

    def test_a_sample_that_was_changed(self, app):
        id = factories.article("Mẫu có từ đầu").id
        watch.keep_watch()
        by_hand("UPDATE articles SET title = 'Cờ bạc' WHERE id = :id", id=id)
        (finding,) = watch.keep_watch()
        assert "“Cờ bạc” (article) đã đổi mà không ai lưu." in finding

    def test_figures_that_nobody_saved(self, app):
        id = factories.result(on_time=10).id
        watch.keep_watch()
        by_hand("UPDATE results SET settled_early_or_on_time = 99 WHERE id = :id", id=id)
        assert "đã đổi mà không ai lưu" in watch.keep_watch()[0]


@pytest.mark.one_database
class TestFiles:
    def test_a_file_changed_lost_or_slipped_in(self, app):
        factories.shown(factories.shared_photo(None))
        assert watch.keep_watch() == []
        uploads = app.extensions["instance"].uploads
        one, two, *_ = sorted(uploads.glob("*/*.webp"))
        one.write_bytes(b"<script>")
        two.unlink()
        (one.parent / "shell.php").write_text("<?php")
        for _ in range(2):
            found = " ".join(watch.keep_watch())
            assert f"{one.name} đã bị thay." in found
            assert f"{two.name} bị mất." in found
            assert "shell.php không do ai tải lên." in found

    def test_a_sound_without_its_tags_is_the_one_that_was_taken(self, app):
        tagged = b"ID3\x04\0\0\0\0\0\x04ghi " + (RECORDINGS / "tin.mp3").read_bytes()
        file = take_recording(FileStorage(BytesIO(tagged), filename="tin.mp3"))
        path = path_of(file)
        factories.shown(file)
        assert watch.keep_watch() == []
        path.write_bytes(b"<script>")
        assert f"{path.name} đã bị thay." in " ".join(watch.keep_watch())

    @pytest.mark.parametrize(
        ("statement", "name"),
        [("UPDATE site_identity SET phone = '0900'", "Thông tin trang"),
         ("INSERT INTO menu_items (position, label, url) VALUES (9, 'Vay tiền', '/')",
          "Menu chính")],
    )  # fmt: skip
    def test_what_stands_on_every_page(self, app, chief_desk, statement, name):
        assert watch.keep_watch() == []
        by_hand(statement)
        for _ in range(2):  # until somebody saves it
            assert watch.keep_watch() == [f"{name} đã đổi mà không ai lưu ở khu biên tập."]
        if name == "Menu chính":
            journal.record("saved", label="menu chính")
        else:
            journal.record("saved", SiteIdentity.current())
        db.session.commit()
        assert watch.keep_watch() == []

    def test_a_save_of_another_part_excuses_nothing(self, app):
        assert watch.keep_watch() == []
        by_hand("UPDATE site_identity SET phone = '0900'")
        journal.record("saved", label="menu chính")
        db.session.commit()
        assert len(watch.keep_watch()) == 1

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE people SET password_hash = 'x'", "UPDATE people SET link_digest = 'x'",
         "UPDATE people SET totp_secret = 'x'"],
    )  # fmt: skip
    def test_a_password_that_was_put_in(self, app, statement):
        factories.person("sep", Role.CHIEF)
        assert watch.keep_watch() == []
        by_hand(statement)
        [said] = watch.keep_watch()
        assert "đăng nhập của" in said
        assert watch.keep_watch() == [said]
        chief = db.session.scalar(db.select(Person))
        chief.set_password("rừng tre xanh ngát 9")
        journal.record("password_changed", chief, chief)
        db.session.commit()
        assert watch.keep_watch() == []

    def test_another_secret_key(self, app, monkeypatch):
        assert watch.keep_watch() == []
        monkeypatch.setitem(app.config, "SECRET_KEY", b"another")
        assert watch.keep_watch() == [watch.OTHER_KEY]

    def test_code_that_was_changed_without_an_upgrade(self, app, monkeypatch):
        watch.keep_watch()
        monkeypatch.setattr(watch, "code_digest", lambda: "another")
        assert "phần mềm đã đổi" in watch.keep_watch()[0]
        watch.accept_code()
        assert watch.keep_watch() == []


class TestChiefs:
    def test_one_that_the_journal_does_not_know(self, app):
        factories.person("sep", Role.CHIEF)
        assert watch.keep_watch() == []
        factories.person("la", Role.CHIEF)
        assert watch.keep_watch() == ["Chị la có quyền cao nhất mà nhật ký không ghi ai cấp."]

    def test_one_that_was_made_on_the_desk_is_said_once(self, app):
        watch.keep_watch()
        journal.record("invited", factories.person("moi", Role.CHIEF))
        db.session.commit()
        assert watch.keep_watch() == [
            "Chị moi mới có quyền cao nhất, do người quản trị máy chủ cấp."
        ]
        assert watch.keep_watch() == []


class TestJournal:
    @pytest.fixture
    def entries(self, app):
        for number in range(5):
            journal.record("saved", label=f"mục {number}")
        db.session.commit()
        watch.keep_watch()
        return db.session.scalars(db.select(JournalEntry.id).order_by(JournalEntry.id)).all()

    def test_it_is_sealed_by_the_heart(self, app):
        journal.record("saved", label="mục")
        db.session.commit()
        app.extensions["heartbeat"].beat()
        assert seals.head()[0] == 1
        app.extensions["heartbeat"].beat()
        assert seals.head()[0] == 1

    def test_two_workers_at_once_make_one_chain(self, app, entries, monkeypatch):
        number, seal = seals.head()
        for label in ("một", "hai"):
            journal.record("saved", label=label)
            db.session.commit()
            with monkeypatch.context() as late:
                # The other worker was first: what this one takes for the newest seal is not.
                late.setattr(seals, "head", lambda: (number - 1, "0" * 64))
                seals.seal_new()
            assert seals.head() == (number, seal)
        seals.seal_new()
        assert seals.head()[0] == number + 2
        assert list(seals.breaks({number: seal})) == []

    @pytest.mark.parametrize(
        ("statement", "found"),
        [
            ("UPDATE journal SET label = 'khác' WHERE id = :id", "đã bị sửa"),
            ("UPDATE journal SET person_name = 'ai đó' WHERE id = :id", "đã bị sửa"),
            ("DELETE FROM journal_seals WHERE entry_id = :id", "thiếu niêm phong số"),
        ],
    )
    def test_an_entry_that_was_changed_or_removed(self, entries, statement, found):
        by_hand(statement, id=entries[2])
        assert found in watch.keep_watch()[0]

    def test_the_whole_chain_made_anew(self, entries):
        by_hand("DELETE FROM journal_seals")
        by_hand("UPDATE journal SET label = 'khác' WHERE id = :id", id=entries[0])
        seals.seal_new()
        assert "Nhật ký đã bị làm lại" in watch.keep_watch()[0]

    def test_the_newest_part_cut_off(self, entries):
        by_hand("DELETE FROM journal_seals WHERE entry_id > :id", id=entries[2])
        by_hand("DELETE FROM journal WHERE id > :id", id=entries[2])
        assert "Nhật ký bị cắt: từng có 5" in "".join(watch.keep_watch())

    def test_the_database_refuses_it(self, entries):
        for statement in ("UPDATE journal_seals SET seal = ''", "DELETE FROM journal_seals"):
            with pytest.raises(Exception, match="append-only"), db.engine.begin() as connection:
                connection.execute(text(statement))


class TestFigures:
    def test_a_finished_day_is_entered_once_and_compared(self, app, client):
        with time_machine.travel(NIGHT - timedelta(hours=10), tick=False) as clock:
            client.get("/")
            clock.move_to(NIGHT)
            assert watch.keep_watch() == []
            assert watch.keep_watch() == []
            (entry,) = db.session.scalars(db.select(JournalEntry).filter_by(action="counted"))
            assert (entry.label, entry.remark) == ("2026-11-26", "1 lượt truy cập")
            store = app.extensions["tally"].store
            with store._transaction() as counters:
                counters.execute("UPDATE days SET visits = 5000")
            assert "nay là 5000, lúc chốt là 1" in watch.keep_watch()[0]


class TestTheNight:
    def test_it_is_due_once_each_night_after_forty_past_midnight(self, app):
        instance = app.extensions["instance"]
        with time_machine.travel(NIGHT - timedelta(minutes=21), tick=False) as clock:
            watch.keep_watch()
            assert not watch.due(instance)  # 00:39
            clock.move_to(NIGHT - timedelta(minutes=19))
            assert watch.due(instance)
            watch.keep_watch()
            assert not watch.due(instance)
            clock.move_to(NIGHT + timedelta(days=1))
            assert watch.due(instance)

    def test_the_desk_shows_what_was_found(self, chief_desk, desk, app):
        id = factories.article("Mẫu có từ đầu").id
        watch.keep_watch()
        page = chief_desk.get("/bien-tap/an-toan").get_data(as_text=True)
        assert "Không thấy gì lạ" in page
        assert seals.head()[1] in page
        by_hand("UPDATE articles SET title = 'Cờ bạc' WHERE id = :id", id=id)
        watch.keep_watch()
        assert "thấy 1 điều lạ" in chief_desk.get("/bien-tap/").get_data(as_text=True)
        page = chief_desk.get("/bien-tap/an-toan").get_data(as_text=True)
        assert "“Cờ bạc” (article) đã đổi mà không ai lưu" in page
        assert "điều lạ" not in desk.get("/bien-tap/").get_data(as_text=True)

    def test_the_desk_says_when_nobody_watches(self, chief_desk, app):
        for hours, is_said in ((49, False), (51, True)):
            with time_machine.travel(formats.now() - timedelta(hours=hours)):
                watch.keep_watch()
            page = chief_desk.get("/bien-tap/").get_data(as_text=True)
            assert ("không tự kiểm tra" in page) == is_said
        [found] = doctor.thorough()["Tự kiểm tra"]
        assert "không chạy từ" in found.sentence

    def test_the_command_says_it_and_the_log_keeps_the_head(self, app, caplog):
        factories.article("Mẫu có từ đầu")
        runner = app.test_cli_runner()
        assert "✓ Không thấy gì lạ." in runner.invoke(args=["tanky", "watch"]).output
        number, seal = seals.head()
        assert f"journal {number} {seal}" in caplog.text
        # Once in a night is enough for the heart.
        assert runner.invoke(args=["tanky", "watch", "--nightly"]).output == ""

    @pytest.mark.on_sqlite
    def test_a_running_portal_does_it_by_itself(self, server, tmp_path):
        noted = tmp_path / "watch.json"
        noted.unlink()
        server()
        while not noted.exists():
            pass
        assert json.loads(noted.read_text())["findings"] == []


class TestIdlePeople:
    def test_who_was_not_in_for_45_days_is_kept_out_until_let_in(self, app):
        with time_machine.travel(NIGHT - timedelta(days=50), tick=False) as clock:
            back, new = (factories.person(name, Role.WRITER) for name in ("ve", "moi"))
            factories.person("cu", Role.WRITER)
            for name in ("sep", "pho"):
                factories.person(name, Role.CHIEF)
            clock.move_to(NIGHT - timedelta(days=20))
            journal.record("signed_in", person=back)
            journal.record("resumed", new)
            db.session.commit()
            clock.move_to(NIGHT)
            found = watch.keep_watch()
            assert "Chị cu đã 45 ngày không đăng nhập nên được tạm khoá." in found
            # The last one who can let others in stays.
            assert suspended() == {"cu", "sep"}
            old = Person.by_username("cu")
            old.suspended_at = None
            journal.record("resumed", old)
            db.session.commit()
            watch.keep_watch()
            assert suspended() == {"sep"}


def suspended() -> set[str]:
    query = db.select(Person.username).where(Person.suspended_at.is_not(None))
    return set(db.session.scalars(query))
