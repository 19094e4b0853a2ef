import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import text

from tanky.base.db import db
from tanky.news import archive
from tanky.news.models import Article, State
from tanky.text import formats

from .. import factories


@pytest.fixture
def category(app):
    return factories.category("Chính trị - Kinh tế")


class TestArticlePage:
    def test_it_shows_what_the_original_page_shows(self, visit, category):
        moment = formats.parse_moment("17/01/2022 10:03:53", factories.SiteIdentity.current().zone)
        article = factories.article(
            "Tám nhiệm vụ", category=category, published_at=moment, lede="Mở đầu.",
            body="<p>Thân bài</p>", author="An", source="Báo xã",
        )  # fmt: skip
        page = visit(article.url)
        order = ["Chính trị - Kinh tế", "Tám nhiệm vụ</h1>", "17/01/2022 10:03:53", "Mở đầu.",
                 "<p>Thân bài</p>", "Tác giả: <strong>An</strong>", "Nguồn: Báo xã"]  # fmt: skip
        main = page.partition("<main")[2]
        places = [main.index(text) for text in order]
        assert places == sorted(places)
        assert '<time datetime="2022-01-17T10:03:53+07:00">' in page

    def test_a_wrong_or_missing_slug_leads_to_the_right_one(self, client):
        article = factories.article("Bài một")
        for address in ("/tin-tuc/1-sai?x=1", "/tin-tuc/1", "/tin-tuc/1-"):
            answer = client.get(address)
            assert answer.status_code == 301
            assert answer.location.partition("?")[0] == article.url
        assert client.get("/tin-tuc/1-sai?x=1").location.endswith("?x=1")

    def test_machines_learn_what_it_is(self, visit, category):
        page = visit(factories.article(category=category).url)
        assert '"@type": "NewsArticle"' in page
        assert '<meta property="og:title" content="Bài một">' in page
        assert '<link rel="canonical" href="http://localhost/tin-tuc/1-bai-mot">' in page

    def test_typed_markup_in_a_title_stays_text(self, visit):
        page = visit(factories.article('</script><b>"x"', lede="<i>y</i>").url)
        assert "<b>" not in page
        assert "</script><b>" not in page
        assert "<i>y" not in page

    def test_neighbours_and_related_are_of_its_category(self, visit, category):
        other = factories.category("Khác")
        base = formats.now() - timedelta(days=9)
        made = [
            factories.article(
                f"Bài số {n}", category=category, published_at=base + timedelta(hours=n)
            )
            for n in range(3)
        ]
        factories.article("Ngoài mục", category=other, published_at=base + timedelta(minutes=90))
        page = visit(made[1].url)
        assert f'rel="prev" href="{made[0].url}"' in page
        assert f'rel="next" href="{made[2].url}"' in page
        assert "Ngoài mục" not in page

    def test_articles_of_one_moment_still_have_an_order(self, visit, category):
        moment = formats.now() - timedelta(days=1)
        one, two, three = (
            factories.article(f"Bài {n}", category=category, published_at=moment) for n in "abc"
        )
        page = visit(two.url)
        assert f'rel="prev" href="{one.url}"' in page
        assert f'rel="next" href="{three.url}"' in page


@pytest.mark.parametrize(
    ("state", "hours"),
    [(State.DRAFT, -1), (State.IN_REVIEW, -1), (State.WITHDRAWN, -1), (State.PUBLISHED, 1)],
)
def test_what_is_not_published_yet_is_nowhere(client, category, state, hours):
    secret = "bimatchuadang"
    factories.article(
        secret, category=category, lede=secret, state=state,
        published_at=formats.now() + timedelta(hours=hours),
    )  # fmt: skip
    shown = factories.article("Bài đã đăng", category=category)
    for address in ("/", "/tin-tuc/", category.url, shown.url, "/rss.xml", "/sitemap.xml",
                    "/api/v1/news", "/nhung/tin-moi"):  # fmt: skip
        assert secret not in client.get(address).get_data(as_text=True), address
    # The search page repeats the word asked for, so it is asked for by another.
    found = client.get("/tim-kiem?q=noi+dung").get_data(as_text=True)
    assert secret not in found
    assert "Bài đã đăng" in found
    said = 410 if state == State.WITHDRAWN else 404
    for address in (f"/tin-tuc/1-{secret}", "/tin-tuc/1"):
        answer = client.get(address)
        assert answer.status_code == said
        assert secret not in answer.get_data(as_text=True).partition("<main")[2]


def test_a_scheduled_article_appears_to_the_second(client):
    soon = formats.now().replace(microsecond=0) + timedelta(hours=2)
    article = factories.article("Hẹn giờ", published_at=soon)
    with time_machine.travel(soon - timedelta(seconds=1), tick=False):
        assert client.get(article.url).status_code == 404
    with time_machine.travel(soon, tick=False):
        assert client.get(article.url).status_code == 200


class TestLists:
    def test_pages_follow_each_other_without_gap_or_repeat(self, client, category):
        base = formats.now() - timedelta(days=3)
        for n in range(30):
            factories.article(f"Tin thứ {n:02}.", category=category,
                              published_at=base + timedelta(minutes=n // 3))  # fmt: skip
        seen = []
        for number in (1, 2, 3):
            page = client.get(f"{category.url}?trang={number}").get_data(as_text=True)
            found = [part[:2] for part in page.partition("<main")[2].split(">Tin thứ ")[1:]]
            seen += found
        assert seen == [f"{n:02}" for n in reversed(range(30))]

    @pytest.mark.parametrize("number", ["0", "-1", "abc", "99", "1.5", "9" * 30, "²"])
    def test_a_page_that_is_not_there_is_not_found(self, client, number):
        factories.article()
        assert client.get(f"/tin-tuc/?trang={number}").status_code == 404

    def test_the_first_page_has_one_address(self, visit, category):
        for n in range(13):
            factories.article(f"Tin {n}", category=category)
        page = visit(f"{category.url}?trang=2")
        assert f'rel="prev" href="{category.url}"' in page
        assert f'<link rel="canonical" href="http://localhost{category.url}?trang=2">' in page

    def test_empty_lists_say_so(self, visit, category):
        assert "Chưa có tin nào" in visit("/tin-tuc/")
        assert "chưa có bài nào" in visit(category.url)
        assert "Chưa có tin nào" in visit("/")

    def test_an_unknown_category_is_not_found(self, client):
        assert client.get("/tin-tuc/chuyen-muc/khong-co").status_code == 404

    def test_a_year_is_a_list_of_its_own_where_the_site_is(self, visit, category):
        other = factories.category("Mục khác")
        # The first half hour of 2025 in Vietnam is still 2024 by UTC.
        for title, moment, where in (
            ("Giao thừa", datetime(2024, 12, 31, 16, 59, tzinfo=UTC), category),
            ("Năm mới", datetime(2024, 12, 31, 17, 0, tzinfo=UTC), category),
            ("Khai hội", datetime(2025, 2, 1, tzinfo=UTC), other),
            ("Hôm nay", formats.now() - timedelta(hours=1), category),
        ):
            factories.article(title, category=where, published_at=moment)
        assert titles(visit("/tin-tuc/?nam=2025")) == ["Khai hội", "Năm mới"]
        assert titles(visit(f"{category.url}?nam=2025")) == ["Năm mới"]
        assert titles(visit("/tin-tuc/?nam=2024")) == ["Giao thừa"]
        years = re.findall(r"\?nam=(\d+)\"", visit("/tin-tuc/"))
        assert years == [str(n) for n in range(formats.now().year, 2023, -1)]

    @pytest.mark.parametrize("year", ["2023", "1", "abc", "20250", "", "²"])
    def test_a_year_without_news_is_not_found(self, client, year):
        factories.article(published_at=datetime(2025, 2, 1, tzinfo=UTC))
        assert client.get(f"/tin-tuc/?nam={year}").status_code == 404

    def test_what_is_older_than_the_list_of_all_years_is_read_in_its_own(
        self, client, category, monkeypatch
    ):
        monkeypatch.setattr(archive, "MOST_PAGES", 2)
        for n in range(60):  # four a month
            moment = datetime(2025, 12, 30, tzinfo=UTC) - timedelta(days=8 * n)
            factories.article(f"Tin {n:02}.", category=category, published_at=moment)
        shown = titles(client.get(f"{category.url}?trang=2").get_data(as_text=True))
        assert shown[-1] == "Tin 23."
        for number, place, first in ((3, "?nam=2025&trang=3", 24), (5, "?nam=2024", 46)):
            answer = client.get(f"{category.url}?trang={number}")
            assert (answer.status_code, answer.location) == (302, category.url + place)
            shown = titles(client.get(answer.location).get_data(as_text=True))
            assert shown[0] == f"Tin {first}."
        assert client.get(f"{category.url}?trang=6").status_code == 404

    # The plan is read in SQLite's words.
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_a_page_far_back_reads_keys_from_the_index_alone(self, app, category):
        query = Article.published().where(Article.category_id == category.id)
        keys = (
            query.with_only_columns(Article.id).order_by(*Article.NEWEST).offset(120_000).limit(36)
        )
        sql = str(keys.compile(db.engine, compile_kwargs={"literal_binds": True}))
        plan = str(db.session.execute(text(f"EXPLAIN QUERY PLAN {sql}")).all())
        assert "USING COVERING INDEX ix_articles_category_newest" in plan
        assert "TEMP B-TREE" not in plan


def titles(page: str) -> list[str]:
    return re.findall(r'class="tk-teaser__title"><a [^>]*>([^<]*)', page)


class TestWhatWasPublic:
    """A page that was public never vanishes in silence (PRODUCT.md, 3)."""

    def test_a_withdrawn_article_says_so_and_why(self, chief_desk, client):
        article = factories.article("Lịch cũ", category=factories.category())
        address = f"/bien-tap/tin-tuc/{article.id}"
        chief_desk.post(f"{address}/go-xuong", address, because="Đã có lịch mới.")
        for path in (article.url, f"/tin-tuc/{article.id}"):
            gone = client.get(path)
            page = gone.get_data(as_text=True)
            assert gone.status_code == 410
            assert "Trang này đã được gỡ" in page
            assert "Lý do: Đã có lịch mới." in page
            assert "Lịch cũ" not in page.partition("<main")[2]

    def test_one_whose_time_is_over_says_until_when(self, client):
        article = factories.article("Lịch cắt điện", category=factories.category(),
                                    withdraw_at=formats.now() - timedelta(hours=1))  # fmt: skip
        gone = client.get(article.url)
        assert gone.status_code == 410
        assert "chỉ đăng đến" in gone.get_data(as_text=True)

    def test_what_never_was_public_is_not_found(self, client, category):
        for given in ({"published_at": formats.now() + timedelta(hours=1)},
                      {"state": State.DRAFT, "published_at": None}):  # fmt: skip
            article = factories.article("Chưa đăng", category=category, **given)
            assert client.get(f"/tin-tuc/{article.id}-{article.slug}").status_code == 404
