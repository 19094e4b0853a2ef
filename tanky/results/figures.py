"""The figures of dossiers settled, by their written definitions.

settled
    early + on time + late; the period is the year to date, January to the last month with data.
late rate
    late / settled × 100, rounded half up to one decimal, but never shown as 0.0 % while something
    was late (then 0.1 %).
on-time rate
    100.0 − the late rate as shown: the two always add up, and 100.0 % means that nothing was late.
online rate
    received online / received × 100, rounded half up to one decimal, but 0.0 % only where none came
    online and 100.0 % only where all did (Nghị định 224/2026/NĐ-CP, article 19, clause 2).
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ScalarSelect, case, func, select

from ..base.alphabet import dictionary_key
from ..base.db import db
from ..site import identity
from .models import MonthlyResult, ResultsChange

TENTH = Decimal("0.1")
WHOLE = Decimal("100.0")


def late_rate(settled: int, late: int) -> Decimal | None:
    """Percent with one decimal; None where nothing was settled.

    :raises ValueError: not 0 ≤ late ≤ settled.
    """
    if not 0 <= late <= settled:
        raise ValueError(f"{late} late of {settled} settled")
    if settled == 0:
        return None
    rate = (Decimal(late) * 100 / Decimal(settled)).quantize(TENTH, ROUND_HALF_UP)
    return max(rate, TENTH) if late else rate


def online_rate(received: int | None, online: int | None) -> Decimal | None:
    """Percent with one decimal; None where a part is not known or nothing was received."""
    if not received or online is None:
        return None
    rate = (Decimal(online) * 100 / Decimal(received)).quantize(TENTH, ROUND_HALF_UP)
    if 0 < online < received:
        return min(max(rate, TENTH), WHOLE - TENTH)
    return rate


@dataclass(frozen=True)
class Settled:
    """Dossiers settled, and the rates made of them."""

    early_or_on_time: int
    late: int

    @property
    def settled(self) -> int:
        return self.early_or_on_time + self.late

    @property
    def late_rate(self) -> Decimal | None:
        return late_rate(self.settled, self.late)

    @property
    def on_time_rate(self) -> Decimal | None:
        rate = self.late_rate
        return None if rate is None else WHOLE - rate


@dataclass(frozen=True)
class Summary(Settled):
    """All figures of some rows added up; a part that a row does not give makes the sum None."""

    received: int | None
    received_online: int | None
    received_in_person: int | None
    carried_over: int | None
    open_in_time: int | None
    open_late: int | None

    @property
    def online_rate(self) -> Decimal | None:
        return online_rate(self.received, self.received_online)

    @classmethod
    def of(cls, rows: Iterable[MonthlyResult]) -> "Summary":
        rows = list(rows)
        # What was carried over and what is open are states, not flows: over several months the
        # first month's and the last month's count.
        first = min((row.first_month for row in rows), default=0)
        last = max((row.month for row in rows), default=0)
        opening = [row for row in rows if row.first_month == first]
        closing = [row for row in rows if row.month == last]
        return cls(
            early_or_on_time=sum(row.settled_early_or_on_time for row in rows),
            late=sum(row.settled_late for row in rows),
            received=_sum(row.received for row in rows),
            received_online=_sum(row.received_online for row in rows),
            received_in_person=_sum(row.received_in_person for row in rows),
            carried_over=_sum(row.carried_over for row in opening),
            open_in_time=_sum(row.open_in_time for row in closing),
            open_late=_sum(row.open_late for row in closing),
        )


class Age(enum.StrEnum):
    """Of figures: a month has a month's time to be published."""

    CURRENT = ""
    LATE = "late"  # more than a month is missing
    OLD = "old"  # more than a year


@dataclass(frozen=True)
class YearToDate:
    """What the widget shows: January to the last month with data of one year."""

    year: int
    month: int
    total: Settled
    updated_at: datetime
    is_sample: bool

    @property
    def age(self) -> Age:
        """How old the figures are today, by their last month."""
        today = identity.today()
        months = (today.year - self.year) * 12 + today.month - self.month
        return Age.OLD if months > 12 else Age.LATE if months > 1 else Age.CURRENT


@dataclass(frozen=True)
class Year:
    """What the page "Chi tiết" shows."""

    year: int
    to_date: YearToDate
    total: Summary
    by_month: list[tuple[str, Summary]]  # "06" or "01–06"
    by_field: list[tuple[str, Summary]]
    rows: list[MonthlyResult]
    a_year_before: Summary | None  # the same months; None where their figures cannot be compared


def latest() -> YearToDate | None:
    """The widget's figures; None while there are no results at all."""
    return to_date(select(func.max(MonthlyResult.year)).scalar_subquery())


def latest_with_version() -> tuple[str, YearToDate | None]:
    """What a poll compares, and the widget's figures. The version is read first: a change between
    the two is then fetched again, never missed.
    """
    known = version()
    return known, latest()


def of_year(year: int) -> Year | None:
    """What the page shows of a year; None for one without data."""
    rows = _rows(year) if 0 < year < 10_000 else []
    reached = to_date(year) if rows else None
    if reached is None:
        return None
    by_month: dict[str, list[MonthlyResult]] = {}
    by_field: dict[str, list[MonthlyResult]] = {}
    for row in rows:
        by_month.setdefault(row.months, []).append(row)
        by_field.setdefault(row.field.name if row.field else "Tất cả lĩnh vực", []).append(row)
    return Year(
        year=year,
        to_date=reached,
        total=Summary.of(rows),
        by_month=[(months, Summary.of(group)) for months, group in by_month.items()],
        by_field=[(name, Summary.of(group)) for name, group in _by_name(by_field)],
        rows=rows,
        a_year_before=_same_months(year - 1, rows),
    )


def _same_months(year: int, rows: list[MonthlyResult]) -> Summary | None:
    """The figures of a year over exactly the months that ``rows`` cover; None where that year's
    rows lack one of them, or sum one up with another."""
    months = _months_of(rows)
    others = [row for row in _rows(year) if months & _months_of([row])]
    return Summary.of(others) if others and _months_of(others) == months else None


def _months_of(rows: Iterable[MonthlyResult]) -> set[int]:
    return {month for row in rows for month in range(row.first_month, row.month + 1)}


def _by_name(groups: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(groups.items(), key=lambda group: dictionary_key(group[0]))


@dataclass(frozen=True)
class Strip:
    """The months of a field, or of all, as one small chart."""

    name: str
    months: list[tuple[int, int, Settled | None]]  # year, month, None without figures

    @property
    def most(self) -> int:
        return max((part.settled for _, _, part in self.months if part), default=0)

    @property
    def total(self) -> Settled:
        parts = [part for _, _, part in self.months if part]
        return Settled(
            sum(part.early_or_on_time for part in parts), sum(part.late for part in parts)
        )


def strips(year: int, month: int, count: int = 24) -> list[Strip]:
    """The ``count`` months up to a month, less those before the first figures; all fields together
    first. A row for several months belongs to none of them.
    """
    last = year * 12 + month - 1
    places = [divmod(number, 12) for number in range(last - count + 1, last + 1)]
    first_year = places[0][0]
    query = select(MonthlyResult).where(
        MonthlyResult.year.between(first_year, year),
        MonthlyResult.first_month == MonthlyResult.month,
    )
    of_all: dict[tuple[int, int], list[MonthlyResult]] = {}
    of_field: dict[str, dict[tuple[int, int], list[MonthlyResult]]] = {}
    for row in db.session.scalars(query):
        at = (row.year, row.month - 1)
        of_all.setdefault(at, []).append(row)
        if row.field:
            of_field.setdefault(row.field.name, {}).setdefault(at, []).append(row)
    named = [("Tất cả lĩnh vực", of_all), *_by_name(of_field)]
    # A site that began a year ago has no two years to show.
    begun = next((place for place, at in enumerate(places) if at in of_all), len(places))
    places = places[begun:]
    return [
        Strip(name, [(y, m + 1, _settled(rows.get((y, m), ()))) for y, m in places])
        for name, rows in named
        if any(place in rows for place in places)
    ]


def _settled(rows: Iterable[MonthlyResult]) -> Settled | None:
    rows = list(rows)
    if not rows:
        return None
    return Settled(
        sum(row.settled_early_or_on_time for row in rows), sum(row.settled_late for row in rows)
    )


def years() -> list[int]:
    """The years with data, newest first."""
    query = select(MonthlyResult.year).distinct().order_by(MonthlyResult.year.desc())
    return list(db.session.scalars(query))


def changed_at() -> datetime | None:
    return db.session.scalar(select(func.max(ResultsChange.changed_at)))


def mark_changed(moment: datetime) -> None:
    """Note that the data changed at ``moment``; part of the caller's transaction."""
    row = db.session.get(ResultsChange, 1)
    if row:
        row.changed_at = moment
    else:
        db.session.add(ResultsChange(id=1, changed_at=moment))


def version() -> str:
    """Changes whenever what the widget shows may have changed."""
    moment = changed_at()
    # What is late becomes so with the month.
    return f"{moment.timestamp():.6f}-{identity.today():%Y%m}" if moment else "none"


def conflicts(row: MonthlyResult, among: Iterable[MonthlyResult] | None = None) -> str | None:
    """Why a row cannot stand beside the others, in a sentence for the editor; None if it can."""
    others = _rows(row.year) if among is None else among
    for other in others:
        if other is not row and other.id != row.id and row.overlaps(other) and not other.is_sample:
            name = other.field.name if other.field else "tất cả lĩnh vực"
            return (
                f"Năm {other.year}, tháng {other.months}, {name} đã có số liệu; "
                "nhập thêm sẽ tính hai lần. Hãy sửa hoặc xoá dòng đã có trước."
            )
    return None


def to_come(year: int, month: int, today: date) -> bool:
    """Whether a month has not begun yet on a day of the site."""
    return (year, month) > (today.year, today.month)


def imbalance(row: MonthlyResult) -> str | None:
    """Received + carried over = settled + open, and received = online + in person, where the source
    gives them all; why not, in a sentence for the editor."""
    ways_in = _sum((row.received_online, row.received_in_person))
    if row.received is not None and ways_in is not None and ways_in != row.received:
        return (
            f"Trực tuyến + trực tiếp, bưu chính = {ways_in:,}, nhưng tiếp nhận mới = "
            f"{row.received:,}. Hai số phải bằng nhau."
        )
    most = max(row.received_online or 0, row.received_in_person or 0)
    if row.received is not None and most > row.received:
        return (
            f"Tiếp nhận mới là {row.received:,}, nhưng riêng trực tuyến hoặc trực tiếp, bưu chính "
            f"đã là {most:,}."
        )
    entered = _sum((row.received, row.carried_over))
    left = _sum((row.settled, row.open_in_time, row.open_late))
    if entered is None or left is None:
        return None
    if entered == left:
        return None
    return (
        f"Tiếp nhận mới + kỳ trước chuyển sang = {entered:,}, nhưng đã giải quyết + "
        f"đang giải quyết = {left:,}. Hai số phải bằng nhau."
    )


def _rows(year: int) -> list[MonthlyResult]:
    query = (
        select(MonthlyResult)
        .where(MonthlyResult.year == year)
        .order_by(MonthlyResult.first_month, MonthlyResult.month, MonthlyResult.field_id)
    )
    return list(db.session.scalars(query))


def to_date(year: int | ScalarSelect[int]) -> YearToDate | None:
    """The rows of a year, a number or a query for one, added up by the database: the home page
    asks for this at each view. None for a year without data.
    """
    columns = (
        MonthlyResult.year,
        func.max(MonthlyResult.month),
        func.sum(MonthlyResult.settled_early_or_on_time),
        func.sum(MonthlyResult.settled_late),
        func.max(MonthlyResult.updated_at),
        func.max(case((MonthlyResult.is_sample, 1), else_=0)),
    )
    query = select(*columns).where(MonthlyResult.year == year).group_by(MonthlyResult.year)
    row = db.session.execute(query).first()
    if row is None:
        return None
    its_year, month, early_or_on_time, late, updated_at, is_sample = row
    return YearToDate(
        year=its_year,
        month=month,
        total=Settled(early_or_on_time, late),
        updated_at=changed_at() or updated_at,
        is_sample=bool(is_sample),
    )


def _sum(parts: Iterable[int | None]) -> int | None:
    given = list(parts)
    known = [part for part in given if part is not None]
    return sum(known) if given and len(known) == len(given) else None
