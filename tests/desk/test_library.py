import io

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.media import library
from tanky.media.models import MediaFile
from tanky.news.models import Article, State
from tanky.site.models import SiteIdentity

from .. import factories, forms
from ..media.test_files import pdf

pytestmark = pytest.mark.on_sqlite


def photo(size=(400, 300), name="anh.jpg"):
    return (io.BytesIO(factories.photo(*size)), name)


def files() -> list[MediaFile]:
    return list(db.session.scalars(select(MediaFile).order_by(MediaFile.id)))


@pytest.fixture
def desk(desk_of, writer):
    return desk_of(writer)


@pytest.fixture
def sent(desk):
    """A writer sends files as a script does, one by one: its answer in JSON."""

    def send(*parts):
        data = {"csrf_token": desk.token("/bien-tap/mat-khau"), "files": list(parts)}
        return desk.client.post("/bien-tap/tep/", data=data, headers={"X-Requested-With": "fetch"})

    return send


def test_many_files_come_in_at_once_without_a_script(desk):
    answer = desk.post("/bien-tap/tep/", files=[photo(), (io.BytesIO(pdf(2)), "Kế hoạch.pdf")])
    assert answer.status_code == 302
    page = desk.get("/bien-tap/tep/").get_data(as_text=True)
    assert "Đã nhận 2 tệp." in page
    assert "Kế hoạch" in page
    assert "2 trang" in page


def test_one_that_is_refused_does_not_hold_up_the_others(desk):
    desk.post("/bien-tap/tep/", files=[(io.BytesIO(b"MZ\x90"), "vi-rut.exe"), photo()])
    page = desk.get("/bien-tap/tep/").get_data(as_text=True)
    assert "vi-rut.exe: Tệp không phải là ảnh" in page
    assert "Đã nhận 1 tệp." in page
    assert len(files()) == 1


def test_a_script_is_told_what_became_of_each(sent):
    told = sent(photo()).json
    file = files()[0]
    assert (told["id"], told["url"], told["is_picture"], told["known"]) == (
        file.id, file.url, True, False,
    )  # fmt: skip
    refused = sent((io.BytesIO(b"<svg/>"), "a.svg"))
    assert refused.status_code == 422
    assert "SVG" in refused.json["error"]
    assert sent().status_code == 422


def test_the_same_file_again_is_known_by_its_content(sent):
    content = factories.photo(400, 300)
    first = sent((io.BytesIO(content), "a.jpg")).json
    second = sent((io.BytesIO(content), "khac-ten.png")).json
    assert (second["id"], second["known"]) == (first["id"], True)


def test_it_is_found_by_kind_and_name(desk):
    desk.post("/bien-tap/tep/", files=[photo(name="Lúa chín.jpg"), (io.BytesIO(pdf(1)), "Sổ.pdf")])
    desk.get("/bien-tap/tep/")  # which says what came in
    for query, lua, so in (("loai=anh", True, False), ("loai=tai-lieu", False, True),
                           ("q=lua", True, False), ("chon=1&q=so", False, True)):  # fmt: skip
        page = desk.get(f"/bien-tap/tep/?{query}").get_data(as_text=True)
        assert ("Lúa chín" in page, "Sổ" in page) == (lua, so), query
    assert desk.get("/bien-tap/tep/?loai=x").status_code == 404


class TestFocalPoint:
    def test_crops_keep_it(self, desk, chief, client):
        desk.post("/bien-tap/tep/", files=[photo()])
        file = files()[0]
        desk.post(f"/bien-tap/tep/{file.id}", title="Lúa", focus_x="20", focus_y="90")
        factories.article(cover=file, cover_alt="x", category=factories.category())
        assert "tk-x2 tk-y9" in client.get("/").get_data(as_text=True)

    @pytest.mark.parametrize("value", ["", "-1", "101", "x", "1.5"])
    def test_it_lies_within_the_photo(self, desk, value):
        desk.post("/bien-tap/tep/", files=[photo()])
        answer = desk.post(f"/bien-tap/tep/{files()[0].id}", title="a", focus_x=value, focus_y="1")
        assert answer.status_code == 422


class TestInUse:
    """A file that anything shows cannot vanish."""

    @pytest.fixture
    def file(self, app):
        kept = library.take_document(
            library.FileStorage(io.BytesIO(pdf(1)), filename="don.pdf"), None
        )
        db.session.commit()
        return kept

    @pytest.fixture
    def picture(self, app):
        kept = library.take_picture(
            library.FileStorage(io.BytesIO(factories.photo(400, 300)), filename="a.jpg"), None
        )
        db.session.commit()
        return kept

    def refused(self, desk, file) -> str:
        desk.post(f"/bien-tap/tep/{file.id}/bo")
        assert not db.session.get(MediaFile, file.id, populate_existing=True).is_trashed
        page = desk.get(f"/bien-tap/tep/{file.id}").get_data(as_text=True)
        assert "nên chưa bỏ được" in page
        return page

    def test_as_a_cover(self, desk_of, chief, picture):
        factories.article("Bài có ảnh", cover=picture)
        assert "Bài có ảnh" in self.refused(desk_of(chief), picture)

    def test_in_a_text_that_residents_read(self, desk_of, chief, file):
        factories.article("Bài có tệp", body=f'<p><a href="{file.url}">Đơn</a></p>')
        assert "Bài có tệp" in self.refused(desk_of(chief), file)

    def test_from_a_withdrawn_text_it_can_be_taken_which_is_then_not_published(
        self, desk_of, chief, file
    ):
        made = factories.article(category=factories.category(), state=State.WITHDRAWN,
                                 body=f'<p><a href="{file.url}">Đơn</a></p>')  # fmt: skip
        desk = desk_of(chief)
        desk.post(f"/bien-tap/tep/{file.id}/bo")
        assert db.session.get(MediaFile, file.id, populate_existing=True).is_trashed
        fields = {"title": "Bài", "category": str(made.category_id), "body": made.body,
                  "version": str(made.version)}  # fmt: skip
        page = desk.post(f"/bien-tap/tin-tuc/{made.id}", **fields, action="publish")
        assert "Bài còn dùng tệp đã bỏ" in page.get_data(as_text=True)

    def test_as_a_form_of_a_procedure(self, desk_of, chief, file):
        procedure = factories.procedure()
        record = procedure.snapshot()
        record["papers"][0]["forms"] = [{"file_id": file.id}]
        procedure.restore(record)
        db.session.commit()
        assert "Đăng ký khai sinh" in self.refused(desk_of(chief), file)

    def test_as_the_logo(self, desk_of, chief, picture):
        db.session.scalar(select(SiteIdentity)).logo = picture
        db.session.commit()
        assert "biểu trưng" in self.refused(desk_of(chief), picture)

    def test_what_nothing_uses_goes_and_comes_back(self, desk_of, chief, file, client):
        desk = desk_of(chief)
        desk.post(f"/bien-tap/tep/{file.id}/bo")
        assert desk.get(file.url).status_code == 404
        desk.post(f"/bien-tap/thung-rac/tep/{file.id}/lay-lai")
        assert desk.get(file.url).status_code == 200
        desk.post(f"/bien-tap/tep/{file.id}/bo")
        desk.post(f"/bien-tap/thung-rac/tep/{file.id}/xoa-han")
        assert files() == []
        assert list(library.folder().rglob("*.*")) == []

    def test_what_an_earlier_version_shows_is_not_deleted_for_good(self, desk_of, chief, file):
        desk = desk_of(chief)
        made = factories.article(state=State.DRAFT, body=f'<a href="{file.url}">Đơn</a>')
        address = f"/bien-tap/tin-tuc/{made.id}"
        desk.post(address, **(forms.ARTICLE | {"body": "Không còn tệp"}), action="save")
        desk.post(f"/bien-tap/tep/{file.id}/bo")
        desk.post(f"/bien-tap/thung-rac/tep/{file.id}/xoa-han")
        assert db.session.get(MediaFile, file.id) is not None
        page = desk.get("/bien-tap/thung-rac/").get_data(as_text=True)
        assert "phiên bản cũ" in page

    def test_a_writer_puts_away_only_their_own(self, desk_of, writer, file):
        assert desk_of(writer).post(f"/bien-tap/tep/{file.id}/bo").status_code == 403


def test_a_cover_is_chosen_from_the_library(desk_of, chief, writer):
    desk_of(writer).post("/bien-tap/tep/", files=[photo()])
    made = factories.article(state=State.DRAFT)
    fields = forms.ARTICLE | {"cover_id": str(files()[0].id), "cover_alt": "Ảnh"}
    desk_of(chief).post(f"/bien-tap/tin-tuc/{made.id}", **fields, action="save")
    assert db.session.get(Article, made.id, populate_existing=True).cover.id == files()[0].id


def test_a_photo_and_a_file_in_the_text_are_served_in_full(desk_of, chief, client):
    desk = desk_of(chief)
    desk.post("/bien-tap/tep/", files=[photo((1600, 900)), (io.BytesIO(pdf(3)), "Kế hoạch.pdf")])
    picture, paper = files()
    made = factories.article(category=factories.category())
    body = (f'<figure><img src="{picture.url}" alt="Lúa"></figure>'
            f'<p><a href="{paper.url}">Kế hoạch</a></p>')  # fmt: skip
    fields = forms.ARTICLE | {"body": body, "category": str(made.category_id), "action": "save"}
    desk.post(f"/bien-tap/tin-tuc/{made.id}", **fields)
    page = client.get("/tin-tuc/1-duoc-mua-vu-dong").get_data(as_text=True)
    assert f'<source type="image/avif" srcset="{picture.srcset("avif")}"' in page
    assert "3 trang" in page
    form = desk.get(f"/bien-tap/tin-tuc/{made.id}").get_data(as_text=True)
    assert "&lt;source" not in form
    assert f"&lt;img src=&#34;{picture.picture_url(720)}&#34;" in form
    feed = client.get("/rss.xml").get_data(as_text=True)
    for url in (picture.picture_url(720), paper.url):
        assert f"http://localhost{url}" in feed
