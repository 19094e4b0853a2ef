from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tanky.base.db import db
from tanky.news.models import Article, State

from .. import factories, forms

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # 12:00 in the site's zone


@pytest.fixture
def desk(desk_of, chief):
    with time_machine.travel(NOON, tick=False):
        yield desk_of(chief)


@pytest.fixture
def publish(desk):
    """The editor-in-chief publishes an article with these times, as typed."""

    def send(**times):
        category = factories.category()
        made = factories.article("Thông báo cắt điện", state=State.DRAFT, published_at=None)
        fields = forms.ARTICLE | {"title": "Thông báo cắt điện", "category": str(category.id)}
        answer = desk.post(f"/bien-tap/tin-tuc/{made.id}", **(fields | times), action="publish")
        return db.session.get(Article, made.id), answer

    return send


def everywhere(client, article) -> set[bool]:
    """Whether the article is to be seen, place by place."""
    places = ("/", "/tin-tuc/", "/tim-kiem?q=cat+dien", "/rss.xml", "/sitemap.xml",
              "/api/v1/news", "/nhung/tin-moi")  # fmt: skip
    seen = {f"{article.id}-{article.slug}" in client.get(p).get_data(as_text=True) for p in places}
    return seen | {client.get(f"/tin-tuc/{article.id}-{article.slug}").status_code == 200}


def test_it_appears_and_goes_to_the_second_with_nothing_running_in_between(publish, client):
    made, _ = publish(publish_at="2026-11-21T07:30", withdraw_at="2026-11-22T17:00")
    appears = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
    goes = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    for moment, seen in ((appears - timedelta(seconds=1), False), (appears, True),
                         (goes - timedelta(seconds=1), True), (goes, False)):  # fmt: skip
        with time_machine.travel(moment, tick=False):
            assert everywhere(client, made) == {seen}, moment


def test_the_desk_says_what_comes_and_what_goes(publish, desk, desk_of, chief):
    made, _ = publish(publish_at="2026-11-21T07:30", withdraw_at="2026-11-22T17:00")
    address = f"/bien-tap/tin-tuc/{made.id}"
    assert "Hẹn giờ" in desk.get(address).get_data(as_text=True)
    page = desk.get("/bien-tap/").get_data(as_text=True)
    assert "21/11/2026 07:30:00" in page.split("Sắp đăng")[1]
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        page = desk_of(chief).get("/bien-tap/").get_data(as_text=True)
        assert "22/11/2026 17:00:00" in page.split("Sắp tự gỡ")[1]
    with time_machine.travel(NOON + timedelta(days=2, hours=6), tick=False):
        desk = desk_of(chief)
        assert "Đã gỡ theo hẹn" in desk.get(address).get_data(as_text=True)
        listed = desk.get("/bien-tap/tin-tuc/?trang-thai=da-go").get_data(as_text=True)
        assert "cắt điện" in listed
        listed = desk.get("/bien-tap/tin-tuc/?trang-thai=da-dang").get_data(as_text=True)
        assert "cắt điện" not in listed


@pytest.mark.parametrize(
    "times",
    [{"withdraw_at": "2026-11-20T11:59"}, {"withdraw_at": "2026-11-20T12:00"},
     {"publish_at": "2026-11-23T08:00", "withdraw_at": "2026-11-23T07:00"}],
)  # fmt: skip
def test_it_cannot_go_before_it_came(publish, times):
    made, answer = publish(**times)
    assert "Giờ gỡ phải sau giờ đăng" in answer.get_data(as_text=True)
    assert made.state == State.DRAFT


def test_a_public_article_gets_a_time_to_go_and_loses_it_again(publish, desk, client):
    made, _ = publish()
    address = f"/bien-tap/tin-tuc/{made.id}"
    given = forms.ARTICLE | {"category": str(made.category_id), "action": "save",
                      "publish_at": "2026-11-20T12:00:00"}  # fmt: skip
    version = str(db.session.get(Article, made.id).version)
    desk.post(address, **(given | {"withdraw_at": "2026-11-20T13:00", "version": version}))
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        assert client.get(f"/tin-tuc/{made.id}").status_code == 410
    version = str(db.session.get(Article, made.id, populate_existing=True).version)
    desk.post(address, **(given | {"version": version}))
    with time_machine.travel(NOON + timedelta(hours=2), tick=False):
        assert client.get(f"/tin-tuc/{made.id}").status_code == 301


class TestPreviewLinks:
    @pytest.fixture
    def draft(self):
        return factories.article("Bài mật", state=State.DRAFT, published_at=None)

    def link(self, desk, article, days="1") -> str:
        page = desk.post(f"/bien-tap/tin-tuc/{article.id}/lien-ket", days=days)
        return page.get_data(as_text=True).split("/tin-tuc/xem-truoc/")[1].split('"')[0]

    def test_whoever_has_it_reads_the_draft_until_it_expires(self, desk, draft, client):
        address = f"/tin-tuc/xem-truoc/{self.link(desk, draft)}"
        answer = client.get(address)
        assert "Bài mật" in answer.get_data(as_text=True)
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        with time_machine.travel(NOON + timedelta(hours=23, minutes=59), tick=False):
            assert client.get(address).status_code == 200
        with time_machine.travel(NOON + timedelta(hours=24), tick=False):
            ended = client.get(address)
            assert ended.status_code == 404
            assert "đã hết hạn" in ended.get_data(as_text=True)
            assert "Bài mật" not in ended.get_data(as_text=True)

    def test_it_is_not_counted_as_a_view(self, app, desk, draft, client):
        client.get(f"/tin-tuc/xem-truoc/{self.link(desk, draft)}")
        assert app.extensions["tally"].figures().today == 0

    def test_it_is_ended_and_dies_with_the_article(self, desk, draft, client):
        first, second = self.link(desk, draft), self.link(desk, draft, "7")
        page = desk.get(f"/bien-tap/tin-tuc/{draft.id}/xem-thu").get_data(as_text=True)
        assert first not in page
        end = page.split(f'action="/bien-tap/tin-tuc/{draft.id}/lien-ket/')[1].split('"')[0]
        desk.post(f"/bien-tap/tin-tuc/{draft.id}/lien-ket/{end}")
        codes = [client.get(f"/tin-tuc/xem-truoc/{s}").status_code for s in (first, second)]
        assert sorted(codes) == [200, 404]
        desk.post(f"/bien-tap/tin-tuc/{draft.id}", action="trash")
        codes = [client.get(f"/tin-tuc/xem-truoc/{s}").status_code for s in (first, second)]
        assert codes == [404, 404]

    @pytest.mark.parametrize("days", ["0", "365", "x", ""])
    def test_only_the_offered_lifetimes(self, desk, draft, days):
        answer = desk.post(f"/bien-tap/tin-tuc/{draft.id}/lien-ket", days=days)
        assert answer.status_code == 400

    def test_nobody_makes_one_for_an_article_they_may_not_read(self, desk_of, draft, writer):
        answer = desk_of(writer).post(f"/bien-tap/tin-tuc/{draft.id}/lien-ket", days="1")
        assert answer.status_code == 403


def test_saving_a_public_article_changes_nothing_of_its_time(publish, desk):
    with time_machine.travel(NOON + timedelta(microseconds=345_678), tick=False):
        made, _ = publish()
    before = made.published_at
    page = desk.get(f"/bien-tap/tin-tuc/{made.id}").get_data(as_text=True)
    shown = page.split('name="publish_at"')[1].split('value="')[1].split('"')[0]
    fields = forms.ARTICLE | {
        "category": str(made.category_id),
        "publish_at": shown,
        "action": "save",
    }
    desk.post(f"/bien-tap/tin-tuc/{made.id}", **(fields | {"version": str(made.version)}))
    after = db.session.get(Article, made.id, populate_existing=True)
    assert (after.title, after.published_at) == (forms.ARTICLE["title"], before)
