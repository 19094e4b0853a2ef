"""Working hours as typed, and the line of the state now."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tanky.base.db import db
from tanky.site.hours import Hours, Unreadable, parse_days_off, parse_week
from tanky.site.models import SiteIdentity
from tanky.site.public_holidays import lines_of
from tanky.web.templating import times_whole

from ..forms import IDENTITY

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
WEEK = "Thứ Hai – Thứ Sáu: 7 giờ 30 – 11 giờ 30, 13 giờ 30 – 17 giờ\nThứ 7: 8h-11h"
OFF = "02/09 Quốc khánh\n05/02/2027 – 11/02/2027 Tết Nguyên đán"


@pytest.mark.parametrize(
    ("text", "days", "spans"),
    [("Thứ 2 - Thứ 6: 7h30-11h30", range(5), [(time(7, 30), time(11, 30))]),
     ("T2–T4: 7:30 đến 11:30", range(3), [(time(7, 30), time(11, 30))]),
     ("Thứ Hai, Thứ Tư và Chủ nhật: 8 giờ – 9 giờ", (0, 2, 6), [(time(8), time(9))]),
     ("Hằng ngày: 13g30 tới 17g, 7g - 11g", range(7),
      [(time(7), time(11)), (time(13, 30), time(17))])],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(text, days, spans):
    week = parse_week(text)
    assert {day for day in range(7) if week[day]} == set(days)
    assert all(list(week[day]) == spans for day in days)


@pytest.mark.parametrize(
    "text", ["", "giờ hành chính", "Thứ Hai: sáng", "Thứ Hai: 17h - 8h", "Thứ Hai: 25h - 26h"]
)
def test_other_hours_are_not_guessed(text):
    with pytest.raises(Unreadable):
        parse_week(text)


@pytest.mark.parametrize(
    "text", ["Quốc khánh", "31/02 X", "11/02/2027 – 05/02/2027 Tết", "01/01 – 02/01/2027 Tết",
             "01/01/2026 – 31/12/9999 Tết"]
)  # fmt: skip
def test_days_off_of_another_form_are_refused(text):
    with pytest.raises(Unreadable):
        parse_days_off(text)


@pytest.mark.parametrize(
    ("now", "told"),
    [("2026-11-25 08:00", "Đang mở cửa, đến 11 giờ 30"),
     ("2026-11-25 11:30", "Đang nghỉ, mở lại 13 giờ 30"),
     ("2026-11-25 17:00", "Đang nghỉ, mở lại 7 giờ 30 ngày mai"),
     ("2026-11-28 12:00", "Đang nghỉ, mở lại 7 giờ 30 Thứ Hai"),
     ("2026-09-02 09:00", "Nghỉ Quốc khánh, mở lại 7 giờ 30 ngày mai"),
     ("2027-02-04 20:00", "Đang nghỉ, mở lại 7 giờ 30 ngày 12/02")],
)  # fmt: skip
def test_the_state_now(now, told):
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    assert Hours.of(WEEK, OFF).state(moment).told(moment) == told


def test_a_day_off_of_every_year_and_of_one():
    hours = Hours.of(WEEK, OFF)
    assert hours.day_off(date(2031, 9, 2)) == "Quốc khánh"
    assert hours.day_off(date(2027, 2, 11)) == "Tết Nguyên đán"
    assert hours.day_off(date(2028, 2, 11)) is None


def test_the_lunar_year_s_days_off_are_known_and_said_once():
    lines = lines_of(date(2026, 11, 27))
    assert "04/02/2027 – 10/02/2027 Tết Nguyên đán" in lines
    assert "16/04/2027 Ngày Giỗ Tổ Hùng Vương" in lines
    hours = Hours.of(WEEK, lines)
    assert hours.day_off(date(2027, 2, 7)) == "Tết Nguyên đán"
    assert hours.day_off(date(2029, 4, 30)) == "Ngày Chiến thắng"
    assert "2026" not in lines
    assert lines.count("Dương lịch") == 1


def test_the_year_s_days_off_come_in_order_and_once(client):
    off = "02/09 Quốc khánh\n01/01 Tết Dương lịch\n02/09/2027 – 03/09/2027 Quốc khánh"
    ahead = Hours.of(WEEK, off).days_off_ahead(date(2026, 11, 27))
    assert [(day.when, day.name) for day in ahead] == [
        ("01/01/2027", "Tết Dương lịch"),
        ("02/09/2027 – 03/09/2027", "Quốc khánh"),
    ]


def test_no_line_ends_within_a_time_of_day():
    told = times_whole("Sáng <7 giờ 30 – 11 giờ, 13 giờ")
    whole = '<span class="tk-whole-time">{}</span>'
    assert told == f"Sáng &lt;{whole.format('7 giờ 30 – 11 giờ')}, {whole.format('13 giờ')}"


def told(client, address):
    """A page's text, without its markup."""
    return re.sub("<[^>]+>", "", client.get(address).get_data(as_text=True))


def test_a_kept_page_says_what_is_so_now(app, client):
    SiteIdentity.current().working_hours = WEEK
    db.session.commit()
    with time_machine.travel(datetime(2026, 11, 25, 16, 59, tzinfo=ZONE), tick=False) as clock:
        for address in ("/", "/lien-he"):
            assert "Đang mở cửa, đến 17 giờ" in told(client, address)
        clock.shift(60)
        for address in ("/", "/lien-he"):
            assert "mở lại 7 giờ 30 ngày mai" in told(client, address)


def test_hours_that_are_not_understood_are_told_as_they_are(client):
    SiteIdentity.current().working_hours = "Giờ hành chính"
    db.session.commit()
    assert "Giờ hành chính" in client.get("/lien-he").get_data(as_text=True)
    assert "tk-state-now__state" not in client.get("/").get_data(as_text=True).partition("<main")[2]


def test_the_form_says_what_it_cannot_read(chief_desk):
    answer = chief_desk.post(
        "/bien-tap/trang/", **IDENTITY, working_hours="giờ hành chính", days_off="hôm nọ"
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Không đọc được “giờ hành chính”" in page
    assert "Không đọc được “hôm nọ”" in page
