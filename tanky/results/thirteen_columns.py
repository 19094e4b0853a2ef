"""The sheet of thirteen columns that a one-stop system gives: a row a field, no month in its rows.

TT, Lĩnh vực; received: total, online, in person or by post, carried over; settled: total, early, on
time, late; open: total, in time, late. Layout of form II.06a, as two programs that print it agree;
the form's own text was not read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..records.sheets import BadCell, Problem
from ..text.folding import fold
from .record import RECORD

# Its columns: the words over a group of columns, and those over the column itself.
_LAYOUT = {
    "all_received": ("tiep nhan", "tong so"),
    "received_online": ("tiep nhan", "truc tuyen"),
    "received_in_person": ("tiep nhan", "truc tiep"),
    "carried_over": ("tiep nhan", "ky truoc"),
    "all_settled": ("da giai quyet", "tong so"),
    "settled_early": ("da giai quyet", "truoc han"),
    "settled_on_time": ("da giai quyet", "dung han"),
    "settled_late": ("da giai quyet", "qua han"),
    "all_open": ("dang giai quyet", "tong so"),
    "open_in_time": ("dang giai quyet", "trong han"),
    "open_late": ("dang giai quyet", "qua han"),
}
_TOTALS = {
    "all_received": ("received_online", "received_in_person", "carried_over"),
    "all_settled": ("settled_early", "settled_on_time", "settled_late"),
    "all_open": ("open_in_time", "open_late"),
}
_TOTAL_NAMES = {
    "all_received": "Tổng số tiếp nhận",
    "all_settled": "Tổng số đã giải quyết",
    "all_open": "Tổng số đang giải quyết",
}
_HEAD_ROWS = 4
_NUMBERING = re.compile(r"\(?(\d+|[A-Za-z])\)?")
_NONE = {"", "-", "–", "—"}
_MONTH = re.compile(r"thang (0?[1-9]|1[0-2])\s*(?:/|nam )\s*(20\d\d)")
_QUARTER = re.compile(r"quy (iv|i{1,3}|[1-4])\s*(?:/|nam )\s*(20\d\d)")
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True)
class Period:
    year: int
    first_month: int
    month: int


@dataclass(frozen=True)
class Sheet:
    rows: list[tuple[int, str, dict[str, int]]]  # number in the sheet, field, figures
    problems: list[Problem]
    period: Period | None  # where a title above the table tells it


def read(table: Sequence[Sequence[str]]) -> Sheet | None:
    """The rows of a sheet of thirteen columns; None where the table is not one.

    Each total that the sheet gives is held against its parts. An empty cell or a dash is 0: the
    totals show that nothing is missing.
    """
    found = _head(table)
    if found is None:
        return None
    below, name_at, columns = found
    rows: list[tuple[int, str, dict[str, int]]] = []
    problems: list[Problem] = []
    total: tuple[int, dict[str, int]] | None = None
    for number, cells in enumerate(table[below:], start=below + 1):
        name = _cell(cells, name_at)
        if not name and not _NUMBERING.fullmatch(before := _cell(cells, name_at - 1)):
            name = before  # "Tổng cộng" over both cells
        given = {column: _cell(cells, at) for column, at in columns.items()}
        # A row for a group of fields, the numbers of the columns, the signatures beneath.
        if not any(given.values()) or _NUMBERING.fullmatch(_cell(cells, name_at)):
            continue
        try:
            counts = {column: _count(column, text) for column, text in given.items()}
            if not name:
                raise BadCell(RECORD["field"].label, "để trống")
            _check_totals(counts)
            if re.match(r"tong\b", fold(name)):
                # Above the fields or beneath them; what follows a last one is no field.
                total = number, counts
                if rows:
                    break
                continue
            counts = {column: count for column, count in counts.items() if column not in _TOTALS}
            counts["received"] = counts["received_online"] + counts["received_in_person"]
            rows.append((number, re.sub(r"(?i)^lĩnh vực\s+", "", name), counts))
        except BadCell as fault:
            problems.append(Problem(number, fault.column, str(fault)))
    if total and not problems:
        problems += _differing(*total, [counts for _, _, counts in rows])
    return Sheet(rows, problems, _period(table[:below]))


def _head(table: Sequence[Sequence[str]]) -> tuple[int, int, dict[str, int]] | None:
    """Where the rows begin, the column of the field's name, and the columns of the figures."""
    for top, cells in enumerate(table):
        folded = [fold(cell) for cell in cells]
        name_at = next((at for at, cell in enumerate(folded) if cell.startswith("linh vuc")), None)
        if name_at is None:
            continue
        # A cell that spans several columns gives its text to the first of them.
        groups, over = [], ""
        for cell in folded:
            over = cell or over
            groups.append(over)
        for depth in range(2, _HEAD_ROWS + 1):
            columns = _columns(groups, table[top + 1 : top + depth])
            if len(columns) == len(_LAYOUT):
                return top + depth, name_at, columns
    return None


def _columns(groups: list[str], beneath: Sequence[Sequence[str]]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, group in enumerate(groups):
        words = " ".join(fold(_cell(cells, at)) for cells in beneath)
        for column, (over, under) in _LAYOUT.items():
            if over in group and under in words and column not in columns:
                columns[column] = at
                break
    return columns


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if 0 <= at < len(cells) else ""


def _count(column: str, text: str) -> int:
    digits = re.sub(r"\.0+$", "", re.sub(r"[\s.,](?=\d{3}(\D|$))", "", text))
    if text in _NONE:
        return 0
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        name = _TOTAL_NAMES.get(column) or RECORD[column].label
        raise BadCell(name, f"phải là số nguyên không âm, không phải “{text[:60]}”")
    return int(digits)


def _check_totals(counts: dict[str, int]) -> None:
    for total, parts in _TOTALS.items():
        if counts[total] != (made := sum(counts[part] for part in parts)):
            told = f"ghi {counts[total]:,}, nhưng các cột của nó cộng lại là {made:,}"
            raise BadCell(_TOTAL_NAMES[total], told)


def _differing(number: int, total: dict[str, int], rows: list[dict[str, int]]) -> list[Problem]:
    """Where the row of totals is not the sum of the fields."""
    problems = []
    for column in (column for parts in _TOTALS.values() for column in parts):
        if total[column] != (made := sum(row[column] for row in rows)):
            told = f"dòng tổng ghi {total[column]:,}, nhưng các lĩnh vực cộng lại là {made:,}"
            problems.append(Problem(number, RECORD[column].label, told))
    return problems


def _period(above: Sequence[Sequence[str]]) -> Period | None:
    """``Tháng 6 năm 2026``, ``Quý II/2026``: the first that stands over the table."""
    told = fold(" ".join(cell for cells in above for cell in cells))
    if month := _MONTH.search(told):
        return Period(int(month[2]), int(month[1]), int(month[1]))
    if quarter := _QUARTER.search(told):
        last = 3 * (_QUARTERS.get(quarter[1]) or int(quarter[1]))
        return Period(int(quarter[2]), last - 2, last)
    return None
