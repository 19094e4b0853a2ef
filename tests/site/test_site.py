import json
import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine

from tanky.base.db import db
from tanky.cli.old_page import ImportFailed, import_page
from tanky.demo import loader
from tanky.news.models import Article, State
from tanky.results.models import MonthlyResult
from tanky.site.models import MenuItem, SiteIdentity
from tanky.text import formats

from .. import factories


class TestIdentity:
    def test_the_footer_says_who_answers_for_the_site(self, visit):
        footer = visit("/").partition("<footer")[2]
        for text in ("Trưởng Ban Biên tập: <strong>Nguyễn Thị Hoà", "xã Bình An, tỉnh Thí Dụ",
                     'href="tel:0123456789"', "xa@vidu.vn"):  # fmt: skip
            assert text in footer

    def test_a_new_name_is_everywhere_at_once(self, visit, client):
        SiteIdentity.current().name = "Xã Mới"
        db.session.commit()
        for address in ("/", "/tin-tuc/", "/rss.xml"):
            assert "Xã Mới" in client.get(address).get_data(as_text=True)

    def test_times_follow_the_site_s_zone(self, visit):
        SiteIdentity.current().timezone = "UTC"
        db.session.commit()
        article = factories.article()
        assert "+00:00" in visit(article.url)

    def test_the_menu_is_data(self, visit):
        factories.add(MenuItem(label="Giới thiệu", url="/gioi-thieu"))
        assert '<a href="/gioi-thieu">Giới thiệu</a>' in visit("/")


class TestHome:
    def test_notices_stand_apart_from_the_news(self, visit):
        factories.article("Mất điện", category=factories.category("Thông báo", is_notice=True))
        factories.article("Được mùa", category=factories.category("Nông nghiệp"))
        page = visit("/")
        newest = page[page.index("Tin mới") : page.index("Kết quả giải quyết TTHC</h2>")]
        assert "Được mùa" in newest
        assert "Mất điện" not in newest
        assert "Mất điện" in page


class TestSearch:
    @pytest.mark.parametrize("words", ["vu dong", "Vụ Đông", "dong vu", "rau+mau"])
    def test_articles_are_found_with_or_without_diacritics(self, visit, words):
        factories.article("Cánh đồng vụ đông", body="<p>Rau <b>màu</b></p>")
        assert "Cánh đồng vụ đông" in visit(f"/tim-kiem?q={words}")

    @pytest.mark.parametrize(
        ("words", "found"),
        [("42/2022/NĐ-CP", True), ('"nghị định 42"', True), ('"định nghị"', False),
         ("nghi 42 dinh", True), ("2022/42", False), ("nghị định 43", True), ("%", False),
         ('"', False), ("ngh", False), ("OR", False), ("words:nghi", False), ("nghi*", True)],
    )  # fmt: skip
    def test_what_is_written_as_one_is_found_as_one(self, visit, words, found):
        factories.article("Nghị định 42/2022/NĐ-CP có hiệu lực")
        page = visit(f"/tim-kiem?q={quote(words)}")
        assert ("có hiệu lực</a>" in page) == found

    def test_the_newest_come_first_and_pages_follow(self, visit):
        for number in range(20):
            factories.article(
                f"Lúa {number}", published_at=formats.now() - timedelta(days=number % 7, hours=1)
            )
        titles = re.findall(r">(Lúa \d+)</a>", visit("/tim-kiem?q=lua"))
        titles += re.findall(r">(Lúa \d+)</a>", visit("/tim-kiem?q=lua&trang=2"))
        numbers = [int(title.split()[1]) for title in titles]
        assert numbers == sorted(range(20), key=lambda n: (n % 7, -n))

    def test_the_index_follows_what_is_published(self, visit):
        article = factories.article("Tên cũ")
        article.title = "Đổi tên"
        article.refresh_derived()
        db.session.commit()
        assert "Đổi tên</a>" in visit("/tim-kiem?q=doi+ten")
        assert "Đổi tên</a>" not in visit("/tim-kiem?q=cu")
        article.state = State.WITHDRAWN
        db.session.commit()
        assert "Đổi tên</a>" not in visit("/tim-kiem?q=doi+ten")
        article.state = State.PUBLISHED
        article.published_at = formats.now() - timedelta(days=400)
        db.session.commit()
        assert "Đổi tên</a>" in visit("/tim-kiem?q=doi+ten")
        db.session.delete(article)
        db.session.commit()
        sqlite = db.engine.dialect.name == "sqlite"
        left = "SELECT 1 FROM article_words" + (
            " WHERE article_words MATCH 'doi'" if sqlite else ""
        )
        assert db.session.execute(db.text(left)).all() == []

    def test_what_is_very_long_is_published_and_found(self, visit):
        words = " ".join(f"từ{number}" for number in range(150_000))
        factories.article("Phụ lục", body=f"<p>{words}</p>")
        assert "Phụ lục</a>" in visit("/tim-kiem?q=tu77")

    def test_procedures_come_first(self, visit):
        factories.procedure()
        factories.article("Hướng dẫn khai sinh")
        page = visit("/tim-kiem?q=khai+sinh")
        assert page.index("Đăng ký khai sinh") < page.index("Hướng dẫn khai sinh")

    def test_nothing_found_shows_a_way_on(self, visit):
        assert "Không có gì đúng là “xyz”" in visit("/tim-kiem?q=xyz")

    def test_what_is_typed_is_text(self, visit):
        assert "<script>alert" not in visit("/tim-kiem?q=<script>alert(1)</script>")


class TestMachines:
    def test_robots_are_told_where_the_map_is(self, client):
        text = client.get("/robots.txt").get_data(as_text=True)
        assert "Disallow: /bien-tap/" in text
        assert "Sitemap: http://localhost/sitemap.xml" in text

    def test_who_finds_a_hole_is_told_where_to_say_so(self, client):
        with time_machine.travel("2026-11-26T10:00:00Z", tick=False):
            told = client.get("/.well-known/security.txt")
        assert told.mimetype == "text/plain"
        lines = told.get_data(as_text=True).splitlines()
        assert lines == [
            "Contact: mailto:xa@vidu.vn",
            "Contact: tel:0123456789",
            "Expires: 2027-05-01T00:00:00Z",
            "Preferred-Languages: vi, en",
            "Canonical: http://localhost/.well-known/security.txt",
        ]

    def test_being_alive_asks_nothing_of_a_database(self, client, queries):
        assert client.get("/healthz").data == b"ok\n"
        assert queries == []

    def test_the_feed_has_the_whole_text(self, client):
        factories.article(
            "Bài & tin", body="<p>Thân <em>bài</em></p>", category=factories.category()
        )
        root = ET.fromstring(client.get("/rss.xml").data)
        item = root.find("channel/item")
        assert item.findtext("title") == "Bài & tin"
        whole = item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded")
        assert whole == "<p>Một câu mở đầu.</p><p>Thân <em>bài</em></p>"
        assert item.findtext("link") == "http://localhost/tin-tuc/1-bai-tin"

    def test_the_map_lists_pages_with_their_last_change(self, client):
        article = factories.article()
        factories.procedure()
        root = ET.fromstring(client.get("/sitemap.xml").data)
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        found = {url.findtext(f"{space}loc"): url.findtext(f"{space}lastmod") for url in root}
        changed = max(article.updated_at, article.published_at)
        assert found["http://localhost" + article.url] == changed.isoformat(timespec="seconds")
        assert "http://localhost/thu-tuc/1.001193" in found

    def test_a_large_map_is_cut_into_parts(self, client, monkeypatch):
        monkeypatch.setattr("tanky.feeds.views.IDS_PER_PART", 2)
        for n in range(5):
            factories.article(f"Bài {n}")
        index = client.get("/sitemap.xml").get_data(as_text=True)
        assert re.findall(r"sitemap-(\d)", index) == ["1", "2", "3"]
        parts = [client.get(f"/sitemap-{n}.xml").get_data(as_text=True) for n in (1, 2, 3)]
        assert [part.count("-bai-") for part in parts] == [2, 2, 1]
        assert client.get("/sitemap-4.xml").status_code == 404


PAGE = {
    "site": {"name": "Xã Thử", "editor_in_chief": "Lê Văn An"},
    "article": {
        "category": "CHÍNH TRỊ-KINH TẾ",
        "title": "TÁM NHIỆM VỤ",
        "published": "17/01/2022 10:03:53",
        "body_in": "page.txt",
    },
    "tthc_results": {
        "until_month": 6, "year": 2023, "settled": 909, "early_or_on_time": 907, "late": 2,
        "shown": {"updated": "09/06/2023 03:53:20"},
    },
    "counters": {"shown": {"all": "109,953"}},
}  # fmt: skip
TEXT = """CHÍNH TRỊ-KINH TẾ
TÁM NHIỆM VỤ
17/01/2022 10:03:53

Đoạn mở đầu.
Chủ động, sáng tạo
Đoạn <thân> bài.
Kết quả giải quyết TTHC
99.8%
"""


class TestImport:
    @pytest.fixture
    def page_file(self, tmp_path) -> Path:
        (tmp_path / "page.txt").write_text(TEXT)
        (tmp_path / "page.json").write_text(json.dumps(PAGE))
        return tmp_path / "page.json"

    @pytest.fixture
    def take(self, app, page_file):
        return lambda: import_page(page_file, app.extensions["tally"].store)

    def test_the_home_page_then_shows_the_original_s_lines(self, take, client):
        assert len(take()) == 5
        page = client.get("/", headers={"User-Agent": "curl/8"}).get_data(as_text=True)
        for text in ("Đến tháng 06 đã giải quyết:", "99.8%", ">909<", ">907<", ">2<", "0.2%",
                     ">109,953<", "17/01/2022 10:03:53", "09/06/2023 03:53:20",
                     "Lê Văn An"):  # fmt: skip
            assert text in page

    def test_the_article_s_text_is_its_own_without_the_page_around(self, take):
        take()
        article = db.session.scalar(db.select(Article))
        assert article.lede == "Đoạn mở đầu."
        assert article.body == "<h2>Chủ động, sáng tạo</h2>\n<p>Đoạn &lt;thân&gt; bài.</p>"

    def test_a_sum_stays_a_sum(self, take):
        take()
        row = db.session.scalar(db.select(MonthlyResult))
        assert (row.first_month, row.month, row.field) == (1, 6, None)
        assert (row.settled_early, row.settled_on_time, row.received) == (None, None, None)

    def test_twice_changes_nothing(self, take):
        take()
        before = _everything()
        assert take() == []
        assert _everything() == before

    def test_sample_figures_give_way(self, take, app):
        factories.result(year=2026, month=9, on_time=50, is_sample=True)
        take()
        assert db.session.scalar(db.select(db.func.count()).select_from(MonthlyResult)) == 1

    def test_a_contradiction_takes_over_nothing(self, take):
        factories.result(year=2023, month=3)
        with pytest.raises(ImportFailed, match="tính hai lần"):
            take()
        assert db.session.scalar(db.select(Article)) is None
        assert SiteIdentity.current().name != "Xã Thử"

    @pytest.mark.parametrize(
        "content", ["{", "[]", '{"site": {"colour": "red"}}', '{"article": {}}']
    )
    def test_another_form_is_refused_in_words(self, take, page_file, content):
        page_file.write_text(content)
        with pytest.raises(ImportFailed):
            take()


class TestDemo:
    def test_it_fills_every_page_and_can_be_removed(self, tmp_path, client, app):
        db.session.delete(SiteIdentity.current())
        db.session.commit()
        people = loader.load()
        assert {role for _, _, role in people} == {
            "Trưởng Ban Biên tập", "Biên tập viên", "Cộng tác viên",
        }  # fmt: skip
        assert "Số liệu mẫu" in client.get("/").get_data(as_text=True)
        page = client.get("/thu-tuc/1.001193").get_data(as_text=True)
        assert "Bản mẫu để minh hoạ" in page
        form = page.split('class="tk-file" href="')[1].split('"')[0]
        assert client.get(form).data.startswith(b"PK")
        articles, procedures, rows = loader.remove()
        assert articles
        assert procedures == 12
        assert rows
        assert "Chưa có tin nào" in client.get("/").get_data(as_text=True)

    def test_its_figures_balance(self, app):
        db.session.delete(SiteIdentity.current())
        db.session.commit()
        loader.load()
        from tanky.results import figures

        rows = list(db.session.scalars(db.select(MonthlyResult)))
        assert rows
        assert [figures.imbalance(row) for row in rows if figures.imbalance(row)] == []


def _everything():
    return {
        table.name: db.session.execute(table.select()).all() for table in db.metadata.sorted_tables
    }
