"""Signposts, from the desk to the resident."""

import re

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.records.revisions import Revision
from tanky.signposts.models import RECORD, Signpost

from .. import factories

LIST = "/thu-tuc/khong-lam-o-xa/"
DESK = "/bien-tap/khong-lam-o-xa/"
FORM = {
    "title": "Sổ đỏ", "also_called": "sổ hồng\nbìa đỏ", "place": "Văn phòng đăng ký đất đai",
    "address": "Số 1 phố Huyện", "phone": "0220 111 222", "online_url": "https://vidu.vn/dat",
    "advice": "Mang theo sổ gốc.",
}  # fmt: skip


def made(title: str = "Sổ đỏ", **given) -> Signpost:
    signpost = Signpost()
    signpost.restore(RECORD.empty() | {"title": title, "place": "Nơi khác"} | given)
    return factories.add(signpost)


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_from_the_form_to_the_resident(desk_of, editor, client):
    desk_of(editor).post(f"{DESK}moi", **FORM)
    page = seen(client, "/thu-tuc/khong-lam-o-xa/so-do")
    for part in ("Văn phòng đăng ký đất đai", "Số 1 phố Huyện", 'href="tel:0220111222"',
                 'href="https://vidu.vn/dat"', "<p>Mang theo sổ gốc.</p>",
                 "query=S%E1%BB%91+1"):  # fmt: skip
        assert part in page
    for place in ("/thu-tuc/khong-lam-o-xa/", "/sitemap.xml", "/tim-kiem?q=bia+do"):
        assert "/thu-tuc/khong-lam-o-xa/so-do" in seen(client, place)


def test_what_is_wrong_is_said_on_its_field_and_what_was_typed_stays(desk_of, editor):
    answer = desk_of(editor).post(f"{DESK}moi", **FORM | {"place": "", "online_url": "vidu.vn"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Hãy gõ làm ở đâu." in page
    assert "phải bắt đầu bằng https://" in page
    assert "Mang theo sổ gốc." in page


def test_a_save_between_is_not_overwritten(desk_of, editor):
    signpost = made()
    desk = desk_of(editor)
    address = f"{DESK}{signpost.id}"
    assert desk.post(address, **FORM, version="1").status_code == 302
    late = desk.post(address, **FORM | {"title": "Bìa đỏ"}, version="1")
    assert late.status_code == 409
    assert "Người khác vừa lưu mục này" in late.get_data(as_text=True)
    db.session.refresh(signpost)
    assert signpost.place == FORM["place"]
    assert desk.post(address, **FORM | {"title": "Bìa đỏ"}, version="2").status_code == 302


def test_trash_and_an_earlier_version_come_back(desk_of, editor, client):
    signpost = made(advice="<p>Cũ</p>")
    desk = desk_of(editor)
    desk.post(f"{DESK}{signpost.id}", **FORM, version="1")
    desk.post(f"{DESK}{signpost.id}/phien-ban/1/khoi-phuc", f"{DESK}{signpost.id}/phien-ban")
    assert "<p>Cũ</p>" in seen(client, signpost.url)
    assert len(db.session.scalars(select(Revision)).all()) == 3
    desk.post(f"{DESK}{signpost.id}/bo")
    assert client.get(signpost.url).status_code == 410
    assert "Sổ đỏ" in seen(desk, "/bien-tap/thung-rac/")


def test_they_are_for_editors(desk_of, writer):
    signpost = made()
    desk = desk_of(writer)
    for address in (DESK, f"{DESK}moi", f"{DESK}{signpost.id}"):
        assert desk.get(address).status_code == 403


@pytest.mark.on_sqlite
def test_an_empty_list_says_where_to_ask(client):
    assert "Chưa có mục nào" in seen(client, "/thu-tuc/khong-lam-o-xa/")


def test_lists_are_in_the_order_of_a_vietnamese_dictionary(client):
    """SQLite sorts by our own order, PostgreSQL by ICU's."""
    ordered = ["An", "Ăn", "Ân cần", "bà", "bả", "bã", "bá", "bạ", "Căn cước", "Dân",
               "Đăng ký xe", "Êm", "Giấy 10", "Giấy 2", "Ly hôn", "Lý lịch", "Ô tô", "Ở",
               "Thẻ", "Uỷ", "Ưu", "Xe"]  # fmt: skip
    for title in sorted(ordered):
        made(title)
    listed = re.findall('tk-procedures__title" href="[^"]*">([^<]*)<', seen(client, LIST))
    assert listed == ordered


@pytest.mark.parametrize("title", ["kha\u0300\u0301i", "\u0300", "q\u0301", "\U0001d49c", "½"])
def test_no_title_takes_a_list_down(client, title):
    for one in ("Đường", title):
        made(one)
    assert client.get(LIST).status_code == 200
