"""The sheet of thirteen columns that a one-stop system gives: a row a field, no month in its rows.

TT, Lĩnh vực; received: total, online, in person or by post, carried over; settled: total, early, on
time, late; open: total, in time, late. Layout of form II.06a, as two programs that print it agree;
the form's own text was not read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from ..records.sheets import BadCell, Problem
from ..text.folding import fold, nfc
from .record import RECORD

# Over a group of columns stands one of these words.
_RECEIVED = ("tiep nhan", "nhan giai quyet")
_SETTLED = ("da giai quyet", "ket qua giai quyet")
_OPEN = ("dang giai quyet",)
# Its columns: the words over their group, and the word over the column itself.
_LAYOUT = {
    "all_received": (_RECEIVED, "tong so"),
    "received_online": (_RECEIVED, "truc tuyen"),
    "received_in_person": (_RECEIVED, "truc tiep"),
    "carried_over": (_RECEIVED, "ky truoc"),
    "all_settled": (_SETTLED, "tong so"),
    "settled_early": (_SETTLED, "truoc han"),
    "settled_on_time": (_SETTLED, "dung han"),
    "settled_late": (_SETTLED, "qua han"),
    "all_open": (_OPEN, "tong so"),
    "open_in_time": (_OPEN, "trong han"),
    "open_late": (_OPEN, "qua han"),
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
LONGEST_HEAD = 40  # letters; what is longer is a sentence above the table
_NUMBERING = re.compile(r"\(?(\d+|[A-Za-z])\)?")
# Not "tổng hợp" or "công chứng", which are fields.
_TOTAL = re.compile(
    r"tổng|tổng (cộng|số|chung)\b.*|tổng [ivx]+\b.*|cộng|cộng (chung|mục|nhóm)\b.*|cộng [ivx]+\b.*"
)
_GROUP = re.compile(r"[IVX]+|[A-H]")
_NONE = {"", "-", "–", "—"}
_MONTHS = r"(0?[1-9]|1[0-2])"
_YEAR = r"\s*(?:[,-]?\s*nam|[/-])\s*(20\d\d)"
_MONTH = re.compile(rf"thang {_MONTHS}{_YEAR}")
_SPAN = re.compile(rf"tu thang {_MONTHS}(?:{_YEAR})? den (?:het )?thang {_MONTHS}{_YEAR}")
_DAY = re.compile(rf"ngay \d{{1,2}} thang {_MONTHS}(?:{_YEAR})?")
_QUARTER = re.compile(rf"quy (iv|i{{1,3}}|[1-4]){_YEAR}")
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
    lines: list[_Line] = []
    problems: list[Problem] = []
    for number, cells in enumerate(table[below:], start=below + 1):
        place, name = _cell(cells, name_at - 1), _cell(cells, name_at)
        given = {column: _cell(cells, at) for column, at in columns.items()}
        # A row for a group of fields, the numbers of the columns, the signatures beneath.
        if not re.search(r"\d", " ".join(given.values())) or _NUMBERING.fullmatch(name):
            continue
        if not name and not _NUMBERING.fullmatch(place):
            name = place  # "Tổng cộng" over both cells
        try:
            if not name:
                raise BadCell(RECORD["field"].label, "để trống")
            counts = {column: _count(column, text) for column, text in given.items()}
            _check_totals(counts)
            lines.append(_Line(number, place, name, counts))
        except BadCell as fault:
            problems.append(Problem(number, fault.column, str(fault)))
    fields, totals = _told_apart(lines)
    if not problems:
        problems = [problem for total in totals for problem in _differing(total, lines, fields)]
    rows = [(line.number, _bare(line.name), _figures(line.counts)) for line in fields]
    return Sheet(rows, problems, _period(table[:below]))


@dataclass(frozen=True)
class _Line:
    number: int  # as the sheet counts
    place: str  # the cell TT
    name: str
    counts: dict[str, int]


def _told_apart(lines: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """The rows of fields, and those of totals: named so, or a group of fields with a figure of its
    own (I, II, A) above fields that are numbered."""
    are_numbered = any(line.place.strip(".)").isdigit() for line in lines)
    totals = [
        line
        for line in lines
        if _TOTAL.fullmatch(nfc(line.name).lower().strip(" .:"))
        or (are_numbered and _GROUP.fullmatch(line.place.strip(" .)")))
    ]
    return [line for line in lines if line not in totals], totals


def _bare(name: str) -> str:
    return re.sub(r"(?i)^lĩnh vực\s+", "", name)


def _figures(counts: dict[str, int]) -> dict[str, int]:
    """What a result keeps of a row's counts."""
    kept = {column: count for column, count in counts.items() if column not in _TOTALS}
    return kept | {"received": counts["received_online"] + counts["received_in_person"]}


def _head(table: Sequence[Sequence[str]]) -> tuple[int, int, dict[str, int]] | None:
    """Where the rows begin, the column of the field's name, and the columns of the figures."""
    for top, cells in enumerate(table):
        folded = [fold(cell) for cell in cells]
        name_at = next(
            (at for at, cell in enumerate(folded) if "linh vuc" in cell and len(cell) < 40), None
        )
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
            if column not in columns and under in words and any(w in group for w in over):
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


def _differing(total: _Line, lines: list[_Line], fields: list[_Line]) -> Iterator[Problem]:
    """Where a row of totals is the sum neither of all fields, nor of those that it stands above or
    beneath."""
    at = lines.index(total)
    above = _until_total(reversed(lines[:at]), fields)
    beneath = _until_total(lines[at + 1 :], fields)
    columns = [column for parts in _TOTALS.values() for column in parts]
    sums = [
        {column: sum(line.counts[column] for line in part) for column in columns}
        for part in (fields, above, beneath)
    ]
    if any(all(total.counts[column] == made[column] for column in columns) for made in sums):
        return
    for column in columns:
        if total.counts[column] != (made := sums[0][column]):
            told = (
                f"dòng tổng ghi {total.counts[column]:,}, nhưng các lĩnh vực cộng lại là {made:,}"
            )
            yield Problem(total.number, RECORD[column].label, told)


def _until_total(lines: Iterable[_Line], fields: list[_Line]) -> list[_Line]:
    return list(takewhile(lambda line: line in fields, lines))


def _period(above: Sequence[Sequence[str]]) -> Period | None:
    """The months that the title over the table tells: ``Tháng 6 năm 2026``, ``Quý II/2026``, ``Từ
    tháng 01 đến tháng 06 năm 2026``; None where it tells none, or several."""
    told = fold(" ".join(cell for cells in above for cell in cells))
    # The day of a letter, or of the circular that the form comes from.
    told = _DAY.sub(" ", told)
    found = set()
    for first, its_year, last, year in _SPAN.findall(told):
        if its_year in ("", year) and int(first) <= int(last):
            found.add(Period(int(year), int(first), int(last)))
    told = _SPAN.sub(" ", told)
    found |= {Period(int(year), int(month), int(month)) for month, year in _MONTH.findall(told)}
    for quarter, year in _QUARTER.findall(told):
        last = 3 * (_QUARTERS.get(quarter) or int(quarter))
        found.add(Period(int(year), last - 2, last))
    return found.pop() if len(found) == 1 else None
