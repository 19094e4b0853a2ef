"""What a person chooses lasts, reaches every page, and nobody else's."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanky.base.db import db
from tanky.display import preferences
from tanky.media.models import MediaFile
from tanky.media.rich_text import on_tap, picture_html

from .. import factories

pytestmark = pytest.mark.on_sqlite

SAVING = {"Save-Data": "on"}


def choose(client, **fields):
    return client.post("/hien-thi", data=fields)


@pytest.fixture
def photo(app):
    file = MediaFile(
        digest="ab" * 32, name="a.webp", mimetype="image/webp", size=9, width=800, height=600,
        widths=[360, 720], formats=["avif", "webp", "jpg"], tint="310",
    )  # fmt: skip
    db.session.add(file)
    db.session.commit()
    return file


class TestChoosing:
    def test_a_choice_lasts_and_adds_to_the_others(self, client):
        choose(client, chu="2")
        answer = choose(client, **{"tuong-phan": "1"})
        assert "Max-Age=31536000" in answer.headers["Set-Cookie"]
        for address in ("/", "/thu-tuc/", "/khong-co"):
            assert 'class="tk-text-2 tk-contrast"' in client.get(address).get_data(as_text=True)

    @pytest.mark.parametrize(("value", "name"), [("1", "tk-light"), ("2", "tk-dark")])
    def test_light_or_dark_whatever_the_device_says(self, client, value, name):
        choose(client, nen=value)
        assert f'class="{name}"' in client.get("/").get_data(as_text=True)
        choose(client, nen="0")
        assert client.get_cookie("hien-thi") is None

    def test_what_is_usual_leaves_no_cookie(self, client):
        choose(client, chu="1")
        choose(client, chu="0")
        assert client.get_cookie("hien-thi") is None

    def test_the_button_of_what_is_chosen_is_pressed(self, client):
        choose(client, **{"tiet-kiem": "1"})
        page = client.get("/hien-thi").get_data(as_text=True)
        assert re.search(r'name="tiet-kiem" value="1" aria-pressed="true"', page)
        assert re.search(r'name="tiet-kiem" value="0" aria-pressed="false"', page)

    @pytest.mark.parametrize("fields", [{"chu": "3"}, {"chu": "x"}, {"tuong-phan": "-1"}])
    def test_another_value_is_refused_and_changes_nothing(self, client, fields):
        assert choose(client, **fields).status_code == 400
        assert client.get_cookie("hien-thi") is None

    def test_another_site_cannot_choose(self, client):
        cross = {"Sec-Fetch-Site": "cross-site"}
        assert client.post("/hien-thi", data={"chu": "1"}, headers=cross).status_code == 403

    @pytest.mark.parametrize("address", ["/", "/thu-tuc/?q=khai+sinh&linh-vuc=", "/khong-co"])
    def test_one_goes_back_to_where_one_was(self, client, address):
        for page_of in (address, "/ngoai-tuyen"):
            page = client.get(page_of).get_data(as_text=True)
            choices = unescape(re.search(r'class="tk-header__display" href="([^"]*)"', page)[1])
            shown = client.get(choices).get_data(as_text=True)
            assert unescape(re.search(r'href="([^"]*)">Trở lại', shown)[1]) == page_of

    @pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example"])
    def test_no_way_back_leads_elsewhere(self, client, path):
        assert 'href="/">Trở lại' in client.get(f"/hien-thi?ve={path}").get_data(as_text=True)
        answer = choose(client, chu="1", ve=path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/hien-thi?ve=")


class TestPages:
    def test_those_who_chose_nothing_share_one_page(self, client):
        headers = client.get("/").headers
        assert headers["Cache-Control"].startswith("public")
        assert "Cookie" not in headers["Vary"]

    def test_those_of_whoever_chose_are_their_own(self, app, client):
        usual = client.get("/")
        client.set_cookie("hien-thi", "010")
        for _ in range(2):
            page = client.get("/", headers={"If-None-Match": usual.headers["ETag"]})
            assert page.status_code == 200
            assert "tk-contrast" in page.get_data(as_text=True)
            assert page.headers["Cache-Control"].startswith("private")
            assert "Cookie" in page.headers["Vary"]
        assert "tk-contrast" not in app.test_client().get("/").get_data(as_text=True)

    def test_styles_that_few_need_are_in_few_pages(self, client, visit):
        assert ".tk-contrast" not in visit("/")
        client.set_cookie("hien-thi", "010")
        assert ".tk-contrast" in visit("/")

    @given(st.text(alphabet="012;= hien-thiX", max_size=30))
    def test_a_cookie_is_ours_or_none(self, text):
        found = preferences.of({"HTTP_COOKIE": text})
        assert found == preferences.USUAL or re.search(r"hien-thi=[0-2][01][01]", text)


class TestSavingData:
    @pytest.mark.parametrize("how", ["header", "switch"])
    def test_no_picture_loads_before_a_tap(self, client, photo, how):
        article = factories.article(category=factories.category(), cover=photo)
        article.body = f'<p>Chữ</p><figure><img src="/anh/{photo.key}" alt="Cầu mới"></figure>'
        db.session.commit()
        if how == "switch":
            choose(client, **{"tiet-kiem": "1"})
        headers = SAVING if how == "header" else {}
        for address in ("/", "/tin-tuc/", article.url):
            for _ in range(2):  # drawn, and kept
                page = client.get(address, headers=headers).get_data(as_text=True)
                assert "data-picture" in page
                shown = re.sub(r"<template>.*?</template>", "", page, flags=re.S)
                assert "<img" not in shown
                assert "<source" not in shown
        assert '-720.jpg" data-picture>Tải ảnh: Cầu mới</a>' in page

    def test_others_get_the_pictures_at_once(self, client, photo):
        factories.article(category=factories.category(), cover=photo)
        saving = client.get("/", headers=SAVING)
        usual = client.get("/")
        assert "data-picture" in saving.get_data(as_text=True)
        assert "data-picture" not in usual.get_data(as_text=True)
        assert "Save-Data" in usual.headers["Vary"]
        assert usual.headers["ETag"] != saving.headers["ETag"]

    def test_a_picture_that_is_a_link_is_one_link(self, app, photo):
        page = on_tap(f'<a href="/x">{picture_html(photo, "")}</a>')
        assert page.count("<a ") == 2
        assert page.index("</a>") < page.index("<template><a ")


def test_a_photo_has_its_colour_before_it_is_there(client, visit, photo):
    factories.article(category=factories.category(), cover=photo)
    page = visit("/")
    assert "tk-tint tk-r3 tk-g1 tk-b0" in page
    for rule in (".tk-r3{--r:224}", ".tk-g1{--g:96}", ".tk-b0{--b:32}"):
        assert rule in page
