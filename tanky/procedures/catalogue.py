"""The catalogue of procedures from and to a sheet: a row a procedure (``record.py``).

A cell holds one line a row of its own: a step, a channel, a paper, a legal text; the parts of such
a row are parted by ``|`` (docs/import.md). All or nothing, as with the results.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..base.db import db
from ..media.models import MediaFile
from ..records import revisions
from ..records.schema import joined, lines
from ..records.sheets import BadCell, Item, NewField, Problem, Report, read, write
from ..site.fields import Field
from ..text.folding import fold
from . import also_called
from .models import Procedure
from .record import MOST_FORMS, PAPERS, RECORD, UPDATED

# The sheet's columns: the date stands before the state and the successor.
IN_ORDER = [*RECORD.columns[:-2], UPDATED, *RECORD.columns[-2:]]
COLUMNS = {attribute.key: attribute.head for attribute in IN_ORDER}  # column → its heading
REQUIRED = [attribute.key for attribute in RECORD.columns if attribute.required]
ALSO_CALLED = {attribute.key: attribute.also for attribute in IN_ORDER}
CASE = "#"  # a line of the papers that begins so is the case that the next ones belong to


def import_catalogue(
    content: bytes, retire_missing: bool = False, person=None, look: bool = False
) -> Report:
    """Take the rows of a file into the session; the caller commits where there are no problems.

    :param retire_missing: whether what is in force here and not in the file is in force no longer.
    :param look: only tell what would change, and leave the session as it is.
    :raises Unreadable: not CSV or .xlsx, or without a required column.
    """
    table = read(content, COLUMNS, REQUIRED, ALSO_CALLED)
    report = Report()
    rows = (
        Procedure.channels, Procedure.papers, Procedure.legal_basis, Procedure.replaced_by,
        Procedure.more_fields,
    )  # fmt: skip
    query = select(Procedure).options(*map(selectinload, rows))
    known = {procedure.code: procedure for procedure in db.session.scalars(query)}
    library = _forms()
    seen: dict[str, int] = {}
    changes: list[_Change] = []
    for number, cells in table:
        record, faults = _record(cells, known.get(cells.get("code", "").strip()), library)
        code = record.get("code", "")
        if code and code in seen:
            faults.append(BadCell(COLUMNS["code"], f"{code} trùng với dòng {seen[code]}"))
        seen.setdefault(code, number)
        if code in known and known[code].is_trashed:
            faults.append(BadCell(COLUMNS["code"], f"{code} đang ở thùng rác; hãy lấy lại trước"))
        updated = _tried(faults, _moment, cells.get(UPDATED.key, ""))
        report.problems += [Problem(number, fault.column, str(fault)) for fault in faults]
        changes.append(_Change(number, record, updated))
    for change in changes:
        successor = change.record.get("replaced_by")
        if successor and (
            successor == change.record.get("code") or successor not in known.keys() | seen.keys()
        ):
            sentence = f"không có thủ tục khác mang mã {successor}"
            report.problems.append(Problem(change.row, COLUMNS["replaced_by"], sentence))
    if report.problems:
        report.problems.sort(key=lambda problem: problem.row)
        return report
    if retire_missing:
        for code, procedure in sorted(known.items()):
            if code not in seen and not procedure.is_retired and not procedure.is_trashed:
                changes.append(_Change(0, procedure.snapshot() | {"is_retired": True}))
    _report(report, changes, known)
    if not look:
        _store([change for change in changes if change.is_change], known, person)
    return report


@dataclass
class _Change:
    row: int  # of the sheet; 0 for what the sheet lacks
    record: dict
    updated: datetime | None = None
    before: dict = field(default_factory=dict)
    is_change: bool = False


def export_catalogue(zone: tzinfo = UTC) -> bytes:
    """All listed procedures as an .xlsx of the form that :func:`import_catalogue` reads."""
    head = [name + ("*" if column in REQUIRED else "") for column, name in COLUMNS.items()]
    listed = db.session.scalars(Procedure.listed().order_by(Procedure.code))
    return write("Thủ tục", head, (cells_of(procedure, zone).values() for procedure in listed))


def cells_of(procedure: Procedure, zone: tzinfo = UTC) -> dict[str, str]:
    """A procedure as the cells of its row, its date as it is in ``zone``."""
    record = procedure.snapshot()
    cells = {attribute.key: attribute.cell(record[attribute.name]) for attribute in RECORD.columns}
    cells[PAPERS.key] = _papers_cell(procedure)
    day = procedure.updated_at.astimezone(zone).date()
    cells[UPDATED.key] = UPDATED.cell(day.isoformat())
    return {column: cells[column] for column in COLUMNS}


def _report(report: Report, changes: list[_Change], known: dict[str, Procedure]) -> None:
    """Tell what each row changes."""
    fields = {fold(kept.name): kept for kept in Field.in_order()}
    new = set()
    for change in changes:
        record = change.record
        for given in (record["field"], *record["other_fields"]):
            name = fold(given)
            if name not in fields and name not in new:
                new.add(name)
                report.new_fields.append(NewField.beside(given, fields.values()))
        procedure = known.get(record["code"])
        change.before = procedure.snapshot() if procedure else {}
        # A field is one whatever its capitals and diacritics.
        own = {name: field.name for name, field in fields.items()}
        record["field"] = own.get(fold(record["field"]), record["field"])
        others = (own.get(fold(given), given) for given in record["other_fields"])
        # In the order that a procedure gives them back.
        record["other_fields"] = sorted(set(others) - {record["field"]})
        change.is_change = change.before != record
        if not change.is_change:
            report.unchanged += bool(change.row)
            continue
        retired = record["is_retired"] and change.before and not change.before["is_retired"]
        kind = "retired" if retired else "changed" if change.before else "added"
        label = f"{record['code']} {record['title']}"
        report.items.append(Item(kind, label, change.before, record))


def _store(changes: list[_Change], known: dict[str, Procedure], person) -> None:
    fields: dict[str, Field] = {}
    procedures = known | {
        change.record["code"]: Procedure(code=change.record["code"])
        for change in changes
        if change.record["code"] not in known
    }
    for change in changes:
        for given in (change.record["field"], *change.record["other_fields"]):
            fields[fold(given)] = fields.get(fold(given)) or Field.named(given)
    with db.session.no_autoflush:
        for change in changes:
            procedure = procedures[change.record["code"]]
            procedure.restore(change.record, fields, procedures)
            procedure.updated_at = change.updated or procedure.updated_at
            db.session.add(procedure)
    db.session.flush()
    revisions.keep_all(
        [(procedures[c.record["code"]], c.before, c.record) for c in changes], person,
        "Nhập từ tệp",
    )  # fmt: skip


def _tried(faults: list[BadCell], parse: Callable, *given):
    """What ``parse`` makes of it; where it is bad, the fault is noted and None given."""
    try:
        return parse(*given)
    except BadCell as fault:
        faults.append(fault)
        return None


def _record(
    cells: dict[str, str], known: Procedure | None, library: dict[str, int]
) -> tuple[dict, list[BadCell]]:
    """A row as a procedure's record, and all that is wrong with it. A column that the file lacks
    stays as it is.
    """
    record = known.snapshot() if known else RECORD.empty()
    if not known:
        record["also_called"] = list(also_called.COMMON.get(cells.get("code", "").strip(), ()))
    faults: list[BadCell] = []
    more: list[str] = []  # fields that the cell of the first names as well
    for attribute in RECORD.columns:
        cell = cells.get(attribute.key)
        if cell is None:
            continue
        if attribute.required and not cell.strip():
            faults.append(attribute.bad("để trống"))
        elif attribute is RECORD["field"]:
            # Some sheets name several fields in the one cell.
            parts = [part for part in re.split(r"[;\n]", cell) if part.strip()]
            names = [_tried(faults, attribute.parse, part) for part in parts]
            if not parts:
                faults.append(attribute.bad("để trống"))
            elif all(names):
                record["field"], *more = names
                record["other_fields"] = more or record["other_fields"]
        elif attribute is RECORD["other_fields"]:
            record["other_fields"] = [*more, *(_tried(faults, attribute.parse, cell) or [])]
        elif attribute is PAPERS:
            papers = _tried(faults, _papers, cell, known, library)
            record[PAPERS.name] = papers or record[PAPERS.name]
        else:
            before = len(faults)
            value = _tried(faults, attribute.parse, cell)
            if len(faults) == before:
                record[attribute.name] = value
    return record, faults


def _papers(cell: str, known: Procedure | None, library: dict[str, int]) -> list[dict]:
    """The papers of a cell, where a case stands on a line of its own and a form is named."""
    papers, case = [], ""
    forms = {}
    if known:
        forms = {(paper.case, paper.name): paper.form_ids for paper in known.papers}
    for line in lines(cell):
        if line.startswith(CASE):
            case = line.removeprefix(CASE).strip()
            if len(case) > PAPERS["case"].most:
                raise PAPERS.bad(f"tên trường hợp dài quá {PAPERS['case'].most} ký tự")
            continue
        name, originals, copies, files = PAPERS.split(line, 4)
        ids = list(forms.get((case, name), ()))
        if files:
            ids = [_in_library(library, part.strip()) for part in files.split(";") if part.strip()]
            if len(ids) > MOST_FORMS:
                raise PAPERS.bad(f"“{name[:60]}” có hơn {MOST_FORMS} mẫu")
        row = PAPERS.row([name, "", originals or "1", copies or "0", ""])
        papers.append(row | {"case": case, "forms": [{"file_id": id} for id in dict.fromkeys(ids)]})
    if not papers:
        raise PAPERS.bad("không có giấy tờ nào")
    return papers


def _in_library(library: dict[str, int], name: str) -> int:
    if name not in library:
        raise PAPERS.bad(f"trong thư viện không có tệp “{name[:60]}”; hãy tải lên trước")
    return library[name]


def _papers_cell(procedure: Procedure) -> str:
    written: list[str] = []
    for case, papers in procedure.paper_groups:
        if case or written:
            written.append(f"{CASE} {case}")
        written += [
            joined(
                paper.name,
                paper.originals,
                paper.copies,
                "; ".join(file.name for file in paper.files),
            )
            for paper in papers
        ]
    return "\n".join(written)


def _forms() -> dict[str, int]:
    """The files of the library by name and by title."""
    rows = db.session.execute(
        select(MediaFile.id, MediaFile.name, MediaFile.title)
        .where(MediaFile.trashed_at.is_(None), MediaFile.width.is_(None))
        .order_by(MediaFile.id.desc())
    )
    library: dict[str, int] = {}
    for id, name, title in rows:
        library |= {name: id, title: id}
    return library


def _moment(cell: str) -> datetime | None:
    day = UPDATED.parse(cell)
    return datetime.combine(date.fromisoformat(day), time(), UTC) if day else None
