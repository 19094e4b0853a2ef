import re
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from tanky.albums.models import Album
from tanky.base.db import db

from .. import factories, forms

FILES = Path(__file__).parents[1] / "media" / "recordings"
DESK = "/bien-tap/thu-vien/"
FORM = {"title": "Hội làng", "taken_on": "2026-11-20", "description": "", "version": ""}


def photo(name: str = "a.jpg", width: int = 640):
    return BytesIO(factories.photo(width, 360)), name


def film():
    return BytesIO((FILES / "phim.mp4").read_bytes()), "phim.mp4"


@pytest.fixture
def desk(desk_of, editor):
    return desk_of(editor)


@pytest.fixture
def album(desk):
    answer = desk.post(f"{DESK}moi", **FORM, uploads=[photo(), film()], take="1")
    fields = forms.filled_in(answer.get_data(as_text=True))
    fields |= {"items-0-caption": ["Rước kiệu"], "items-1-caption": ["Múa lân"]}
    assert desk.post(f"{DESK}moi", **fields).status_code == 302
    return db.session.scalar(select(Album))


class TestResidents:
    def test_nothing_loads_until_it_is_tapped(self, album, visit):
        page = visit(album.url)
        main = page.partition("<main")[2].partition("</main")[0]
        outside = re.sub("<template>.*?</template>", "", main, flags=re.DOTALL)
        assert "<img" not in outside
        assert "<img" in main
        assert 'preload="none"' in outside
        assert "1 ảnh, 1 video" in page
        assert main.count("Rước kiệu") == 3  # for who listens, in the picture, and beneath it

    def test_where_data_are_saved_it_is_the_same(self, album, client):
        page = client.get(album.url, headers={"Save-Data": "on"}).get_data(as_text=True)
        assert page.count("data-picture") == 1
        assert page.count("<template>") == 1

    def test_a_large_album_comes_in_pages(self, album, visit):
        record = album.snapshot()
        record["items"] = record["items"][:1] * 30
        album.restore(record)
        db.session.commit()
        assert visit(album.url).count("data-picture") == 24
        assert visit(f"{album.url}?trang=2").count("data-picture") == 6

    def test_its_files_are_served_and_found_by_their_captions(self, album, client, visit):
        for item in album.items:
            assert client.get(item.file.url).status_code == 200
        answer = client.get(album.films[0].file.url, headers={"Range": "bytes=10-19"})
        assert (answer.status_code, len(answer.data)) == (206, 10)
        assert album.url in visit("/tim-kiem?q=mua+lan")
        assert album.url in visit("/thu-vien/")

    def test_thrown_away_it_is_gone_with_its_files(self, album, desk, client):
        urls = [item.file.url for item in album.items]
        desk.post(f"{DESK}1/bo")
        assert client.get(album.url).status_code == 410
        assert [client.get(url).status_code for url in urls] == [404, 404]


class TestDesk:
    def test_each_needs_its_caption_and_none_is_chosen_again(self, desk):
        answer = desk.post(f"{DESK}moi", **FORM, uploads=[photo(), film()])
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "Hãy ghi chú thích" in page
        again = desk.post(f"{DESK}moi", **forms.filled_in(page))
        assert again.status_code == 422
        assert "người không nhìn thấy ảnh" in again.get_data(as_text=True)
        assert db.session.scalar(select(Album)) is None

    @pytest.mark.parametrize(
        ("upload", "sentence"),
        [(b"%PDF-1.4", "PDF"), (b"x", "ảnh"), ((FILES / "hevc.mp4").read_bytes(), "HEVC"),
         (None, "ít nhất một ảnh")],
    )  # fmt: skip
    def test_what_is_neither_is_refused(self, desk, upload, sentence):
        files = {"uploads": [(BytesIO(upload), "a.jpg")]} if upload else {}
        answer = desk.post(f"{DESK}moi", **FORM, **files)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)

    def test_more_than_an_album_holds_is_said(self, album, desk):
        fields = forms.filled_in(desk.get(f"{DESK}1").get_data(as_text=True))
        for number in range(100):
            fields[f"items-{number}-file_id"] = [str(album.items[0].file_id)]
            fields[f"items-{number}-caption"] = ["Rước kiệu"]
        answer = desk.post(f"{DESK}1", **fields, uploads=[photo("b.jpg", 320)], take="1")
        assert "nhiều nhất 100 ảnh, video" in answer.get_data(as_text=True)

    def test_order_and_removal(self, album, desk):
        fields = forms.filled_in(desk.get(f"{DESK}1").get_data(as_text=True))
        fields |= {"items-0-position": ["9"]}
        assert desk.post(f"{DESK}1", **fields).status_code == 302
        assert [item.caption for item in album.items] == ["Múa lân", "Rước kiệu"]
        fields = forms.filled_in(desk.get(f"{DESK}1").get_data(as_text=True))
        assert desk.post(f"{DESK}1", **fields | {"items-0-remove": "y"}).status_code == 302
        assert [item.caption for item in album.items] == ["Rước kiệu"]

    def test_a_save_of_the_page_as_it_opens_changes_nothing(self, album, desk):
        before = album.snapshot()
        fields = forms.filled_in(desk.get(f"{DESK}1").get_data(as_text=True))
        assert desk.post(f"{DESK}1", **fields).status_code == 302
        assert album.snapshot() == before
        assert desk.post(f"{DESK}1", **fields | {"version": "0"}).status_code == 409

    def test_a_file_that_an_album_shows_is_not_deleted(self, album, desk_of, chief):
        page = desk_of(chief).get(f"/bien-tap/tep/{album.items[0].file_id}").get_data(as_text=True)
        assert "Hội làng" in page

    def test_a_writer_has_no_business_here(self, desk_of, writer, album):
        theirs = desk_of(writer)
        for path in ("", "moi", "1"):
            assert theirs.get(DESK + path).status_code == 403
