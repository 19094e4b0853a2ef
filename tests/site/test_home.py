"""The home page by need, and what is above every page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tanky.base.db import db
from tanky.site.models import USUAL, SiteIdentity, SiteTask
from tanky.text import formats

from .. import factories

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZONE)


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


class TestTasks:
    def test_the_usual_ones_stand_until_the_site_chose_its_own(self, visit, chief_desk):
        page = visit("/")
        assert page.count('class="tk-tasks__link"') == len(USUAL) == 6
        chief_desk.post(
            "/bien-tap/trang/viec-trang-chu",
            **{"tasks-0-label": "Hỏi chuyện ruộng", "tasks-0-url": "/ruong",
               "tasks-0-icon": "ruộng lúa"},
        )  # fmt: skip
        page = visit("/")
        assert page.count('class="tk-tasks__link"') == 1
        assert 'href="/ruong"' in page
        assert "Hỏi chuyện ruộng" in page

    def test_the_form_opens_with_what_is_shown(self, chief_desk):
        page = chief_desk.get("/bien-tap/trang/viec-trang-chu").get_data(as_text=True)
        assert all(f'value="{label}"' in page for label, _, _ in USUAL)

    def test_an_address_of_another_form_is_refused(self, chief_desk):
        fields = {"tasks-0-label": "X", "tasks-0-url": "ruong", "tasks-0-icon": "em bé"}
        answer = chief_desk.post("/bien-tap/trang/viec-trang-chu", **fields)
        assert answer.status_code == 422
        assert db.session.scalars(db.select(SiteTask)).all() == []


class TestLists:
    def test_each_category_that_has_news_is_there(self, visit):
        for name in ("Kinh tế", "Văn hoá", "Trống"):
            factories.category(name)
        for name in ("Kinh tế", "Văn hoá"):
            category = db.session.scalar(
                db.select(factories.Category).where(factories.Category.name == name)
            )
            factories.article(f"Bài {name}", category=category)
        main = main_of(visit("/"))
        assert "Kinh tế</a></h2>" in main
        assert "Văn hoá</a></h2>" in main
        assert "Trống</a></h2>" not in main

    def test_today_is_said_so_until_midnight(self, client):
        with time_machine.travel(NOON, tick=False) as clock:
            moment = formats.now() - timedelta(hours=1)
            article = factories.article("Bài", published_at=moment, category=factories.category())
            assert "hôm nay, 11:00" in client.get("/").get_data(as_text=True)
            assert "25/11/2026 11:00:00" in client.get(article.url).get_data(as_text=True)
            clock.move_to(NOON + timedelta(hours=12))
            assert "hôm qua, 11:00" in client.get("/").get_data(as_text=True)
            clock.move_to(NOON + timedelta(hours=36))
            assert "25/11/2026 11:00:00" in main_of(client.get("/").get_data(as_text=True))


class TestFace:
    def test_the_drawing_stands_until_there_is_a_photo(self, visit, chief):
        assert 'class="tk-face__drawing"' in visit("/")
        SiteIdentity.current().face = factories.shared_photo(chief)
        db.session.commit()
        page = visit("/")
        assert 'class="tk-face__drawing"' not in page
        assert "tk-face__photo " in page

    @pytest.mark.parametrize(("palette", "name"), [("sông", "tk-palette-song"), ("lúa", "")])
    def test_the_palette_is_data(self, visit, palette, name):
        SiteIdentity.current().palette = palette
        db.session.commit()
        root = visit("/").partition("<html")[2].partition(">")[0]
        assert ("tk-palette" in root) == bool(name)
        assert name in root
