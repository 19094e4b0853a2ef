"""Pages kept in memory: as fast as that allows, and never other than what the database holds."""

import gzip
import itertools
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import request, request_started
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import Client

from tanky import create_app
from tanky.accounts.models import Role
from tanky.base.db import db
from tanky.counters.tally import Unavailable
from tanky.front import content_number as changes
from tanky.front import page_cache
from tanky.news.models import Article, State
from tanky.results import figures
from tanky.site.models import MenuItem, SiteIdentity
from tanky.text import formats

from .. import factories
from ..conftest import PHONE

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def drawn(app):
    """How often the application was asked to draw a page, by address."""
    asked = []

    def note(_app):
        asked.append(request.full_path.rstrip("?"))

    with request_started.connected_to(note, app):
        yield asked


class TestServing:
    def test_of_many_who_ask_at_once_one_has_it_drawn(self, app, drawn, monkeypatch):
        monkeypatch.setattr(page_cache, "PATIENCE", 60)
        together = threading.Barrier(6)

        def ask(number: int) -> int:
            together.wait(60)
            return Client(app).get("/", headers={"User-Agent": f"{PHONE} {number}"}).status_code

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(ask, range(6))) == [200] * 6
        assert drawn == ["/"]
        assert app.extensions["tally"].figures().today == 6

    def test_a_page_is_drawn_once_and_each_view_counted(self, app, client, drawn):
        for number in range(1, 4):
            page = client.get("/", headers={"User-Agent": f"{PHONE} {number}"})
            assert f"<dt>Hôm nay:</dt> <dd>{number}</dd>" in page.get_data(as_text=True)
        assert drawn == ["/"]

    def test_it_is_what_the_application_draws(self, app, client, drawn):
        factories.article(category=factories.category())
        for address in ("/", "/tin-tuc/1-bai-mot", "/tim-kiem?q=bai"):
            first = client.get(address)
            second = client.get(address)
            assert first.data == second.data
            assert dict(first.headers) == dict(second.headers)
        assert len(drawn) == 3

    def test_its_compressed_form_is_one_gzip_stream_of_the_same(self, client):
        client.get("/")
        plain, packed = client.get("/"), client.get("/", headers=GZIP)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert stream.decompress(packed.data) == plain.data
        assert (stream.eof, stream.unused_data) == (True, b"")
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert int(packed.headers["Content-Length"]) == len(packed.data)
        assert packed.headers["ETag"] != plain.headers["ETag"]

    def test_whoever_refuses_gzip_gets_none(self, client):
        client.get("/")
        answer = client.get("/", headers={"Accept-Encoding": "gzip;q=0, identity"})
        assert "Content-Encoding" not in answer.headers

    @pytest.mark.parametrize("headers", [{}, GZIP])
    def test_an_unchanged_page_is_not_sent_again_but_counted(self, app, client, headers):
        client.get("/", headers=headers)
        tag = client.get("/", headers=headers).headers["ETag"]
        again = client.get("/", headers=headers | {"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        other = headers | {"If-None-Match": tag, "User-Agent": PHONE + " other"}
        assert client.get("/", headers=other).status_code == 200  # the figures are others
        assert app.extensions["tally"].figures().today == 2

    def test_what_a_client_already_has_is_kept_at_its_first_drawing(self, app, client, drawn):
        """As after a restart, when all that comes asks whether what it has still holds."""
        article = factories.article(title="Một")
        tag = client.get("/", headers=GZIP).headers["ETag"]
        for title in ("Hai", "Một"):
            article.title = title
            db.session.commit()
        drawn.clear()
        for _ in range(2):
            again = client.get("/", headers=GZIP | {"If-None-Match": f'"other", W/{tag}'})
            assert (again.status_code, again.data) == (304, b"")
            assert again.headers["ETag"] == tag
            assert "Save-Data" in again.headers["Vary"]
        assert drawn == ["/"]
        assert "Content-Security-Policy" in client.get("/").headers

    def test_only_the_head_is_asked_for(self, app, client, drawn):
        first = client.head("/")
        page = client.get("/")
        second = client.head("/")
        assert first.data == second.data == b""
        assert first.headers["Content-Length"] == second.headers["Content-Length"]
        assert page.headers["Content-Length"] == second.headers["Content-Length"]
        assert drawn == ["/"]
        assert app.extensions["tally"].figures().today == 1

    def test_a_longer_tag_is_not_taken_for_a_shorter_one(self, app, client):
        client.get("/")
        tag = client.get("/").headers["ETag"]
        longer = {"If-None-Match": tag[:-1] + '0"'}
        assert client.get("/", headers=longer).status_code == 200

    def test_tools_and_prefetches_are_served_and_not_counted(self, app, client, drawn):
        client.get("/")
        for headers in ({"User-Agent": "Googlebot/2.1"}, {"Sec-Purpose": "prefetch"}):
            assert client.get("/", headers=headers).status_code == 200
        assert drawn == ["/"]
        assert app.extensions["tally"].figures().today == 1

    def test_views_of_an_article_are_counted_each(self, app, client):
        factories.article()
        for number in range(3):
            client.get("/tin-tuc/1-bai-mot", headers={"User-Agent": f"{PHONE} {number}"})
        views = app.extensions["tally"].page_views(1)
        assert sum(views[1].values()) == 3

    def test_a_counter_that_cannot_be_reached_does_not_take_the_page_away(
        self, app, client, monkeypatch
    ):
        client.get("/")

        def broken(*_):
            raise Unavailable("disk full")

        monkeypatch.setattr(app.extensions["tally"].store, "add_views", broken)
        assert "<dt>Hôm nay:</dt> <dd>–</dd>" in client.get("/").get_data(as_text=True)


def test_kept_pages_are_served_while_the_database_is_away(app, client, monkeypatch):
    client.get("/")

    def away(_):
        raise ConnectionError

    monkeypatch.setattr(changes.ContentNumber, "__call__", away)
    assert client.get("/").status_code == 200


class TestWhatIsNotKept:
    def test_a_signed_in_editor_s_page(self, client, desk_of, chief, drawn):
        client.get("/")
        drawn.clear()
        desk_of(chief).get("/")
        assert drawn[-1] == "/"

    def test_a_fragment(self, client, drawn):
        client.get("/thu-tuc/")
        fragment = client.get("/thu-tuc/", headers={"HX-Request": "true"})
        assert "<html" not in fragment.get_data(as_text=True)
        assert "<html" in client.get("/thu-tuc/").get_data(as_text=True)

    @pytest.mark.parametrize("address", ["/dang-nhap", "/khong-co", "/rss.xml", "/bien-tap/"])
    def test_what_is_no_page_for_everyone(self, client, drawn, address):
        client.get(address)
        client.get(address)
        assert len(drawn) == 2

    def test_an_endless_address(self, client, drawn):
        for _ in range(2):
            client.get("/tim-kiem?q=" + "a" * 300)
        assert len(drawn) == 2

    def test_more_pages_than_there_is_room_for(self, client, drawn, monkeypatch):
        monkeypatch.setattr(page_cache, "MOST_WITH_ARGUMENTS", 2)
        factories.article("a b c")
        for query in ("a", "b", "c", "a"):
            client.get(f"/tim-kiem?q={query}")
        assert len(drawn) == 4

    def test_the_last_used_pages_stay(self, client, drawn, monkeypatch):
        monkeypatch.setattr(page_cache, "MOST_WITH_ARGUMENTS", 2)
        # A search in vain is not kept, so that each is counted.
        factories.article("a b c")
        for query in ("a", "b", "a", "c", "a"):
            client.get(f"/tim-kiem?q={query}")
        assert len(drawn) == 3

    def test_searches_push_out_no_page_without_arguments(self, client, drawn, monkeypatch):
        monkeypatch.setattr(page_cache, "MOST_WITH_ARGUMENTS", 2)
        client.get("/")
        for query in ("a", "b", "c"):
            client.get(f"/tim-kiem?q={query}")
        client.get("/")
        assert len(drawn) == 4

    def test_another_name_of_the_site_has_pages_of_its_own(self, client):
        client.get("/", headers={"Host": "a.vn"})
        page = client.get("/", headers={"Host": "b.vn"}).get_data(as_text=True)
        assert 'rel="canonical" href="http://b.vn/"' in page


CHANGES = {
    "a title": lambda article: setattr(article, "title", "Tên mới"),
    "a withdrawal": lambda article: setattr(article, "state", State.WITHDRAWN),
    "another article": lambda article: factories.article("Thêm", category=article.category),
    "a category's name": lambda article: setattr(article.category, "name", "Mục mới"),
    "a deletion": lambda article: db.session.delete(article),
    "a deletion of many": lambda article: db.session.execute(db.delete(Article)),
    "an update of many": lambda article: db.session.execute(db.update(Article).values(title="Mới")),
    "the site": lambda article: setattr(SiteIdentity.current(), "phone", "0999"),
    "the menu": lambda article: db.session.add(MenuItem(label="Mới", url="/")),
    "results": lambda article: factories.result(),
    "a procedure": lambda article: factories.procedure(),
}  # fmt: skip


class TestExactness:
    DAYS = itertools.count()

    @pytest.fixture
    def workers(self, app, database_url):
        """Two processes of one portal, as far as memory goes: each answers by itself."""
        other = create_app(app.instance_path, {"TESTING": True, "database_url": database_url})
        yield [app.test_client(), other.test_client()]
        with other.app_context():
            db.engine.dispose()
        other.extensions["tally"].store.close()

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_change_is_right_at_once_in_all_workers(self, workers, change):
        def shown():
            return [
                worker.get(address).get_data(as_text=True).split("Đang truy")[0]
                for worker in workers
            ]

        address = "/thu-tuc/" if change == "a procedure" else "/"
        article = factories.article(category=factories.category())
        before = shown()
        CHANGES[change](article)
        db.session.commit()
        after = shown()
        assert before[0] == before[1] != after[0] == after[1]

    def test_what_residents_cannot_see_draws_nothing_anew(self, client, drawn, desk_of, chief):
        client.get("/")
        drawn.clear()
        desk = desk_of(chief)
        desk.get("/bien-tap/")
        drawn.clear()
        client.get("/")
        assert drawn == []

    def test_a_time_that_comes_is_right_to_the_second(self, app, client):
        appears = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
        goes = appears + timedelta(hours=2)
        with time_machine.travel(appears - timedelta(hours=1), tick=False):
            category = factories.category()
            factories.article("Hẹn giờ", category=category, published_at=appears, withdraw_at=goes)
            client.get("/")
        for moment, seen in ((appears - timedelta(seconds=1), False), (appears, True),
                             (goes - timedelta(seconds=1), True), (goes, False)):  # fmt: skip
            with time_machine.travel(moment, tick=False):
                for _ in range(2):
                    assert ("Hẹn giờ" in client.get("/").get_data(as_text=True)) == seen, moment

    @pytest.mark.on_sqlite
    @settings(
        max_examples=15, deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(
        st.lists(
            st.sampled_from(["view", "title", "withdraw", "publish", "result", "hour"]),
            min_size=4, max_size=16,
        )
    )  # fmt: skip
    def test_whatever_happens_a_view_shows_what_is_so(self, app, steps):
        # The clock goes on from one example to the next, as in life.
        began = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(days=next(self.DAYS))
        with time_machine.travel(began, tick=False) as clock:
            article = db.session.get(Article, 1) or factories.article()
            client = app.test_client()
            for number, step in enumerate(steps):
                if step == "title":
                    article.title = f"Tên {number}"
                elif step == "withdraw":
                    article.withdraw_at = formats.now() + timedelta(minutes=number % 3 * 30)
                elif step == "publish":
                    article.withdraw_at = None
                    article.published_at = formats.now() + timedelta(minutes=number % 3 * 30)
                elif step == "result":
                    figures.mark_changed(formats.now())
                elif step == "hour":
                    clock.shift(timedelta(minutes=30))
                db.session.commit()
                page = client.get("/tin-tuc/").get_data(as_text=True)
                assert (f">{article.title}</a>" in page) == article.is_public


class TestNumber:
    def test_it_goes_up_with_what_residents_see_and_with_nothing_else(self, app):
        before = changes.ContentNumber(db.engine)()
        factories.article()
        after = changes.ContentNumber(db.engine)()
        assert after > before
        factories.person("an", Role.WRITER)
        assert changes.ContentNumber(db.engine)() == after

    def test_it_does_not_matter_by_what_way_the_change_is_made(self, app):
        factories.article()
        before = changes.ContentNumber(db.engine)()
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE articles SET title = 'Sửa tay'"))
        assert changes.ContentNumber(db.engine)() > before

    def test_what_is_taken_back_leaves_it(self, app):
        article = factories.article()
        before = changes.ContentNumber(db.engine)()
        article.title = "Bỏ"
        db.session.flush()
        db.session.rollback()
        assert changes.ContentNumber(db.engine)() == before

    def test_every_table_that_residents_see_raises_it(self, app):
        if db.engine.dialect.name == "sqlite":
            query = (
                "SELECT tbl_name, count(*) FROM sqlite_master WHERE name LIKE '%_changed_by_%' "
                "GROUP BY 1"
            )
        else:
            query = (
                "SELECT event_object_table, count(*) FROM information_schema.triggers "
                "WHERE action_statement LIKE '%content_changed%' GROUP BY 1"
            )
        with db.engine.connect() as connection:
            triggers = dict(connection.execute(text(query)).all())
        shown = {
            mapper.local_table.name for mapper in db.Model.registry.mappers if mapper.class_.SHOWN
        }
        found = {table: triggers.get(table) for table in shown}
        assert found == dict.fromkeys(shown, 3)  # one for each verb
