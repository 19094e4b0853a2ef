"""Monthly results from CSV or .xlsx: the standard form, a row per month and field, or the sheet of
thirteen columns (``thirteen_columns.py``).

Columns may be headed by the names of the record or by their Vietnamese headings. All or nothing:
one bad row and nothing is imported; each bad cell is named by its row and column.
"""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from ..base.db import db
from ..records import revisions
from ..records.recorded import Author
from ..records.sheets import (
    BadCell,
    Item,
    NewField,
    Problem,
    Report,
    Unreadable,
    cells_of,
    read,
    write,
)
from ..site.fields import Field
from ..text import formats
from ..text.folding import fold
from . import figures, thirteen_columns
from .models import MonthlyResult
from .record import ALSO_CALLED, COLUMNS, RECORD, REQUIRED, WAYS_IN
from .thirteen_columns import Period, Sheet

EXAMPLE = (2026, 1, "Hộ tịch", 40, 25, 15, 5, 10, 28, 0, 7, 0)
NO_PERIOD = (
    "Biểu 13 cột này không ghi tháng ở đầu. Hãy chọn năm và các tháng của số liệu rồi gửi lại."
)


@dataclass
class _Line:
    """A row of a file: which row it is, and the figures that it gives."""

    number: int  # as the sheet counts
    period: Period
    field: str
    counts: dict[str, int]


def import_results(
    content: bytes,
    person: Author | None = None,
    today: date | None = None,
    period: Period | None = None,
) -> Report:
    """Take the rows of a file into the session; the caller commits where there are no problems,
    or rolls back what was only looked at.

    A row for a month and field that has figures already corrects them; what they were is kept.

    :param today: of the site, after whose month no figures are taken; by default UTC's.
    :param period: of a sheet of thirteen columns; by default the one that its title tells.

    :raises Unreadable: not CSV or .xlsx, or without the columns.
    """
    today = today or formats.now().date()
    report = Report()
    sheet = thirteen_columns.read(cells_of(content))
    lines = _of_sheet(sheet, period, today, report) if sheet else _of_form(content, today, report)
    fields = {fold(found.name): found for found in Field.in_order()}
    present = list(db.session.scalars(select(MonthlyResult).where(~MonthlyResult.is_sample)))
    known = {(r.year, r.first_month, r.month, r.field_id): r for r in present}
    by_year: dict[int, list[MonthlyResult]] = {}
    for row in present:
        by_year.setdefault(row.year, []).append(row)
    seen: dict[tuple[Period, str], int] = {}
    touched = []
    for line in lines:
        try:
            where = (line.period, fold(line.field))
            if where in seen:
                raise BadCell("", f"trùng tháng và lĩnh vực với dòng {seen[where]}")
            seen[where] = line.number
            place = fields.get(fold(line.field))
            if place is None:
                place = fields[fold(line.field)] = Field.named(line.field)
                report.new_fields.append(NewField.beside(line.field, fields.values()))
            year, first_month, month = line.period.year, line.period.first_month, line.period.month
            before = known.get((year, first_month, month, place.id))
            counts = _ways_in(before, line.counts["received"]) | line.counts
            row = MonthlyResult(year=year, first_month=first_month, month=month, field_id=place.id,
                                **counts)  # fmt: skip
            if problem := figures.imbalance(row):
                raise BadCell("", problem)
            if before is None:
                if problem := figures.conflicts(row, by_year.get(year, ())):
                    raise BadCell("", problem)
                row.field = place
                db.session.add(row)
                report.items.append(Item("added", row.called, {}, row.snapshot()))
                touched.append(row)
                continue
            old = before.snapshot()
            changed = {n: v for n, v in counts.items() if getattr(before, n) != v}
            if not changed:
                report.unchanged += 1
                continue
            revisions.begin(before)
            for column, value in changed.items():
                setattr(before, column, value)
            before.updated_at = formats.now()
            report.items.append(Item("changed", before.called, old, before.snapshot()))
            touched.append(before)
        except BadCell as error:
            report.problems.append(Problem(line.number, error.column, str(error)))
    report.problems.sort(key=lambda problem: problem.row)
    if sheet:
        report.remark = _left_over(lines, present)
    if not report.problems and touched:
        drop_samples()
        figures.mark_changed(formats.now())
        db.session.flush()
        for row in touched:
            revisions.keep(row, person, "Nhập từ tệp")
    return report


def template() -> bytes:
    """The standard form as .xlsx, with one row that shows how it is filled in."""
    return write("Kết quả TTHC", COLUMNS.values(), [EXAMPLE])


def drop_samples() -> int:
    """Sample figures never stand beside real ones: the sums would be neither."""
    gone = delete(MonthlyResult).where(MonthlyResult.is_sample).returning(MonthlyResult.id)
    return len(db.session.scalars(gone).all())


def _of_sheet(sheet: Sheet, period: Period | None, today: date, report: Report) -> list[_Line]:
    """The rows of a sheet of thirteen columns; what is wrong with them goes to ``report``."""
    period = period or sheet.period
    if period is None:
        raise Unreadable(NO_PERIOD)
    if figures.to_come(period.year, period.month, today):
        raise Unreadable(f"Tháng {period.month:02}/{period.year} chưa tới.")
    report.problems += sheet.problems
    return [_Line(number, period, name, _with_sum(counts)) for number, name, counts in sheet.rows]


def _of_form(content: bytes, today: date, report: Report) -> list[_Line]:
    """The rows of the standard form, likewise."""
    lines = []
    for number, cells in read(content, COLUMNS, REQUIRED, ALSO_CALLED):
        try:
            counts = _counts(cells)
            year, month = counts.pop("year"), counts.pop("month")
            _check_month(year, month, today)
            name = RECORD["field"].parse(cells.get("field", ""))
            if not name:
                raise BadCell(COLUMNS["field"], "để trống")
            lines.append(_Line(number, Period(year, month, month), name, _with_sum(counts)))
        except BadCell as fault:
            report.problems.append(Problem(number, fault.column, str(fault)))
    return lines


def _left_over(lines: list[_Line], present: list[MonthlyResult]) -> str:
    """The fields that have figures of the same months and are not in the file."""
    given = {(line.period, fold(line.field)) for line in lines}
    periods = {line.period for line in lines}
    left = [
        row.called
        for row in present
        if row.field
        and (period := Period(row.year, row.first_month, row.month)) in periods
        and (period, fold(row.field.name)) not in given
    ]
    if not left:
        return ""
    return (
        f"Trên trang còn số liệu không có trong tệp: {'; '.join(left[:5])}. Lĩnh vực đã đổi tên "
        "thì hãy xoá số liệu cũ, kẻo tính hai lần."
    )


def _ways_in(row: MonthlyResult | None, received: int) -> dict[str, int | None]:
    """How the dossiers of a row came in, for a file that does not say it: of another number
    received than it had, nobody knows."""
    is_same = row is not None and row.received == received
    return {column: getattr(row, column) if is_same else None for column in WAYS_IN}


def _with_sum(counts: dict[str, int]) -> dict[str, int]:
    both = counts["settled_early"] + counts["settled_on_time"]
    return counts | {"settled_early_or_on_time": both}


def _check_month(year: int, month: int, today: date) -> None:
    if figures.to_come(year, month, today):
        column = "year" if year > today.year else "month"
        raise BadCell(COLUMNS[column], f"tháng {month:02}/{year} chưa tới")


def _counts(cells: dict[str, str]) -> dict[str, int]:
    counts = {}
    for column, heading in COLUMNS.items():
        if column == "field":
            continue
        text = cells.get(column, "").strip()
        if column in WAYS_IN and not text:
            continue
        digits = re.sub(r"[\s.,](?=\d{3}(\D|$))", "", text)
        digits = re.sub(r"\.0+$", "", digits)  # how a sheet writes a whole number
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
            raise BadCell(heading, f"phải là số nguyên không âm, không phải “{text[:60]}”")
        counts[column] = int(digits)
    year = RECORD["year"]
    if not year.least <= counts["year"] <= year.largest:
        sentence = f"phải từ {year.least} đến {year.largest}, không phải {counts['year']}"
        raise year.bad(sentence)
    if not 1 <= counts["month"] <= 12:
        raise BadCell(COLUMNS["month"], f"phải từ 1 đến 12, không phải {counts['month']}")
    return counts
