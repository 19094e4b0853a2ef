"""Units, people, channels and the service centre, from the desk to the resident."""

import io
import re
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from tanky.base.db import db
from tanky.organisation.models import OFFICIAL, UNIT, Official, ServiceCentre, Unit, chart, flat

from .. import factories
from ..forms import IDENTITY

DESK = "/bien-tap/to-chuc/"
UNITS = "/bien-tap/don-vi/"
CHAIR = {
    "name": "Nguyễn Văn An", "post": "Chủ tịch Uỷ ban nhân dân xã", "unit": "0", "position": "1",
    "is_leader": "y", "phone": "0912 345 678", "email": "an.nv@vidu.gov.vn",
    "tasks": "Phụ trách ngân sách, đất đai", "biography": "Sinh năm 1975",
}  # fmt: skip
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # nine in the morning there


def unit(name: str, parent: Unit | None = None, **given) -> Unit:
    made = Unit()
    made.restore(UNIT.empty() | {"name": name, "parent_id": parent and parent.id} | given)
    return factories.add(made)


def person(name: str, **given) -> Official:
    made = Official()
    made.restore(OFFICIAL.empty() | {"name": name, "post": "Công chức"} | given)
    return factories.add(made)


def opened(desk) -> dict:
    """What the table of channels is sent with."""
    page = desk.get(f"{DESK}kenh").get_data(as_text=True)
    return {"opened_with": re.search(r'name="opened_with"[^>]*value="(\w+)"', page)[1]}


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


class TestPeople:
    def test_from_the_desk_to_the_resident(self, desk, client):
        portrait = {"upload": (io.BytesIO(factories.photo(400, 500)), "an.jpg")}
        assert desk.post(f"{DESK}moi", **CHAIR, **portrait).status_code == 302
        official = db.session.scalar(select(Official))
        page = seen(client, "/to-chuc/nguyen-van-an")
        for part in ("Nguyễn Văn An", "Chủ tịch Uỷ ban nhân dân xã", "tel:0912345678",
                     "an.nv@vidu.gov.vn", "Phụ trách ngân sách", "Sinh năm 1975",
                     'alt="Chân dung Nguyễn Văn An"'):  # fmt: skip
            assert part in page, part
        assert client.get(official.portrait.url).status_code == 200
        for place in ("/to-chuc/", "/sitemap.xml", "/tim-kiem?q=chủ tịch xã",
                      "/tim-kiem?q=nguyen van an"):  # fmt: skip
            assert official.url in seen(client, place), place

    def test_the_trash_takes_the_portrait_along(self, desk, client):
        portrait = {"upload": (io.BytesIO(factories.photo(400, 500)), "an.jpg")}
        desk.post(f"{DESK}moi", **CHAIR, **portrait)
        official = db.session.scalar(select(Official))
        file = official.portrait.url
        desk.post(f"{DESK}{official.id}/bo")
        assert client.get(official.url).status_code == 410
        assert client.get(file).status_code == 404

    def test_a_spokesperson_can_be_reached(self, desk, client):
        fields = CHAIR | {"is_spokesperson": "y", "phone": ""}
        page = desk.post(f"{DESK}moi", **fields).get_data(as_text=True)
        for name in ("phone", "decision", "decided_on"):
            assert re.search(f'id="{name}-error">Người phát ngôn phải có mục này', page), name
        assert 'id="email-error"' not in page
        fields |= {"phone": "0912", "decision": "12/QĐ-UBND", "decided_on": "2026-11-20"}
        assert desk.post(f"{DESK}moi", **fields).status_code == 302
        page = seen(client, "/to-chuc/")
        assert "Nguyễn Văn An" in page[page.index("Người phát ngôn</h2>") :]
        assert "theo 12/QĐ-UBND ngày 20/11/2026" in seen(client, "/to-chuc/nguyen-van-an")

    @pytest.mark.parametrize(
        ("fields", "said"),
        [({"name": ""}, "Hãy gõ họ tên."), ({"post": ""}, "Hãy gõ chức vụ."),
         ({"phone": "gọi tôi"}, "Số điện thoại chỉ gồm"), ({"email": "an"}, "Email không đúng."),
         ({"decided_on": "1900-01-01"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"position": "-1"}, "Hãy gõ một số nguyên"), ({"unit": "9"}, "không có trong danh sách")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, desk, fields, said):
        answer = desk.post(f"{DESK}moi", **(CHAIR | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert said.lower() in page.lower()
        assert "Phụ trách ngân sách" in page
        assert db.session.scalar(select(Official)) is None

    def test_a_portrait_that_is_no_photo_is_refused(self, desk):
        answer = desk.post(f"{DESK}moi", **CHAIR, upload=(io.BytesIO(b"x"), "a.jpg"))
        assert answer.status_code == 422
        assert "tk-field--error" in answer.get_data(as_text=True)
        assert db.session.scalar(select(Official)) is None

    def test_a_portrait_stays_with_a_form_that_is_refused(self, desk):
        portrait = {"upload": (io.BytesIO(factories.photo(400, 500)), "an.jpg")}
        page = desk.post(f"{DESK}moi", **(CHAIR | {"post": ""}), **portrait).get_data(as_text=True)
        id = re.search(r'name="portrait_id"[^>]*value="(\d+)"', page)[1]
        assert desk.post(f"{DESK}moi", **CHAIR, portrait_id=id).status_code == 302
        assert db.session.scalar(select(Official)).portrait.id == int(id)

    def test_who_comes_back_from_the_trash_without_their_unit_is_seen(self, chief_desk, client):
        office = unit("Văn phòng")
        worker = person("An", unit_id=office.id)
        chief_desk.post(f"{DESK}{worker.id}/bo")
        chief_desk.post(f"{UNITS}{office.id}/bo")
        chief_desk.post(f"/bien-tap/thung-rac/to-chuc/{worker.id}/lay-lai")
        for place in (client.get("/to-chuc/"), chief_desk.get(DESK)):
            assert ">An</a>" in place.get_data(as_text=True)
        fields = CHAIR | {"version": str(db.session.get(Official, worker.id).version)}
        assert chief_desk.post(f"{DESK}{worker.id}", **fields).status_code == 302

    def test_a_save_that_came_between_is_not_overwritten(self, desk):
        official = person("An")
        address = f"{DESK}{official.id}"
        fields = CHAIR | {"version": str(official.version)}
        assert desk.post(address, address, **fields).status_code == 302
        assert desk.post(address, address, **fields).status_code == 409

    def test_an_earlier_version_is_taken_back(self, desk):
        address = desk.post(f"{DESK}moi", **CHAIR).location
        desk.post(address, address, **(CHAIR | {"post": "Bí thư", "version": "1"}))
        desk.post(f"{address}/phien-ban/1/khoi-phuc", address)
        assert db.session.scalar(select(Official)).post == CHAIR["post"]

    @pytest.mark.parametrize("address", [DESK, f"{DESK}moi", f"{DESK}1", f"{DESK}kenh", f"{UNITS}1",
                                         f"{DESK}mot-cua"])  # fmt: skip
    def test_it_is_not_for_writers(self, desk_of, writer, address):
        unit("Văn phòng")
        person("An")
        assert desk_of(writer).get(address).status_code == 403


class TestUnits:
    def test_the_chart_is_read_by_place_then_name(self, app):
        top = unit("UBND")
        unit("Phòng B", top, position=1)
        unit("Phòng C", top)
        unit("Phòng A", top)
        rows = [(level, branch.unit.name) for level, branch in flat(chart())]
        assert rows == [(0, "UBND"), (1, "Phòng A"), (1, "Phòng C"), (1, "Phòng B")]

    def test_people_stand_in_their_unit(self, desk, client):
        answer = desk.post(f"{UNITS}moi", name="Văn phòng", parent="0", functions="Tiếp công dân")
        assert answer.status_code == 302
        office = db.session.scalar(select(Unit))
        person("Trần Thị Sen", unit_id=office.id)
        page = seen(client, "/to-chuc/")
        assert (
            page.index("Văn phòng</p>") < page.index("Trần Thị Sen") < page.index("Tiếp công dân")
        )

    def test_a_unit_belongs_to_nothing_beneath_it(self, desk):
        top = unit("Trên")
        below = unit("Dưới", top)
        for parent in (top, below):
            fields = {"name": "Trên", "parent": str(parent.id), "version": "1"}
            assert desk.post(f"{UNITS}{top.id}", **fields).status_code == 422

    def test_a_unit_with_people_is_not_thrown_away(self, chief_desk, client):
        office = unit("Văn phòng")
        worker = person("An", unit_id=office.id)
        answer = chief_desk.post(f"{UNITS}{office.id}/bo", f"{UNITS}{office.id}")
        assert "còn người" in seen(chief_desk, answer.location)
        chief_desk.post(f"{DESK}{worker.id}/bo")
        chief_desk.post(f"{UNITS}{office.id}/bo")
        assert "Văn phòng" not in seen(client, "/to-chuc/")
        chief_desk.post(f"/bien-tap/thung-rac/don-vi/{office.id}/xoa-han")
        assert "Hãy xoá hẳn họ trước" in seen(chief_desk, "/bien-tap/thung-rac/")


class TestChannels:
    def test_they_are_links_where_they_can_be(self, desk, client):
        rows = {"rows-0-name": "Zalo", "rows-0-address": "zalo.me/1",
                "rows-1-name": "Đường dây nóng", "rows-1-address": "0912 345 678",
                "rows-2-name": "Loa", "rows-2-address": "nhà văn hoá"}  # fmt: skip
        assert desk.post(f"{DESK}kenh", **rows, **opened(desk)).status_code == 302
        page = seen(client, "/to-chuc/")
        assert 'href="https://zalo.me/1"' in page
        assert 'href="tel:0912345678"' in page
        assert "<dd>nhà văn hoá</dd>" in page
        assert desk.post(f"{DESK}kenh", **rows, opened_with="x").status_code == 409
        desk.post(f"{DESK}kenh", **{"rows-0-name": "", "rows-0-address": ""}, **opened(desk))
        assert "zalo.me" not in seen(client, "/to-chuc/")

    def test_no_link_runs_a_script(self, desk, client):
        rows = {"rows-0-name": "Zalo", "rows-0-address": "javascript:alert(1)"}
        assert desk.post(f"{DESK}kenh", **rows, **opened(desk)).status_code == 302
        assert 'href="javascript:' not in seen(client, "/to-chuc/")


class TestServiceCentre:
    @pytest.fixture
    def clock(self):
        with time_machine.travel(MONDAY, tick=False) as traveller:
            yield traveller

    @pytest.fixture
    def centre(self, clock, desk):
        fields = {"name": "Trung tâm Phục vụ hành chính công", "address": "Thôn Một",
                  "working_hours": "Thứ Hai – Thứ Sáu: 8 giờ – 16 giờ"}  # fmt: skip
        assert desk.post(f"{DESK}mot-cua", **fields).status_code == 302

    def test_it_is_told_by_its_hours(self, clock, centre, client):
        assert "Đang mở cửa, đến" in seen(client, "/to-chuc/")
        clock.move_to(MONDAY.replace(hour=10))
        assert "Đang nghỉ" in seen(client, "/to-chuc/")

    def test_one_tap_says_otherwise_until_midnight(self, clock, centre, desk, client):
        assert "hệ thống đang lỗi".capitalize() in seen(desk, "/bien-tap/")
        seen(client, "/")
        desk.post(f"{DESK}mot-cua/tinh-trang", state="hệ thống đang lỗi", note="nộp bản giấy")
        procedure = factories.procedure()
        pages = ("/to-chuc/", "/", "/lien-he", procedure.url)
        for page in pages:
            assert "Hệ thống đang lỗi: nộp bản giấy" in seen(client, page), page
        clock.move_to(MONDAY.replace(hour=17))
        for page in pages:
            assert "Hệ thống đang lỗi" not in seen(client, page)

    def test_another_tap_takes_it_back(self, clock, centre, desk, client):
        desk.post(f"{DESK}mot-cua/tinh-trang", state="tạm đóng", note="")
        assert "Tạm đóng" in seen(client, "/to-chuc/")
        assert not ServiceCentre.current().is_open
        desk.post(f"{DESK}mot-cua/tinh-trang", state="theo giờ làm việc", note="")
        assert "Đang mở cửa" in seen(client, "/to-chuc/")
        assert desk.post(f"{DESK}mot-cua/tinh-trang", state="x").status_code == 400

    def test_hours_that_cannot_be_read_are_refused(self, desk):
        answer = desk.post(f"{DESK}mot-cua", name="Trung tâm", working_hours="sáng chiều")
        assert answer.status_code == 422
        assert "Không đọc được" in answer.get_data(as_text=True)


def test_a_page_says_which_heading_of_the_law_it_is(desk, client):
    fields = {"title": "Sử làng", "parent": "0", "body": "x", "slot": "lịch sử"}
    address = desk.post("/bien-tap/gioi-thieu/moi", **fields).location
    assert '<option selected value="lịch sử">' in seen(desk, address)


def test_accessibility_tells_of_the_last_assessment(chief_desk, client):
    assert "chưa công bố" in seen(client, "/tiep-can")
    fields = IDENTITY | {"accessibility_checked_on": "2026-11-20",
                         "accessibility_result": "Đạt 48 trên 50 tiêu chí."}  # fmt: skip
    assert chief_desk.post("/bien-tap/trang/", **fields).status_code == 302
    page = seen(client, "/tiep-can")
    assert "Lần gần nhất: 20/11/2026" in page
    assert "Đạt 48 trên 50 tiêu chí." in page
