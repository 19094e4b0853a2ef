"""The duties page: what must be published, what is there, missing or late."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tanky.base.db import db
from tanky.demo import loader
from tanky.desk.section import current_sections
from tanky.documents.models import Document
from tanky.documents.record import RECORD as DOCUMENT
from tanky.duties.models import Duty, State, standings
from tanky.records.sheets import write
from tanky.site.models import SiteIdentity

from .. import factories
from ..forms import apply

DESK = "/bien-tap/nghia-vu/"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OWN = {"key": "bao-cao-nam", "name": "Báo cáo tài chính năm", "slot": "", "term": "30 ngày",
       "citation": "Luật 104/2016/QH13, Điều 19", "fresh_days": "365"}  # fmt: skip


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def state_of(key: str) -> tuple[State, str]:
    one = next(one for one in standings() if one.duty.key == key)
    return one.state, one.remark


def document() -> Document:
    made = Document()
    record = {"number": "1/QĐ", "title": "Việc", "kind": "Quyết định", "issuer": "UBND xã",
              "issued_on": "2026-03-10"}  # fmt: skip
    made.restore(DOCUMENT.empty() | record)
    return factories.add(made)


class TestStandings:
    def test_each_duty_of_the_software_names_a_place_that_there_is(self, app):
        slots = [one.slot for section in current_sections() for one in section.fulfilments()]
        assert len(slots) == len(set(slots))
        named = {duty.slot for duty in Duty.in_order() if duty.slot}
        assert named <= set(slots)
        assert set(slots) <= named

    def test_what_is_there_fulfils_it_until_it_is_old(self, clock, app):
        assert state_of("van-ban")[0] == State.MISSING
        document()
        assert state_of("van-ban")[0] == State.MET
        clock.shift(timedelta(days=167))
        assert state_of("van-ban") == (State.SOON, "Xem lại chậm nhất ngày 22/05/2027.")
        clock.shift(timedelta(days=14))
        assert state_of("van-ban")[0] == State.LATE

    def test_samples_fulfil_nothing(self, clock, app):
        db.session.delete(SiteIdentity.current())
        db.session.commit()
        loader.load()
        there = {one.duty.key for one in standings() if one.state == State.MET}
        assert there == {"danh-muc", "lien-he"}

    def test_a_stage_of_the_budget_is_late_by_its_period(self, clock, app):
        assert state_of("cong-khai-2-5") == (
            State.LATE,
            "Của năm 2026 phải đăng chậm nhất ngày 10/10/2026.",
        )
        assert state_of("cong-khai-2-6")[0] == State.MISSING

    def test_last_year_s_stage_is_still_late(self, clock, app):
        clock.move_to(datetime(2027, 1, 5, tzinfo=UTC))
        assert state_of("cong-khai-2-5")[0] == State.LATE

    def test_a_person_answers_for_what_is_not_on_the_site(self, clock, desk_of, chief, editor):
        address = f"{DESK}muc/chat-luong/xac-nhan"
        assert state_of("chat-luong") == (State.MISSING, "Chưa ai xác nhận.")
        assert desk_of(editor).post(address, DESK).status_code == 403
        assert desk_of(chief).post(address, DESK).status_code == 302
        assert state_of("chat-luong") == (State.MET, f"{chief.name} xác nhận.")
        clock.shift(timedelta(days=91))
        assert state_of("chat-luong")[0] == State.LATE
        assert desk_of(chief).post(f"{DESK}muc/van-ban/xac-nhan", DESK).status_code == 409


class TestThePage:
    def test_it_says_how_all_stand_and_narrows(self, clock, desk):
        document()
        page = seen(desk, DESK)
        assert "Luật 104/2016/QH13, Điều 18, 19" in page
        assert f"Tất cả {len(Duty.in_order())}" in page
        met = seen(desk, f"{DESK}?tinh-trang=đủ")
        assert "Văn bản quy phạm" in met
        assert "Người phát ngôn" not in met

    def test_the_report_is_for_an_inspector(self, clock, desk):
        rows = list(csv.DictReader(io.StringIO(seen(desk, f"{DESK}bao-cao.csv").lstrip("\ufeff"))))
        assert len(rows) == len(Duty.in_order())
        results = next(row for row in rows if row["Mã"] == "ket-qua")
        assert results["Đã đọc nguyên văn"] == "đối chiếu trước khi dùng"
        assert results["Tình trạng"] == "còn thiếu"

    def test_the_board_tells_the_chief(self, clock, desk_of, chief, editor):
        assert "Nghĩa vụ công bố:" in seen(desk_of(chief), "/bien-tap/")
        assert "Nghĩa vụ công bố:" not in seen(desk_of(editor), "/bien-tap/")

    @pytest.mark.parametrize("path", ["", "bao-cao.csv", "moi", "muc/van-ban", "danh-muc.xlsx"])
    def test_it_is_not_for_writers(self, desk_of, writer, path):
        assert desk_of(writer).get(f"{DESK}{path}").status_code == 403

    @pytest.mark.parametrize("path", ["moi", "muc/van-ban", "danh-muc.xlsx"])
    def test_editors_change_none(self, desk, path):
        assert desk.get(f"{DESK}{path}").status_code == 403


class TestChanging:
    def test_one_is_edited_dropped_and_taken_back(self, clock, chief_desk):
        fields = {"name": "Văn bản", "citation": "Luật mới", "slot": "van-ban", "term": "",
                  "fresh_days": "", "is_dropped": "y"}  # fmt: skip
        address = f"{DESK}muc/van-ban"
        opened = re.search(r'opened_with"[^>]*value="(\w+)"', seen(chief_desk, address))[1]
        fields["opened_with"] = opened
        assert chief_desk.post(address, **fields).status_code == 302
        assert chief_desk.post(address, **fields).status_code == 409
        assert state_of("van-ban")[0] == State.DROPPED
        assert "Luật mới" in seen(chief_desk, DESK)
        chief_desk.post(f"{DESK}muc/van-ban/bo", DESK)
        assert state_of("van-ban")[0] == State.MISSING
        assert "Luật mới" not in seen(chief_desk, DESK)

    def test_the_site_s_own_is_added_and_deleted(self, clock, chief_desk):
        assert chief_desk.post(f"{DESK}moi", **OWN).status_code == 302
        assert state_of("bao-cao-nam")[0] == State.MISSING
        chief_desk.post(f"{DESK}muc/bao-cao-nam/bo", DESK)
        assert Duty.by_key("bao-cao-nam") is None

    @pytest.mark.parametrize(
        ("fields", "said"),
        [({"key": "Báo cáo"}, "Mã chỉ gồm chữ thường"), ({"key": "van-ban"}, "Đã có nghĩa vụ"),
         ({"name": ""}, "Hãy gõ nghĩa vụ."), ({"citation": ""}, "Hãy gõ căn cứ."),
         ({"slot": "x"}, "không có trong danh sách"), ({"fresh_days": "0"}, "số nguyên từ 1"),
         ({"checked_on": "1900-01-01"}, "Hãy ghi một năm từ 1945 đến 2100.")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, chief_desk, fields, said):
        answer = chief_desk.post(f"{DESK}moi", **(OWN | {"term": "Giữ lại"} | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert said in page
        assert "Giữ lại" in page
        assert db.session.scalar(db.select(Duty)) is None

    def test_the_list_goes_out_as_a_sheet_and_comes_back(self, clock, chief_desk):
        sheet = chief_desk.get(f"{DESK}danh-muc.xlsx").data
        same = chief_desk.post(f"{DESK}nhap", DESK, file=(io.BytesIO(sheet), "nghia-vu.xlsx"))
        count = len(Duty.in_order())
        assert f"{count} không đổi" in same.get_data(as_text=True)
        rows = [["van-ban", "Văn bản", "Luật mới, Điều 1", "90"], ["moi", "Mới", "Điều 2", ""]]
        head = ["Mã", "Nghĩa vụ", "Căn cứ", "Xem lại sau (ngày)"]
        changed = (io.BytesIO(write("Nghĩa vụ", head, rows)), "sua.xlsx")
        page = chief_desk.post(f"{DESK}nhap", DESK, file=changed).get_data(as_text=True)
        assert Duty.by_key("moi") is None
        assert apply(chief_desk, page).status_code == 302
        edited = Duty.by_key("van-ban")
        assert (edited.citation, edited.fresh_days) == ("Luật mới, Điều 1", 90)
        assert edited.slot == "van-ban"
        assert Duty.by_key("moi").name == "Mới"

    def test_a_wrong_sheet_names_row_and_column(self, chief_desk):
        rows = [["van-ban", "", "Điều 1", "x", ""], ["Mã sai", "Tên", "Điều 2", "", "khong:co"]]
        head = ["Mã", "Nghĩa vụ", "Căn cứ", "Xem lại sau (ngày)", "Nơi thực hiện"]
        wrong = (io.BytesIO(write("Nghĩa vụ", head, rows)), "sai.xlsx")
        answer = chief_desk.post(f"{DESK}nhap", DESK, file=wrong)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        for words in ("để trống", "Xem lại sau (ngày)", "phải có dạng", "không có nơi nào"):
            assert words in page, words
        assert db.session.scalar(db.select(Duty)) is None
