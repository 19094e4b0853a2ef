import contextvars
import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import text

from tanky.base.db import db
from tanky.news.models import State
from tanky.records import journal
from tanky.records.journal import JournalEntry
from tanky.text import formats

from .. import factories
from ..conftest import Desk

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def desk(desk_of, chief):
    return desk_of(chief)


def rows(desk, query="") -> list[list[str]]:
    body = desk.get(f"/bien-tap/nhat-ky.csv{query}").get_data(as_text=True)
    return list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))[1:]


@pytest.mark.parametrize("statement", ["UPDATE journal SET label = 'x'", "DELETE FROM journal"])
def test_the_database_itself_lets_nobody_rewrite_it(app, statement):
    journal.record("created", label="một")
    db.session.commit()
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()
    assert db.session.scalar(db.select(JournalEntry.label)) == "một"


def test_it_tells_who_did_what_when_and_from_where(desk, desk_of, writer):
    theirs = desk_of(writer)
    theirs.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    theirs.post("/bien-tap/tin-tuc/moi")
    moment, who, where, deed, kind, label, _ = rows(desk, "?viec=created")[-1]
    assert (who, where, deed, kind, label) == (
        "Chị cong", "203.0.113.9", "tạo", "bài", "(chưa có tiêu đề)",
    )  # fmt: skip
    assert moment[:6] == formats.now().astimezone(HANOI).strftime("%d/%m/")


def test_signing_in_failing_and_out_are_in_it(desk, desk_of, writer, client):
    token = Desk(client).token("/dang-nhap")
    client.post("/dang-nhap", data={"csrf_token": token, "username": "ai-do", "password": "x"})
    desk_of(writer).post("/dang-xuat")
    deeds = [(row[1], row[3]) for row in rows(desk)]
    assert ("", "đăng nhập không thành") in deeds
    assert deeds[-2:] == [("Chị cong", "đăng nhập"), ("Chị cong", "đăng xuất")]


def test_it_is_filtered(desk, chief, editor, app):
    with time_machine.travel(formats.now() - timedelta(days=3)):
        journal.record("trashed", person=editor, label="Lúa chín")
        db.session.commit()
    journal.record("trashed", person=chief, label="Đường hoa")
    db.session.commit()
    today = formats.now().date()
    for query, labels in (
        ("?viec=trashed", ["Lúa chín", "Đường hoa"]),
        (f"?viec=trashed&nguoi={editor.id}", ["Lúa chín"]),
        (f"?viec=trashed&tu={today - timedelta(days=1)}", ["Đường hoa"]),
        (f"?viec=trashed&den={today - timedelta(days=2)}", ["Lúa chín"]),
        ("?viec=trashed&q=hoa", ["Đường hoa"]),
        ("?viec=trashed&q=bien", ["Lúa chín"]),
        ("?q=khong-co-gi", []),
    ):
        assert [row[5] for row in rows(desk, query)] == labels, query
        page = desk.get(f"/bien-tap/nhat-ky/{query}").get_data(as_text=True)
        assert all(label in page for label in labels), query


@pytest.mark.parametrize(
    "query", ["nguoi=x", "nguoi=99999999999", "viec=x", "tu=x", "den=9999-12-31", "tu=0001-01-01",
              "q=%25", "tu=2026-02-30"],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_no_fault(desk, query):
    assert desk.get(f"/bien-tap/nhat-ky/?{query}").status_code == 200
    assert desk.get(f"/bien-tap/nhat-ky.csv?{query}").status_code == 200


def test_a_spreadsheet_that_opens_it_runs_nothing(desk):
    journal.record("created", label="=HYPERLINK(1)")
    db.session.commit()
    assert rows(desk, "?viec=created")[-1][5] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("path", ["nhat-ky/", "nhat-ky.csv"])
def test_it_is_the_chief_s_alone(desk_of, editor, path):
    assert desk_of(editor).get(f"/bien-tap/{path}").status_code == 403


def test_what_an_operator_does_is_in_it(app, desk):
    command = ["tanky", "user", "create", "moi", "--role", "writer", "--invite"]
    contextvars.Context().run(lambda: app.test_cli_runner().invoke(args=command))
    assert rows(desk, "?viec=invited")[-1][1:3] == ["", "máy chủ"]


def test_pages_say_who_answers_for_their_content(client, app):
    made = factories.article()
    for address in ("/", f"/tin-tuc/{made.id}-{made.slug}", "/thu-tuc/", "/tim-kiem"):
        page = client.get(address).get_data(as_text=True)
        assert "Người chịu trách nhiệm nội dung" in page, address
        assert "Nguyễn Thị Hoà" in page


class TestDesk:
    def test_a_writer_finds_what_was_sent_back_and_why(self, desk, desk_of, writer):
        made = factories.article("Cần sửa", state=State.IN_REVIEW, writer_id=writer.id,
                                 category=factories.category())  # fmt: skip
        given = {"title": "Cần sửa", "body": "x", "category": str(made.category_id),
                 "version": "1", "remark": "Thiếu số liệu"}  # fmt: skip
        desk.post(f"/bien-tap/tin-tuc/{made.id}", **given, action="send_back")
        page = desk_of(writer).get("/bien-tap/").get_data(as_text=True)
        assert "Chờ bạn sửa (1)" in page
        assert "Thiếu số liệu" in page.split("Chờ bạn sửa")[1]

    def test_the_chief_finds_what_waits(self, desk):
        factories.article("Xin duyệt", state=State.IN_REVIEW)
        page = desk.get("/bien-tap/").get_data(as_text=True)
        assert "Chờ bạn duyệt (1)" in page
        assert "Xin duyệt" in page

    def test_it_tells_what_residents_read_by_day(self, app, desk, client):
        earlier = formats.now() - timedelta(days=3)
        made = factories.article("Được đọc", published_at=earlier)
        other = factories.article("Ít đọc")
        address = f"/tin-tuc/{made.id}-{made.slug}"
        with time_machine.travel(formats.now() - timedelta(days=1)):
            client.get(address)
        client.get(address)
        client.get(address)
        client.get(f"/tin-tuc/{other.id}-{other.slug}")
        client.get(address, headers={"User-Agent": "Googlebot/2.1"})
        desk.get(address)
        client.head(address)
        read = desk.get("/bien-tap/").get_data(as_text=True).split("Được đọc nhiều")[1]
        assert read.index("Được đọc") < read.index("Ít đọc")
        assert "<td>2</td><td><strong>3</strong></td>" in read
        assert "<td>1</td><td><strong>1</strong></td>" in read

    def test_old_results_and_a_full_disk_are_said(self, desk, monkeypatch):
        from types import SimpleNamespace

        with time_machine.travel(formats.now() - timedelta(days=36)):
            factories.result()
        page = desk.get("/bien-tap/").get_data(as_text=True)
        assert "đã hơn một tháng chưa cập nhật" in page
        assert "sắp đầy" not in page
        full = SimpleNamespace(total=10**11, used=10**11, free=5 * 10**8)
        monkeypatch.setattr("shutil.disk_usage", lambda path: full)
        page = desk.get("/bien-tap/").get_data(as_text=True)
        assert "sắp đầy: chỉ còn 500.0 MB" in page
