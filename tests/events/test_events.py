"""The calendar: events once and again and again, what is cancelled and moved, and iCalendar."""

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanky.base.db import db
from tanky.events.calendar import occurrences
from tanky.events.models import Event
from tanky.events.record import RECORD

from .. import factories

DESK = "/bien-tap/lich/"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, nine in the morning there
RECEPTION = {
    "title": "Chủ tịch tiếp công dân", "kind": "tiếp công dân", "starts_at": "2026-12-03T08:00",
    "ends_at": "2026-12-03T11:00", "place": "Phòng tiếp dân", "host": "Nguyễn Văn An",
    "participants": "Công an xã", "body": "Mang theo đơn.",
    "repeats": "hằng tháng, cùng thứ cùng tuần",
}  # fmt: skip


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def made(title: str = "Họp giao ban", starts_at: str = "2026-11-23T08:00:00", **given) -> Event:
    event = Event()
    record = {"title": title, "kind": "họp, hội nghị", "starts_at": starts_at,
              "repeats": "không lặp lại"}  # fmt: skip
    event.restore(RECORD.empty() | record | given)
    return factories.add(event)


def change(day: str, change: str = "huỷ", starts_at: str | None = None, reason: str = "") -> dict:
    return {"day": day, "change": change, "starts_at": starts_at, "reason": reason}


def change_row(day: str, number: int = 0, moved: str = "", reason: str = "bão") -> dict:
    """A row of changes as the form sends it."""
    row = {"day": day, "change": "dời" if moved else "huỷ", "starts_at": moved, "reason": reason}
    return {f"changes-{number}-{name}": value for name, value in row.items()}


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def told(first: date, last: date) -> list[tuple[str, str]]:
    return [(f"{one.starts_at:%d/%m %H:%M}", one.state) for one in occurrences(first, last)]


class TestTheCalendar:
    def test_from_the_desk_to_the_resident(self, clock, desk, client):
        assert desk.post(f"{DESK}moi", **RECEPTION).status_code == 302
        week = seen(client, "/lich/?tuan=2026-49")
        for part in ("Chủ tịch tiếp công dân", "08:00</time> – 11:00", "Nguyễn Văn An",
                     "Thứ Năm 03/12/2026"):  # fmt: skip
            assert part in week, part
        page = seen(client, "/lich/1-chu-tich-tiep-cong-dan")
        for part in ("Thứ Năm 07/01/2027, 08:00 – 11:00", "Công an xã", "Mang theo đơn."):
            assert part in page, part
        for place in ("/lich/?thang=2026-12", "/sitemap.xml", "/tim-kiem?q=lịch tiếp công dân"):
            assert "/lich/1-chu-tich-tiep-cong-dan" in seen(client, place), place
        assert client.get("/lich/1").location == "/lich/1-chu-tich-tiep-cong-dan"

    def test_the_present_week_changes_at_midnight_of_sunday(self, clock, client):
        made()
        assert "Họp giao ban" in seen(client, "/lich/")
        clock.move_to(datetime(2026, 11, 29, 16, 59, 59, tzinfo=UTC))
        assert "Họp giao ban" in seen(client, "/lich/")
        clock.shift(1)
        assert "Họp giao ban" not in seen(client, "/lich/")

    def test_what_is_cancelled_or_moved_stays_and_says_so(self, clock, client):
        made(repeats="hằng tuần", changes=[
            change("2026-11-30", reason="nghỉ lễ"),
            change("2026-12-07", "dời", "2026-12-09T14:00:00", "lãnh đạo đi họp tỉnh"),
        ])  # fmt: skip
        cancelled = seen(client, "/lich/?tuan=2026-49")
        assert "<strong>Đã huỷ.</strong> nghỉ lễ" in cancelled
        moved = seen(client, "/lich/?tuan=2026-50")
        assert "<strong>Dời sang 09/12/2026 14:00.</strong>" in moved
        assert "<strong>Dời từ 07/12/2026 08:00.</strong>" in moved

    def test_one_that_happens_once_is_moved_too(self, clock, app):
        made(changes=[change("2026-11-23", "dời", "2026-11-25T09:00:00")])
        days = told(date(2026, 11, 23), date(2026, 11, 29))
        assert days == [("23/11 08:00", "dời sang"), ("25/11 09:00", "dời từ")]

    @pytest.mark.parametrize(
        ("repeats", "days"),
        [("không lặp lại", ["29/10"]), ("hằng tuần", ["29/10", "05/11", "12/11", "19/11", "26/11"]),
         ("hai tuần một lần", ["29/10", "12/11", "26/11"]),
         ("hằng tháng, cùng ngày trong tháng", ["29/10", "29/11"]),
         ("hằng tháng, cùng thứ cùng tuần", ["29/10", "26/11"])],
    )  # fmt: skip
    def test_it_comes_again(self, clock, app, repeats, days):
        made(starts_at="2026-10-29T08:00:00", repeats=repeats, repeats_until="2026-11-30")
        assert told(date(2026, 10, 1), date(2026, 12, 31)) == [(f"{day} 08:00", "") for day in days]

    def test_one_that_goes_on_for_days_stands_on_each(self, clock, client):
        made("Diễn tập", "2026-11-28T20:00:00", ends_at="2026-12-01T04:00:00")
        for week, days in (("2026-48", 2), ("2026-49", 2), ("2026-50", 0)):
            assert seen(client, f"/lich/?tuan={week}").count("Diễn tập</a>") == days, week

    def test_one_far_ahead_is_not_over(self, clock, client):
        event = made("Đại hội", "2028-06-01T08:00:00")
        assert "đã qua" not in seen(client, event.url)
        clock.move_to(datetime(2028, 6, 2, tzinfo=UTC))
        assert "đã qua" in seen(client, event.url)

    def test_a_table_that_is_full_opens(self, clock, desk):
        days = [date(2026, 11, 23) + timedelta(weeks=week) for week in range(40)]
        event = made(repeats="hằng tuần", changes=[change(day.isoformat()) for day in days])
        assert "changes-39-day" in seen(desk, f"{DESK}{event.id}")

    def test_trash_takes_it_away(self, clock, desk, client):
        event = made()
        desk.post(f"{DESK}{event.id}/bo", f"{DESK}{event.id}")
        assert "Họp giao ban" not in seen(client, "/lich/")
        assert client.get(event.url).status_code == 410
        assert "Họp giao ban" not in seen(client, "/lich.ics")

    @pytest.mark.parametrize(
        "address",
        ["/lich/?tuan=2026-54", "/lich/?tuan=2025-53", "/lich/?tuan=x", "/lich/?thang=2026-13",
         "/lich/?thang=1999-01", "/lich/?thang=2099-01", "/lich/?thang=",
         "/lich/?tuan=²-1", "/lich/9", "/lich/9.ics"],
    )  # fmt: skip
    def test_an_address_of_nothing_is_not_there(self, client, address):
        assert client.get(address).status_code == 404

    def test_every_week_and_month_of_its_years_is_there(self, clock, client):
        for address in ("tuan=2021-1", "tuan=2026-53", "tuan=2027-52", "thang=2027-12"):
            page = seen(client, f"/lich/?{address}")
            assert ("Tuần sau" in page or "Tháng sau" in page) == ("2027" not in address)


class TestTheDesk:
    @pytest.mark.parametrize(
        ("fields", "said"),
        [({"title": ""}, "Hãy gõ việc."), ({"starts_at": ""}, "Hãy ghi lúc bắt đầu."),
         ({"starts_at": "2026-11-27T08:00"}, "sớm nhất là 30/11/2026"),
         ({"ends_at": "2026-12-03T08:00"}, "Lúc kết thúc phải sau lúc bắt đầu."),
         ({"ends_at": "2027-12-03T08:00"}, "Một buổi không dài quá một tháng."),
         ({"starts_at": "1999-01-01T00:00"}, "Hãy gõ một năm từ 2000 đến 2200"),
         ({"repeats_until": "2026-12-02"}, "Ngày này không thể trước ngày bắt đầu."),
         ({"repeats_until": "2101-01-01"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"changes-0-day": "2026-12-03"}, "Hãy chọn huỷ hay dời."),
         ({"changes-0-change": "huỷ"}, "Hãy ghi buổi ngày nào."),
         ({"changes-0-reason": "bão"}, "Hãy ghi buổi ngày nào."),
         (change_row("2026-12-04"), "Ngày này không có buổi nào của lịch trên."),
         (change_row("2026-12-03") | change_row("2026-12-03", 1), "Buổi này đã có ở dòng trên."),
         (change_row("2026-12-03", reason=""), "Đổi lịch tiếp công dân thì phải báo lý do."),
         (change_row("2026-12-03", moved="2027-12-03T08:00"), "Không dời quá nửa năm."),
         ({"changes-0-day": "2026-12-03", "changes-0-change": "dời"}, "Hãy ghi dời sang lúc nào."),
         ({"repeats": "hằng năm"}, "không có trong danh sách")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, clock, desk, fields, said):
        answer = desk.post(f"{DESK}moi", **(RECEPTION | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert said in page
        assert "Mang theo đơn." in page
        assert db.session.scalar(db.select(Event)) is None

    def test_a_late_announcement_has_a_reason_and_other_changes_need_none(
        self, clock, desk, client
    ):
        late = RECEPTION | {"starts_at": "2026-11-26T08:00", "ends_at": "2026-11-26T10:00"}
        assert desk.post(f"{DESK}moi", **late).status_code == 422
        late["late_because"] = "Tiếp đột xuất"
        assert desk.post(f"{DESK}moi", **late).status_code == 302
        assert "Tiếp đột xuất" in seen(client, "/lich/1-chu-tich-tiep-cong-dan")
        other = late | {"late_because": "", "place": "Hội trường", "version": "1"}
        assert desk.post(f"{DESK}1", f"{DESK}1", **other).status_code == 302
        assert desk.post(f"{DESK}1", f"{DESK}1", **other).status_code == 409

    def test_an_earlier_version_is_taken_back(self, clock, desk):
        row = {"changes-0-day": "2026-12-03", "changes-0-change": "huỷ", "changes-0-reason": "bão"}
        desk.post(f"{DESK}moi", **RECEPTION, **row)
        desk.post(f"{DESK}1", f"{DESK}1", **(RECEPTION | {"title": "Khác", "version": "1"}))
        versions = seen(desk, f"{DESK}1/phien-ban")
        assert "bão" in versions
        desk.post(f"{DESK}1/phien-ban/1/khoi-phuc", f"{DESK}1")
        event = db.session.get(Event, 1)
        assert (event.title, event.changes[0]["reason"]) == (RECEPTION["title"], "bão")

    def test_another_row_keeps_what_was_typed(self, clock, desk):
        row = {"changes-0-day": "2026-12-03", "changes-0-change": "huỷ"}
        page = desk.post(f"{DESK}moi", add_row="changes", **RECEPTION, **row).get_data(as_text=True)
        assert "changes-1-day" in page
        assert "Mang theo đơn." in page

    @pytest.mark.parametrize("path", ["", "moi", "1"])
    def test_it_is_not_for_writers(self, desk_of, writer, path):
        made()
        assert desk_of(writer).get(f"{DESK}{path}").status_code == 403


class TestICalendar:
    def test_it_is_what_the_standard_asks(self, clock, client):
        made("Tiếp công dân; sáng, chiều", repeats="hằng tuần", place="x" * 200, changes=[
            change("2026-11-30"), change("2026-12-07", "dời", "2026-12-09T14:00:00"),
        ])  # fmt: skip
        answer = client.get("/lich.ics")
        assert answer.mimetype == "text/calendar"
        lines = answer.data.split(b"\r\n")
        assert max(map(len, lines)) <= 75
        assert b"\n" not in b"".join(lines)
        calendar = icalendar.Calendar.from_ical(answer.data)
        assert calendar["VERSION"] == "2.0"
        assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Ho_Chi_Minh"]
        planned, cancelled, moved = calendar.walk("VEVENT")
        assert planned["RRULE"]["FREQ"] == ["WEEKLY"]
        assert planned["DTSTART"].dt.isoformat() == "2026-11-23T08:00:00+07:00"
        assert str(planned["SUMMARY"]) == "Tiếp công dân; sáng, chiều"
        assert cancelled["STATUS"] == "CANCELLED"
        assert cancelled["RECURRENCE-ID"].dt.isoformat() == "2026-11-30T08:00:00+07:00"
        assert moved["DTSTART"].dt.isoformat() == "2026-12-09T14:00:00+07:00"
        assert {part["UID"] for part in (planned, cancelled, moved)} == {planned["UID"]}
        one = client.get("/lich/1.ics")
        assert one.data.count(b"BEGIN:VEVENT") == 3

    def test_an_unchanged_calendar_is_not_sent_again(self, clock, client):
        made()
        tag = client.get("/lich.ics").headers["ETag"]
        assert client.get("/lich.ics", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.one_database
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    first=st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    cancelled=st.sets(st.integers(0, 20)),
    weeks=st.integers(0, 20),
)
def test_of_a_weekly_event_each_week_has_one(app, first, cancelled, weeks):
    db.session.execute(db.delete(Event))
    days = [first + timedelta(weeks=number) for number in range(weeks + 1)]
    off = [days[number].isoformat() for number in sorted(cancelled) if number < len(days)]
    made(starts_at=f"{first}T08:00:00", repeats="hằng tuần", repeats_until=days[-1].isoformat(),
         changes=[change(day) for day in off])  # fmt: skip
    found = occurrences(first, first + timedelta(days=366))
    assert [one.starts_at.date() for one in found] == days
    assert [one.starts_at.date().isoformat() for one in found if one.state == "huỷ"] == off
    assert all(re.fullmatch("08:00", f"{one.starts_at:%H:%M}") for one in found)
