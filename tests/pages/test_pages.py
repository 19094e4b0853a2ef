"""Pages of the introduction, from the desk to the resident."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.media import library
from tanky.news.models import Article
from tanky.pages.models import RECORD, Page, flat, tree
from tanky.records.journal import JournalEntry
from tanky.records.revisions import Revision
from tanky.site import identity
from tanky.text import formats

from .. import factories
from ..media.test_files import pdf, upload

DESK = "/bien-tap/gioi-thieu/"


def made(title: str, parent: Page | None = None, is_public: bool = True, **given) -> Page:
    page = Page(published_at=formats.now() if is_public else None)
    record = {"title": title, "parent_id": parent.id if parent else None, "position": 0,
              "body": "<p>Nội dung</p>", "review_on": None}  # fmt: skip
    page.restore(RECORD.empty() | record | given)
    db.session.add(page)
    db.session.commit()
    return page


def seen(client, address: str) -> str:
    return client.get(address).get_data(as_text=True)


def test_a_page_goes_from_the_form_to_the_resident(desk_of, editor, chief, client):
    writing = desk_of(editor)
    fields = {"title": "Lịch sử hình thành", "parent": "0", "body": "Xã có từ năm 1945."}
    address = writing.post(f"{DESK}moi", **fields).location
    assert client.get("/gioi-thieu/lich-su-hinh-thanh").status_code == 404
    assert "lich-su-hinh-thanh" not in seen(client, "/gioi-thieu/")
    assert writing.post(f"{address}/dang").status_code == 403
    desk_of(chief).post(f"{address}/dang", version="1")
    assert "<p>Xã có từ năm 1945.</p>" in seen(client, "/gioi-thieu/lich-su-hinh-thanh")
    for place in ("/gioi-thieu/", "/sitemap.xml", "/tim-kiem?q=lich+su"):
        assert "/gioi-thieu/lich-su-hinh-thanh" in seen(client, place)
    entries = select(JournalEntry.action).where(JournalEntry.subject == Page.SUBJECT)
    assert db.session.scalars(entries.order_by(JournalEntry.id)).all() == ["created", "published"]


def test_a_kept_page_is_never_an_old_one(client, desk_of, chief):
    page = made("Địa lý")
    assert "Nội dung" in seen(client, page.url)
    desk = desk_of(chief)
    desk.post(f"{DESK}{page.id}", title="Địa lý", parent="0", body="Giáp sông", version="1")
    assert "Giáp sông" in seen(client, page.url)
    assert desk.post(f"{DESK}{page.id}/go-xuong").status_code == 422
    desk.post(f"{DESK}{page.id}/go-xuong", because="Số liệu đã cũ")
    answer = client.get(page.url)
    assert answer.status_code == 410
    assert "Lý do: Số liệu đã cũ" in answer.get_data(as_text=True)
    desk.post(f"{DESK}{page.id}/bo", because="Viết lại từ đầu")
    assert "Lý do: Viết lại từ đầu" in client.get(page.url).get_data(as_text=True)


def test_beneath_a_withdrawn_page_each_says_why(client, desk_of, chief):
    top = made("Giới thiệu chung")
    below = made("Lịch sử", top)
    draft = made("Nháp", top, is_public=False)
    desk_of(chief).post(f"{DESK}{top.id}/go-xuong", because="Sáp nhập xã")
    assert "Lý do: Sáp nhập xã" in client.get(below.url).get_data(as_text=True)
    assert client.get(draft.url).status_code == 404
    desk_of(chief).post(f"{DESK}{top.id}/dang", version=str(top.version))
    assert client.get(below.url).status_code == 200


def test_what_lies_beneath_a_hidden_page_is_hidden(client):
    top = made("Giới thiệu chung", is_public=False)
    below = made("Lịch sử", top)
    assert client.get(below.url).status_code == 404
    assert "lich-su" not in seen(client, "/sitemap.xml")
    assert "Lịch sử" not in seen(client, "/tim-kiem?q=lich")
    top.published_at = formats.now()
    db.session.commit()
    page = seen(client, below.url)
    assert page.index("Giới thiệu</a>") < page.index("Giới thiệu chung</a>")


def test_the_tree_is_read_by_place_then_title(app):
    top = made("Đầu")
    made("B", top, position=1)
    made("C", top)
    made("A", top)
    assert [(level, page.title) for level, page in flat(tree(Page.published()))] == [
        (0, "Đầu"), (1, "A"), (1, "C"), (1, "B"),
    ]  # fmt: skip


def test_a_page_lies_beneath_neither_itself_nor_what_is_beneath_it(desk_of, editor):
    top = made("Trên", is_public=False)
    below = made("Dưới", top, is_public=False)
    desk = desk_of(editor)
    for parent in (top, below):
        answer = desk.post(f"{DESK}{top.id}", title="Trên", parent=str(parent.id), version="1")
        assert answer.status_code == 422
    db.session.refresh(top)
    assert top.parent_id is None


def test_bad_input_is_said_on_its_field_and_kept(desk_of, editor):
    answer = desk_of(editor).post(f"{DESK}moi", title="", parent="0", body="Đã gõ lâu")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Hãy gõ tiêu đề." in page
    assert "Đã gõ lâu" in page


def test_a_save_that_came_between_is_not_overwritten(desk_of, editor):
    page = made("Một", is_public=False)
    desk = desk_of(editor)
    fields = {"title": "Hai", "parent": "0", "body": "b"}
    assert desk.post(f"{DESK}{page.id}", **fields, version="1").status_code == 302
    again = desk.post(f"{DESK}{page.id}", **(fields | {"title": "Ba"}), version="1")
    assert again.status_code == 409
    assert "Người khác vừa lưu" in again.get_data(as_text=True)
    db.session.refresh(page)
    assert page.title == "Hai"


@pytest.mark.parametrize("address", ["", "moi", "1", "1/phien-ban"])
def test_writers_have_no_pages(desk_of, writer, address):
    made("Trang")
    assert desk_of(writer).get(f"{DESK}{address}").status_code == 403


def test_an_editor_changes_no_public_page(desk_of, editor):
    page = made("Đã đăng")
    desk = desk_of(editor)
    assert desk.post(f"{DESK}{page.id}", title="x", parent="0", version="1").status_code == 403
    assert desk.post(f"{DESK}{page.id}/bo").status_code == 403


def test_what_is_published_is_what_was_seen(desk_of, editor, chief):
    page = made("Một", is_public=False)
    desk_of(editor).post(f"{DESK}{page.id}", title="Hai", parent="0", body="b", version="1")
    desk = desk_of(chief)
    answer = desk.post(f"{DESK}{page.id}/dang", version="1")
    assert "vừa được sửa" in seen(desk, answer.location)
    db.session.refresh(page)
    assert page.published_at is None


def test_what_was_typed_while_the_page_was_published_is_kept(desk_of, editor):
    page = made("Một", is_public=False)
    desk = desk_of(editor)
    page.published_at = formats.now()
    db.session.commit()
    answer = desk.post(f"{DESK}{page.id}", title="Gõ lâu", parent="0", version="1")
    assert answer.status_code == 403
    assert "Gõ lâu" in answer.get_data(as_text=True)


def test_an_attribute_younger_than_a_version_is_empty_in_it(desk_of, editor):
    page = made("Cũ", is_public=False)
    desk = desk_of(editor)
    desk.post(f"{DESK}{page.id}", title="Mới", parent="0", version="1")
    first = db.session.scalar(select(Revision).where(Revision.number == 1))
    first.content = {"title": "Cũ"}
    db.session.commit()
    assert desk.post(f"{DESK}{page.id}/phien-ban/1/khoi-phuc").status_code == 302
    db.session.refresh(page)
    assert (page.title, page.body) == ("Cũ", "")


def test_the_trash_and_back_again(desk_of, chief):
    top = made("Trên", is_public=False)
    below = made("Dưới", top, is_public=False)
    desk = desk_of(chief)
    assert "còn trang bên dưới" in seen(desk, desk.post(f"{DESK}{top.id}/bo").location)
    desk.post(f"{DESK}{below.id}/bo")
    desk.post(f"{DESK}{top.id}/bo")
    assert "Dưới" not in seen(desk, DESK)
    assert "Dưới" in seen(desk, "/bien-tap/thung-rac/")
    desk.post(f"/bien-tap/thung-rac/gioi-thieu/{top.id}/lay-lai")
    assert "Trên" in seen(desk, DESK)
    id = below.id
    assert desk.post(f"/bien-tap/thung-rac/gioi-thieu/{id}/xoa-han").status_code == 302
    assert db.session.scalar(select(Page.id).where(Page.id == id)) is None


def test_an_earlier_version_is_taken_back(desk_of, editor):
    page = made("Tên cũ", is_public=False)
    desk = desk_of(editor)
    desk.post(f"{DESK}{page.id}", title="Tên mới", parent="0", body="Khác", version="1")
    versions = seen(desk, f"{DESK}{page.id}/phien-ban")
    assert "Tiêu đề" in versions
    desk.post(f"{DESK}{page.id}/phien-ban/1/khoi-phuc")
    db.session.refresh(page)
    assert (page.title, page.slug) == ("Tên cũ", "ten-cu")


def test_a_file_is_served_while_a_page_shows_it(client, desk_of, chief):
    file = library.take_document(upload(pdf(1), "don.pdf"), chief)
    db.session.commit()
    assert client.get(file.url).status_code == 404
    page = made("Mẫu", body=f'<p><a href="/tep/{file.key}">Đơn</a></p>')
    assert client.get(file.url).status_code == 200
    assert f'href="{file.url}"' in seen(client, page.url)
    assert "trang giới thiệu “Mẫu”" in seen(desk_of(chief), f"/bien-tap/tep/{file.id}")


def test_the_board_says_what_is_to_be_looked_at_again(desk_of, editor):
    today = identity.today()
    made("Cũ rồi", review_on=today.isoformat())
    made("Còn lâu", review_on=(today + timedelta(days=1)).isoformat())
    board = seen(desk_of(editor), "/bien-tap/")
    assert "Cũ rồi" in board
    assert "Còn lâu" not in board


def test_two_pages_of_one_title_have_addresses_of_their_own(app):
    assert {made("Lễ hội").slug, made("Lễ hội").slug} == {"le-hoi", "le-hoi-2"}


def test_words_are_found_while_the_page_is_public(client):
    factories.article("Tin khác")
    page = made("Di tích", body="<p>Đình làng Quang Khải</p>")
    assert page.url in seen(client, "/tim-kiem?q=dinh+lang")
    page.published_at = None
    db.session.commit()
    assert page.url not in seen(client, "/tim-kiem?q=dinh+lang")
    assert db.session.scalar(select(Article)).title == "Tin khác"


def test_no_page_goes_out_with_a_photo_that_is_gone_or_silent(desk_of, chief):
    photo = factories.shared_photo(chief)
    page = made("Ảnh", body=f'<p><img src="/anh/{photo.key}" alt=""></p>', is_public=False)
    desk = desk_of(chief)
    answer = desk.post(f"{DESK}{page.id}/dang", version="1")
    assert "chưa có mô tả" in seen(desk, answer.location)
    photo.trash(chief)
    db.session.commit()
    assert "tệp đã bỏ" in seen(desk, desk.post(f"{DESK}{page.id}/dang", version="1").location)
    db.session.refresh(page)
    assert page.published_at is None


def test_the_tree_grows_three_levels_and_no_more(desk_of, editor):
    top = made("A", is_public=False)
    middle = made("B", top, is_public=False)
    made("C", middle, is_public=False)
    other = made("D", is_public=False)
    answer = desk_of(editor).post(f"{DESK}{top.id}", title="A", parent=str(other.id), version="1")
    assert answer.status_code == 422


def test_an_earlier_version_moves_no_page_beneath_one_in_the_trash(desk_of, chief, client):
    parent = made("Trên", is_public=False)
    page = made("Dưới", parent)
    desk = desk_of(chief)
    desk.post(f"{DESK}{page.id}", title="Dưới", parent="0", body="b", version="1")
    desk.post(f"{DESK}{parent.id}/bo")
    desk.post(f"{DESK}{page.id}/phien-ban/1/khoi-phuc")
    assert client.get(page.url).status_code == 200
    assert "Dưới" in seen(desk, DESK)


@pytest.mark.parametrize("path", ["gioi-thieu", "tin-tuc", "thu-tuc", "tep", "x"])
@pytest.mark.parametrize("ref", ["0", "12345678901", "1234567890" + "0" * 20, "١"])
def test_an_address_of_no_row_is_not_there(desk_of, chief, path, ref):
    assert desk_of(chief).get(f"/bien-tap/{path}/{ref}/phien-ban").status_code == 404
