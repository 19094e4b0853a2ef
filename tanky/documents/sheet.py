"""Documents from a sheet, a row a document, with their files: a ZIP of the sheet and the files, or
a sheet that names files of the library. All or nothing, as with the catalogue of procedures.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.datastructures import FileStorage

from ..base.db import db
from ..media.kinds import document_kind
from ..media.library import take_document
from ..media.models import MediaFile
from ..reading.bounds import Refused, check_unpacked_size
from ..records import revisions
from ..records.schema import Attribute
from ..records.sheets import BadCell, Item, Problem, Report, Unreadable, read
from ..text.folding import slugify
from ..text.formats import size
from .models import Document, number_key
from .record import DAYS, RECORD, wrong_days

NAMES = Attribute(name="names", label="Tệp", hint="mỗi dòng một tên tệp", also=("Tên tệp", "File"))
COLUMNS = {attribute.key: attribute.head for attribute in (*RECORD.columns, NAMES)}
REQUIRED = [attribute.key for attribute in RECORD.columns if attribute.required]
ALSO_CALLED = {attribute.key: attribute.also for attribute in (*RECORD.columns, NAMES)}
MOST_FILES = 500  # in one ZIP
LARGEST = 30_000_000  # bytes of one of them
_ENDING = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp])$", re.I)


@dataclass
class _Change:
    """A row of the sheet.

    :param names: of its files; None where the sheet has no column for them.
    """

    record: dict
    names: list[str] | None
    document: Document | None
    before: dict = field(default_factory=dict)


class _Files:
    """The files that rows may name: those that came along, then the library's.

    One of those that came along is in memory at a time: all together may unpack to a hundred times
    what a worker has.
    """

    def __init__(self, archive: bytes, given: dict[str, str]):
        """:param given: by their keys, the names in the archive."""
        self.archive = archive
        self.given = given
        rows = db.session.execute(
            select(MediaFile.id, MediaFile.name, MediaFile.title)
            .where(MediaFile.trashed_at.is_(None), MediaFile.width.is_(None))
            .order_by(MediaFile.id)
        )
        self.library: dict[str, int] = {}
        for id, name, title in rows:
            self.library |= {_key(name): id, _key(title): id}

    def check(self, name: str) -> None:
        """:raises BadCell: there is no such file, or it is not one that is taken."""
        if _key(name) not in self.given:
            if _key(name) not in self.library:
                raise NAMES.bad(f"không thấy “{name[:60]}” trong tệp ZIP hay trong thư viện")
            return
        try:
            document_kind(self._content(name))
        except Refused as refusal:
            raise NAMES.bad(f"{name[:60]}: {refusal}") from None

    def id_of(self, name: str, person) -> int:
        if _key(name) not in self.given:
            return self.library[_key(name)]
        upload = FileStorage(io.BytesIO(self._content(name)), filename=name)
        return take_document(upload, person).id

    def _content(self, name: str) -> bytes:
        with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
            part = archive.getinfo(self.given[_key(name)])
            if part.file_size > LARGEST:
                raise Refused(f"tệp lớn quá {size(LARGEST)}.")
            return archive.read(part)


def import_documents(content: bytes, person=None, look: bool = False) -> Report:
    """Take the rows of a file into the session; the caller commits where there are no problems.

    :param look: only tell what would change, and leave the session as it is.
    :raises Unreadable: not a sheet, or a ZIP without one, or without a required column.
    """
    sheet, given = _unpacked(content)
    report = Report()
    changes: list[_Change] = []
    seen: dict[tuple[str, int], int] = {}
    files = _Files(content, given)
    query = select(Document).options(selectinload(Document.relations), selectinload(Document.files))
    known = {_place(row.number, row.issued_on): row for row in db.session.scalars(query)}
    for number, cells in read(sheet, COLUMNS, REQUIRED, ALSO_CALLED):
        change, faults = _read(cells, known, files)
        record = change.record
        place = _place(record["number"], record["issued_on"] and _day(record["issued_on"]))
        if place in seen:
            faults.append(RECORD["number"].bad(f"trùng với dòng {seen[place]}"))
        seen.setdefault(place, number)
        report.problems += [Problem(number, fault.column, str(fault)) for fault in faults]
        changes.append(change)
    if report.problems:
        return report
    stored = [change for change in changes if _report(report, change)]
    if not look:
        _store(stored, files, person)
    return report


def _unpacked(content: bytes) -> tuple[bytes, dict[str, str]]:
    """The sheet, and the names in the archive of the files that came along, by their keys."""
    if not content.startswith(b"PK\x03\x04"):
        return content, {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            if any(part.filename == "xl/workbook.xml" for part in parts):
                return content, {}
            check_unpacked_size(archive)
            if len(parts) > MOST_FILES:
                raise Unreadable(f"Tệp ZIP có hơn {MOST_FILES} tệp. Hãy chia thành nhiều lần.")
            sheets = [part for part in parts if part.filename.lower().endswith((".xlsx", ".csv"))]
            sheets = [part for part in sheets if "/" not in part.filename] or sheets
            if len(sheets) != 1:
                raise Unreadable(
                    "Tệp ZIP phải có đúng một bảng kê (.xlsx hoặc .csv) ở ngoài cùng, các tệp văn "
                    "bản để trong thư mục."
                )
            given = {_key(part.filename): part.filename for part in parts if part is not sheets[0]}
            return archive.read(sheets[0]), given
    except Refused as refusal:
        raise Unreadable(str(refusal)) from None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
        raise Unreadable("Tệp ZIP hỏng hoặc đặt mật khẩu nên không mở được.") from None


def _read(
    cells: dict[str, str], known: dict[tuple[str, int], Document], files: _Files
) -> tuple[_Change, list[BadCell]]:
    """A row, and all that is wrong with it. A column that the sheet lacks stays as it is."""
    faults: list[BadCell] = []
    given = {}
    for attribute in RECORD.columns:
        cell = cells.get(attribute.key)
        if cell is None:
            continue
        if attribute.required and not cell.strip():
            faults.append(attribute.bad("để trống"))
            continue
        try:
            given[attribute.name] = attribute.parse(cell)
        except BadCell as fault:
            faults.append(fault)
    issued_on = given.get("issued_on")
    document = known.get(_place(given.get("number", ""), _day(issued_on) if issued_on else None))
    if document and document.is_trashed:
        faults.append(RECORD["number"].bad("đang ở thùng rác; hãy lấy lại trước"))
    record = (document.snapshot() if document else RECORD.empty()) | given
    days = (record[name] and _day(record[name]) for name in DAYS)
    faults += [RECORD[name].bad(why) for name, why in wrong_days(*days)]
    names = None
    if (cell := cells.get(NAMES.key)) is not None:
        names = [name.strip() for line in cell.splitlines() for name in line.split(";")]
        names = [name for name in names if name]
        for name in names:
            try:
                files.check(name)
            except BadCell as fault:
                faults.append(fault)
    return _Change(record, names, document), faults


def _report(report: Report, change: _Change) -> bool:
    """Tell what a row changes; whether it does."""
    change.before = change.document.snapshot() if change.document else {}
    before = change.before and _told(change.before, _names(change.document))
    after = _told(change.record, change.names, before)
    if before == after:
        report.unchanged += 1
        return False
    label = f"{change.record['kind']} {change.record['number']}"
    report.items.append(Item("changed" if before else "added", label, before, after))
    return True


def _told(record: dict, names: list[str] | None, before: dict | None = None) -> dict:
    """A record with its files by name, since those that come have no number yet."""
    if names is None:
        return record | {"files": before["files"] if before else []}
    return record | {"files": [{"file_id": None, "typed": _key(name)} for name in names]}


def _names(document: Document | None) -> list[str]:
    return [row.file.title or row.file.name for row in document.files] if document else []


def _store(changes: list[_Change], files: _Files, person) -> None:
    stored: list[Any] = []
    with db.session.no_autoflush:
        for change in changes:
            document = change.document or Document()
            record = change.record
            if change.names is not None:
                typed = {row["file_id"]: row["typed"] for row in record["files"]}
                ids = [files.id_of(name, person) for name in change.names]
                record = record | {
                    "files": [{"file_id": id, "typed": typed.get(id, "")} for id in ids]
                }
            document.restore(record)
            db.session.add(document)
            # A slug is free only once the one before it is taken.
            db.session.flush()
            stored.append((document, change.before, document.snapshot()))
    if stored:
        revisions.keep_all(stored, person, "Nhập từ tệp")


def _place(number: str, issued_on: date | None) -> tuple[str, int]:
    """By which a row and a document are the same: numbers begin anew each year."""
    return number_key(number), issued_on.year if issued_on else 0


def _key(name: str) -> str:
    """A file's name however it is written: without folder, ending, capitals and diacritics.

    An ending is one of a document: a title may have a point of its own, "Nghị quyết 12.2026".
    """
    return slugify(_ENDING.sub("", PurePath(name.replace("\\", "/")).name), 200)


def _day(text: str) -> date:
    return date.fromisoformat(text)
