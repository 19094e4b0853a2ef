"""The standard form of monthly results, from CSV or .xlsx: a row per month and field.

Columns may be headed by the names below or by their Vietnamese headings. All or nothing: one bad
row and nothing is imported, each bad row being named by its number in the sheet.
"""

import csv
import io
import re
from dataclasses import dataclass, field

from sqlalchemy import delete, select

from ..extensions import db
from ..text import formats
from ..text.folding import fold, nfc, slugify
from . import results
from .models import Field, MonthlyResult

COLUMNS = {
    "year": "Năm",
    "month": "Tháng",
    "field": "Lĩnh vực",
    "received": "Tiếp nhận mới",
    "carried_over": "Kỳ trước chuyển sang",
    "settled_early": "Trước hạn",
    "settled_on_time": "Đúng hạn",
    "settled_late": "Trễ hạn",
    "open_in_time": "Đang giải quyết trong hạn",
    "open_late": "Đang giải quyết quá hạn",
}
MOST_ROWS = 5000
_HEADINGS = {fold(name): column for column, name in COLUMNS.items()} | {c: c for c in COLUMNS}


@dataclass
class Report:
    """What an import did, or why it did nothing."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        return f"Thêm {self.added} dòng, sửa {self.changed} dòng, {self.unchanged} dòng không đổi."


class Unreadable(ValueError):
    """The file as a whole cannot be taken; the message says why."""


def import_results(content: bytes) -> Report:
    """Take the rows of a file into the session; the caller commits where there are no errors.

    A row for a month and field that has figures already corrects them.

    :raises Unreadable: not CSV or .xlsx, or without the columns.
    """
    table = _read(content)
    report = Report()
    if not table:
        raise Unreadable("Tệp không có dòng số liệu nào.")
    fields = {fold(found.name): found for found in Field.in_order()}
    present = list(db.session.scalars(select(MonthlyResult).where(~MonthlyResult.is_sample)))
    known = {(r.year, r.month, r.field_id): r for r in present if r.first_month == r.month}
    by_year: dict[int, list[MonthlyResult]] = {}
    for row in present:
        by_year.setdefault(row.year, []).append(row)
    seen: dict[tuple, int] = {}
    for number, cells in table:
        try:
            figures = _figures(cells)
            name = nfc(" ".join(cells.get("field", "").split()))
            if not name:
                raise ValueError("cột Lĩnh vực để trống")
            where = (figures.pop("year"), figures.pop("month"), fold(name))
            if where in seen:
                raise ValueError(f"trùng tháng và lĩnh vực với dòng {seen[where]}")
            seen[where] = number
            place = fields.get(fold(name))
            if place is None:
                if len(name) > 120:
                    raise ValueError("tên lĩnh vực dài quá 120 ký tự")
                place = fields[fold(name)] = _new_field(name, fields)
            year, month, _ = where
            row = MonthlyResult(
                year=year,
                first_month=month,
                month=month,
                field=place,
                field_id=place.id,
                **figures,
            )
            problem = results.imbalance(row)
            if problem:
                raise ValueError(problem)
            before = known.get((year, month, place.id))
            if before is None:
                problem = results.conflicts(row, by_year.get(year, ()))
                if problem:
                    raise ValueError(problem)
                db.session.add(row)
                report.added += 1
            else:
                changed = {n: v for n, v in figures.items() if getattr(before, n) != v}
                for column, value in changed.items():
                    setattr(before, column, value)
                if changed:
                    before.updated_at = formats.now()
                report.changed += bool(changed)
                report.unchanged += not changed
        except ValueError as error:
            report.errors.append(f"Dòng {number}: {error}")
    if not report.errors and (report.added or report.changed):
        drop_samples()
        results.mark_changed(formats.now())
    return report


def drop_samples() -> int:
    """Sample figures never stand beside real ones: the sums would be neither."""
    return db.session.execute(delete(MonthlyResult).where(MonthlyResult.is_sample)).rowcount


def _new_field(name: str, fields: dict[str, Field]) -> Field:
    taken = {found.slug for found in fields.values()}
    slug = base = slugify(name)
    counter = 2
    while slug in taken:
        slug, counter = f"{base}-{counter}", counter + 1
    made = Field(name=name, slug=slug, position=len(fields))
    db.session.add(made)
    db.session.flush()
    return made


def _figures(cells: dict[str, str]) -> dict[str, int]:
    figures = {}
    for column, heading in COLUMNS.items():
        if column == "field":
            continue
        text = cells.get(column, "").strip()
        digits = re.sub(r"[\s.,](?=\d{3}(\D|$))", "", text)
        digits = re.sub(r"\.0+$", "", digits)  # how a sheet writes a whole number
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
            raise ValueError(f"cột {heading} phải là số nguyên không âm, không phải “{text}”")
        figures[column] = int(digits)
    if not 2000 <= figures["year"] <= 2200:
        raise ValueError(f"cột Năm phải từ 2000 đến 2200, không phải {figures['year']}")
    if not 1 <= figures["month"] <= 12:
        raise ValueError(f"cột Tháng phải từ 1 đến 12, không phải {figures['month']}")
    figures["settled_early_or_on_time"] = figures["settled_early"] + figures["settled_on_time"]
    return figures


def _read(content: bytes) -> list[tuple[int, dict[str, str]]]:
    rows = _sheet(content) if content.startswith(b"PK\x03\x04") else _csv(content)
    head: list[str | None] | None = None
    table = []
    for number, cells in enumerate(rows, start=1):
        if not any(cells):
            continue
        if head is None:
            columns = [_HEADINGS.get(fold(cell)) or _HEADINGS.get(cell.strip()) for cell in cells]
            if sum(column is not None for column in columns) < 2:
                continue  # a title above the table
            missing = [name for column, name in COLUMNS.items() if column not in columns]
            if missing:
                raise Unreadable(f"Tệp thiếu cột: {', '.join(missing)}.")
            head = columns
            continue
        if len(table) >= MOST_ROWS:
            raise Unreadable(f"Tệp có hơn {MOST_ROWS:,} dòng.")
        table.append((number, {c: v for c, v in zip(head, cells, strict=False) if c}))
    if head is None:
        raise Unreadable(f"Không thấy dòng tiêu đề. Cần các cột: {', '.join(COLUMNS.values())}.")
    return table


def _csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("Tệp CSV phải lưu theo bảng mã UTF-8 (trong Excel: CSV UTF-8).") from None
    if "\0" in text:
        raise Unreadable("Tệp không phải là CSV hoặc Excel (.xlsx).")
    # Excel in a Vietnamese Windows parts by semicolons, elsewhere by commas.
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        return [
            [c.strip() for c in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise Unreadable(f"Tệp CSV bị hỏng: {error}.") from None


def _sheet(content: bytes) -> list[list[str]]:
    # Loaded here: it is large, and only an import needs it.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 50, max_col=40)
        return [["" if cell is None else str(cell).strip() for cell in row] for row in rows]
    except Exception as error:
        raise Unreadable("Không mở được tệp Excel. Hãy lưu lại thành .xlsx rồi thử lại.") from error
