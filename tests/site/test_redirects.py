"""Addresses of before lead to where things are now."""

import pytest

from tanky.base.db import db
from tanky.site.redirects import Redirect, Unreadable, parse

from .. import factories

ADDRESS = "/bien-tap/trang/chuyen-huong"
LINES = """/index.php?nv=news&id=12, /tin-tuc/1
/Default.aspx\t/gioi-thieu/
https://cu.gov.vn/tin/bao-lut.html; https://vidu.gov.vn/bao"""


def test_lines_of_a_sheet_lead_residents_on(chief_desk, client):
    factories.article("Bài")
    assert chief_desk.post(ADDRESS, lines=LINES).status_code == 302
    for old, new in (
        ("/index.php?nv=news&id=12", "/tin-tuc/1"),
        ("/Default.aspx?tabid=9", "/gioi-thieu/"),
        ("/tin/bao-lut.html", "https://vidu.gov.vn/bao"),
    ):
        answer = client.get(old)
        assert (answer.status_code, answer.location) == (301, new), old
    assert client.get("/index.php?nv=news&id=13").status_code == 404
    assert client.post("/Default.aspx").status_code in (404, 405)
    page = chief_desk.get(ADDRESS).get_data(as_text=True)
    assert "/Default.aspx, /gioi-thieu/" in page


def test_a_page_that_there_is_never_leads_away(chief_desk, client):
    chief_desk.post(ADDRESS, lines="/lien-he, /gioi-thieu/")
    assert client.get("/lien-he").status_code == 200


@pytest.mark.parametrize(
    ("lines", "said"),
    [("/mot", "Dòng 1: cần địa chỉ cũ"), ("/a, /b, /c", "Dòng 1: cần địa chỉ cũ"),
     ("mot, /hai", "địa chỉ cũ bắt đầu bằng /"), ("/mot, javascript:1", "địa chỉ mới bằng /"),
     ("/mot, //x.vn", "địa chỉ mới bằng /"), ("/a, /b\n/a, /c", "Dòng 2: “/a” có hai lần"),
     ("/a, /b\n/b, /c", "dẫn tới một địa chỉ cũ khác"), ("/a, /a", "dẫn tới một địa chỉ cũ khác"),
     ("/" + "x" * 500 + ", /b", "dài quá 500 ký tự")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_kept(chief_desk, lines, said):
    answer = chief_desk.post(ADDRESS, lines=lines)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(Redirect)) is None


def test_it_is_the_chiefs(desk):
    assert desk.get(ADDRESS).status_code == 403


@pytest.mark.one_database
def test_there_is_a_limit(app):
    with pytest.raises(Unreadable, match="Nhiều nhất"):
        parse("\n".join(f"/cu/{number}, /moi" for number in range(5001)))
