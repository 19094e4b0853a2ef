"""The standard form of monthly results, from CSV or .xlsx: a row per month and field.

Columns may be headed by the names below or by their Vietnamese headings. All or nothing: one bad
row and nothing is imported, each bad cell being named by its row in the sheet and its column.
"""

import re
from datetime import date

from sqlalchemy import delete, select

from ..base.db import db
from ..records import revisions
from ..records.recorded import Author
from ..records.sheets import BadCell, Item, NewField, Problem, Report, read, write
from ..site.fields import Field
from ..text import formats
from ..text.folding import fold
from . import figures
from .models import MonthlyResult
from .record import COLUMNS, RECORD

EXAMPLE = (2026, 1, "Hộ tịch", 40, 5, 10, 28, 0, 7, 0)


def import_results(
    content: bytes, person: Author | None = None, today: date | None = None
) -> Report:
    """Take the rows of a file into the session; the caller commits where there are no problems,
    or rolls back what was only looked at.

    A row for a month and field that has figures already corrects them; what they were is kept.

    :param today: of the site, after whose month no figures are taken; by default UTC's.

    :raises Unreadable: not CSV or .xlsx, or without the columns.
    """
    table = read(content, COLUMNS, COLUMNS)
    today = today or formats.now().date()
    report = Report()
    fields = {fold(found.name): found for found in Field.in_order()}
    present = list(db.session.scalars(select(MonthlyResult).where(~MonthlyResult.is_sample)))
    known = {(r.year, r.month, r.field_id): r for r in present if r.first_month == r.month}
    by_year: dict[int, list[MonthlyResult]] = {}
    for row in present:
        by_year.setdefault(row.year, []).append(row)
    seen: dict[tuple[int, int, str], int] = {}
    touched = []
    for number, cells in table:
        try:
            counts = _counts(cells)
            _check_month(counts["year"], counts["month"], today)
            name = RECORD["field"].parse(cells.get("field", ""))
            if not name:
                raise BadCell(COLUMNS["field"], "để trống")
            where = (counts.pop("year"), counts.pop("month"), fold(name))
            if where in seen:
                raise BadCell("", f"trùng tháng và lĩnh vực với dòng {seen[where]}")
            seen[where] = number
            place = fields.get(fold(name))
            if place is None:
                place = fields[fold(name)] = Field.named(name)
                report.new_fields.append(NewField.beside(name, fields.values()))
            year, month, _ = where
            row = MonthlyResult(year=year, first_month=month, month=month, field_id=place.id,
                                **counts)  # fmt: skip
            if problem := figures.imbalance(row):
                raise BadCell("", problem)
            before = known.get((year, month, place.id))
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
            report.problems.append(Problem(number, error.column, str(error)))
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
    counts["settled_early_or_on_time"] = counts["settled_early"] + counts["settled_on_time"]
    return counts
