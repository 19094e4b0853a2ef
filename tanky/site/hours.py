"""Working hours as people write them, and whether the office is open.

``Thứ Hai – Thứ Sáu: 7 giờ 30 – 11 giờ 30, 13 giờ 30 – 17 giờ``: a line each for days that are
alike. Days off are a line each too: ``02/09 Quốc khánh`` comes every year, ``05/02/2027 –
11/02/2027 Tết`` once.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ..text.folding import fold

EXAMPLE = "Thứ Hai – Thứ Sáu: 7 giờ 30 – 11 giờ 30, 13 giờ 30 – 17 giờ"
# By the Labour Code, each year on the same day; others move (public_holidays.py).
USUAL_DAYS_OFF = (
    "01/01 Tết Dương lịch\n30/04 Ngày Chiến thắng\n01/05 Ngày Quốc tế lao động\n02/09 Quốc khánh"
)
LONGEST_BREAK = timedelta(days=60)  # what is longer was typed by mistake
SATURDAY = 5  # as Python counts weekdays
LOOK_AHEAD = 30  # days in which the next opening is looked for
_DAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5, "nhat": 6} | {
    str(number): number - 2 for number in range(2, 8)
}
_NAMES = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_DAY = re.compile(r"\bthu\s*(hai|ba|tu|nam|sau|bay|[2-7])\b|\bt([2-7])\b|\b(?:chu (nhat)|cn)\b")
_AFTER_DAYS = re.compile(r":\s+|(?<=\D):")  # the colon of 7:30 ends no days
_TO = r"\s*(?:-|–|—|den|toi)\s*"
_TIME = r"(\d{1,2})\s*(?:gio|h|g|:)?\s*(\d{2})?"
_SPAN = re.compile(rf"{_TIME}{_TO}{_TIME}")
_EVERY_DAY = re.compile(r"(?:hang ngay|hang tuan|moi ngay|tat ca cac ngay|ca tuan)")
_DATE = r"(\d{1,2})/(\d{1,2})/(\d{4})"
_OFF = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})(?:/(\d{{4}}))?(?:\s*[-–—]\s*{_DATE})?\s*(.*)")


class Unreadable(ValueError):
    """Why a line cannot be read, as a sentence."""


# The spans of each weekday, Monday first.
Week = tuple[tuple[tuple[time, time], ...], ...]
LEAP_YEAR = 2000  # stands for any year


@dataclass(frozen=True)
class DayOff:
    first: date
    last: date
    is_yearly: bool
    name: str

    @property
    def when(self) -> str:
        """``02/09/2027``, ``04/02/2027 – 10/02/2027``."""
        days = dict.fromkeys((self.first, self.last))
        return " – ".join(f"{day:%d/%m/%Y}" for day in days)

    def holds(self, day: date) -> bool:
        if self.is_yearly:
            return (day.day, day.month) == (self.first.day, self.first.month)
        return self.first <= day <= self.last


@dataclass(frozen=True)
class State:
    """Whether the office is open, and when that next changes."""

    is_open: bool
    until: datetime | None  # in the site's time; None: not within a month
    day_off: str = ""  # what is celebrated today

    def told(self, now: datetime) -> str:
        """``Đang mở cửa, đến 17 giờ``; ``Đang nghỉ, mở lại 7 giờ 30 ngày mai``."""
        if self.is_open:
            return f"Đang mở cửa, đến {_hour(self.until)}"
        closed = f"Nghỉ {self.day_off}" if self.day_off else "Đang nghỉ"
        if self.until is None:
            return closed
        days = (self.until.date() - now.date()).days
        when = ("", " ngày mai")[days] if days < 2 else f" {_NAMES[self.until.weekday()]}"
        if days > 6:
            when = f" ngày {self.until:%d/%m}"
        return f"{closed}, mở lại {_hour(self.until)}{when}"


@dataclass(frozen=True)
class Hours:
    week: Week
    off: tuple[DayOff, ...] = ()

    @classmethod
    def of(cls, working_hours: str, days_off: str = "") -> "Hours | None":
        """None where the hours are not written in a form that is understood."""
        try:
            return cls(parse_week(working_hours), parse_days_off(days_off))
        except Unreadable:
            return None

    def told(self) -> list[tuple[str, str]]:
        """Each weekday and its hours, as people read them."""
        return [
            (name, ", ".join(f"{_hour(opens)} – {_hour(closes)}" for opens, closes in spans))
            for name, spans in zip(_NAMES, self.week, strict=True)
        ]

    def spans(self, day: date) -> tuple[tuple[time, time], ...]:
        return () if self.day_off(day) is not None else self.week[day.weekday()]

    def day_off(self, day: date) -> str | None:
        """What is celebrated on a day; None on a usual one."""
        return next((off.name for off in self.off if off.holds(day)), None)

    def is_working_day(self, day: date) -> bool:
        """Whether an office works then, as laws count their terms: Saturdays are not."""
        return day.weekday() < SATURDAY and self.day_off(day) is None

    def working_days_after(self, day: date, count: int) -> date:
        """The last day of a term of working days; the first one counted is the day after."""
        while count:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def days_off_ahead(self, today: date) -> list[DayOff]:
        """Those of the year to come, in order; what comes each year is not said twice."""
        year = [today + timedelta(days) for days in range(365)]
        once = [off for off in self.off if not off.is_yearly and off.last >= today]
        yearly = [
            DayOff(day, day, False, off.name)
            for day in year
            for off in self.off
            if off.is_yearly and off.holds(day) and not any(known.holds(day) for known in once)
        ]
        ahead = [off for off in once + yearly if off.first <= year[-1]]
        return sorted(ahead, key=lambda off: off.first)

    def state(self, now: datetime) -> State:
        """:param now: in the site's time."""
        for opens, closes in self.spans(now.date()):
            if opens <= now.time() < closes:
                return State(True, _at(now, now.date(), closes))
        return State(False, self._next_opening(now), self.day_off(now.date()) or "")

    def _next_opening(self, now: datetime) -> datetime | None:
        for ahead in range(LOOK_AHEAD):
            day = now.date() + timedelta(days=ahead)
            for opens, _ in self.spans(day):
                if ahead or opens > now.time():
                    return _at(now, day, opens)
        return None


def parse_week(text: str) -> Week:
    """:raises Unreadable: a line is of another form, or there is none."""
    week: list[list[tuple[time, time]]] = [[] for _ in range(7)]
    lines = [line.strip() for line in re.split(r"[\n;]", text) if line.strip()]
    for line in lines:
        days_text, *times_text = _AFTER_DAYS.split(fold(line), maxsplit=1)
        days, spans = _days(days_text), list(_SPAN.finditer(" ".join(times_text)))
        if not spans or not days:
            raise Unreadable(f"Không đọc được “{line[:60]}”. Ví dụ đúng: {EXAMPLE}")
        for span in spans:
            opens, closes = _clock(span[1], span[2], line), _clock(span[3], span[4], line)
            if opens >= closes:
                raise Unreadable(f"Giờ đóng phải sau giờ mở: “{line[:60]}”.")
            for day in days:
                week[day].append((opens, closes))
    if not lines:
        raise Unreadable("Chưa có giờ làm việc.")
    return tuple(tuple(sorted(spans)) for spans in week)


def parse_days_off(text: str) -> tuple[DayOff, ...]:
    """:raises Unreadable: a line is of another form."""
    off = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _OFF.fullmatch(line)
        try:
            if found is None:
                raise ValueError
            day, month, year, last_day, last_month, last_year, name = found.groups()
            first = date(int(year or LEAP_YEAR), int(month), int(day))
            last = date(int(last_year), int(last_month), int(last_day)) if last_year else first
            if last < first or (last_year and not year) or last - first > LONGEST_BREAK:
                raise ValueError
        except ValueError:
            raise Unreadable(
                f"Không đọc được “{line[:60]}”. Ví dụ đúng: 02/09 Quốc khánh; "
                "05/02/2027 – 11/02/2027 Tết Nguyên đán."
            ) from None
        off.append(DayOff(first, last, not year, name.strip(" :–-")))
    return tuple(off)


def _days(plain: str) -> list[int]:
    if _EVERY_DAY.search(plain):
        return list(range(7))
    days: list[int] = []
    for part in re.split(r",|\bva\b", plain):
        ends = [_DAYS[next(filter(None, found.groups()), "nhat")] for found in _DAY.finditer(part)]
        if len(ends) == 2 and ends[0] < ends[1]:
            days += range(ends[0], ends[1] + 1)
        elif len(ends) == 1:
            days += ends
        elif ends:
            return []
    return days


def _clock(hour: str, minute: str | None, line: str) -> time:
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise Unreadable(f"Không có giờ như vậy: “{line[:60]}”.") from None


def _at(now: datetime, day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, now.tzinfo)


def _hour(moment: datetime | time) -> str:
    minutes = f" {moment:%M}" if moment.minute else ""
    return f"{moment.hour} giờ{minutes}"
