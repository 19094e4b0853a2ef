"""Tables from .xlsx and CSV files: the rows by their number in the sheet, the cells by column."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from .. import reading
from ..text.folding import fold
from .downloads import GUARD
from .recorded import Snapshot

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 5000
MOST_COLUMNS = 60
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_SPARE_ROWS = 50  # titles above the table, blank lines
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # a sheet would not open with it


class Unreadable(ValueError):
    """The file as a whole cannot be taken; the message says why."""


class BadCell(ValueError):
    """What is wrong with a cell; ``column`` is its heading, empty where the whole row is."""

    def __init__(self, column: str, sentence: str):
        super().__init__(sentence)
        self.column = column


@dataclass(frozen=True)
class Problem:
    row: int  # as the sheet counts
    column: str
    sentence: str


@dataclass(frozen=True)
class Item:
    """One row of the file that changes something."""

    kind: str  # "added", "changed" or "retired"
    label: str
    before: Snapshot
    after: Snapshot


@dataclass(frozen=True)
class NewField:
    """A field of administration that a file names and the site does not have."""

    name: str
    nearest: str  # one that it has, where that may have been meant; else ""

    @classmethod
    def beside(cls, name: str, known: Iterable[Any]) -> "NewField":
        """:param known: the fields there are, the new one perhaps among them."""
        names = {fold(field.name): field.name for field in known if field.name != name}
        nearest = get_close_matches(fold(name), names, 1, 0.7)
        return cls(name, names[nearest[0]] if nearest else "")


@dataclass
class Report:
    """What an import does, or why it does nothing."""

    items: list[Item] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    new_fields: list[NewField] = field(default_factory=list)
    remark: str = ""  # what someone should look at before it is applied

    def of(self, kind: str) -> list[Item]:
        return [item for item in self.items if item.kind == kind]

    @property
    def sentence(self) -> str:
        parts = [f"thêm {len(self.of('added'))}", f"sửa {len(self.of('changed'))}"]
        if retired := len(self.of("retired")):
            parts.append(f"cho hết hiệu lực {retired}")
        return f"{', '.join(parts).capitalize()}, {self.unchanged} không đổi."

    @property
    def digest(self) -> str:
        """Equal exactly for imports that do the same: what was looked at is what is applied."""
        told = [(item.kind, item.label, item.before, item.after) for item in self.items]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def read(
    content: bytes,
    columns: Mapping[str, str],
    required: Iterable[str],
    also_called: Mapping[str, Iterable[str]] | None = None,
) -> list[tuple[int, dict[str, str]]]:
    """The rows beneath the headings: their number in the sheet, and the cells by column.

    :param columns: column → its Vietnamese heading; either is understood.
    :param also_called: column → other words for it. A head of two rows is understood as well.
    :raises Unreadable: not CSV or .xlsx, or without a required column.
    """
    headings = {fold(name): column for column, name in columns.items()}
    headings |= {fold(column): column for column in columns}
    for column, names in (also_called or {}).items():
        headings |= {fold(name): column for name in names if fold(name) not in headings}
    rows = cells_of(content)
    head: list[str | None] | None = None
    table: list[tuple[int, dict[str, str]]] = []
    above: list[str | None] = []
    for number, cells in enumerate(rows, start=1):
        if not any(cells):
            continue
        if head is None:
            found = [headings.get(fold(cell.strip(" *"))) for cell in cells]
            if sum(column is not None for column in found) < 2:
                continue  # a title above the table
            missing = [columns[column] for column in required if column not in found]
            if missing and above:
                # Headings that span two rows, and those of their parts beneath them.
                width = max(len(above), len(found))
                above += [None] * (width - len(above))
                found += [None] * (width - len(found))
                found = [below or over for over, below in zip(above, found, strict=True)]
                missing = [columns[column] for column in required if column not in found]
            if missing and not above:
                above = found
                continue
            if missing:
                raise Unreadable(f"Tệp thiếu cột: {', '.join(missing)}.")
            named = [column for column in found if column]
            if twice := {columns[column] for column in named if named.count(column) > 1}:
                raise Unreadable(f"Tệp có hai cột cùng tên: {', '.join(sorted(twice))}.")
            head = found
            continue
        if len(table) >= MOST_ROWS:
            raise Unreadable(f"Tệp có hơn {MOST_ROWS:,} dòng.")
        table.append((number, {c: v for c, v in zip(head, cells, strict=False) if c}))
    if head is None and above:
        missing = [columns[column] for column in required if column not in above]
        raise Unreadable(f"Tệp thiếu cột: {', '.join(missing)}.")
    if head is None:
        names = ", ".join(columns[column] for column in required)
        raise Unreadable(f"Không thấy dòng tiêu đề. Cần các cột: {names}.")
    if not table:
        raise Unreadable("Tệp không có dòng số liệu nào.")
    return table


def cells_of(content: bytes) -> list[list[str]]:
    """All rows of a sheet, with what stands above its head.

    :raises Unreadable: not CSV or .xlsx.
    """
    if content.startswith(_OLD_EXCEL):
        raise Unreadable("Đây là tệp Excel kiểu cũ (.xls). Hãy mở ra rồi lưu thành .xlsx.")
    return _sheet(content) if content.startswith(b"PK\x03\x04") else _csv(content)


def write(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """An .xlsx of one sheet, as a person goes on to fill it in: wrapped, the head held in place."""
    # Loaded here: it is large, and only sheets need it.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = title
    sheet.append(list(head))
    for row in rows:
        sheet.append([_NO_XML.sub("", c) if isinstance(c, str) else c for c in row])
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that begins with "=" is no formula
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 26
    sheet.freeze_panes = "A2"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


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
        table: list[list[str]] = []
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if len(table) > MOST_ROWS + _SPARE_ROWS:
                raise Unreadable(f"Tệp có hơn {MOST_ROWS:,} dòng.")
            # What our own downloads put before a text that a spreadsheet takes for a formula.
            table.append([GUARD.sub("", cell.strip()) for cell in row[:MOST_COLUMNS]])
        return table
    except csv.Error as error:
        raise Unreadable(f"Tệp CSV bị hỏng: {error}.") from None


def _sheet(content: bytes) -> list[list[str]]:
    try:
        table: list[list[str]] = reading.read(
            "sheet", content, rows=MOST_ROWS + _SPARE_ROWS, columns=MOST_COLUMNS
        )
    except reading.Refused as refusal:
        raise Unreadable(str(refusal)) from None
    return table
