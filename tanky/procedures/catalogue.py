"""The catalogue of procedures from and to a sheet: a row a procedure (PRODUCT.md, 6).

A cell holds one line a row of its own: a step, a channel, a paper, a legal text; the parts of such
a row are parted by ``|`` (docs/import.md). All or nothing, as with the results.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..base.db import db
from ..records import revisions
from ..records.sheets import BadCell, Item, NewField, Problem, Report, read, write
from ..site.fields import Field
from ..text import formats, sanitise
from ..text.folding import fold, nfc
from .models import CODE, ChannelKind, Level, OnlineService, Paper, Procedure

COLUMNS = {
    "code": "Mã thủ tục",
    "title": "Tên thủ tục",
    "decision": "Số quyết định công bố",
    "level": "Cấp thực hiện",
    "kind": "Loại thủ tục",
    "field": "Lĩnh vực",
    "online_service": "Mức độ dịch vụ công trực tuyến",
    "online_url": "Địa chỉ nộp trực tuyến",
    "steps": "Trình tự thực hiện",
    "channels": "Cách thức thực hiện",
    "papers": "Thành phần hồ sơ",
    "copies": "Số lượng hồ sơ",
    "applicants": "Đối tượng thực hiện",
    "agency": "Cơ quan thực hiện",
    "authority": "Cơ quan có thẩm quyền",
    "receiving_place": "Địa chỉ tiếp nhận hồ sơ",
    "partners": "Cơ quan phối hợp",
    "outcome": "Kết quả thực hiện",
    "legal_basis": "Căn cứ pháp lý",
    "conditions": "Yêu cầu, điều kiện",
    "source_url": "Nguồn",
    "updated": "Cập nhật",
    "state": "Tình trạng",
    "replaced_by": "Được thay bằng",
}
REQUIRED = ("code", "title", "level", "field", "steps", "channels", "papers", "agency")
IN_FORCE, RETIRED = "Còn hiệu lực", "Hết hiệu lực"
# Other words for a column that officials' own sheets and the national database use.
ALSO_CALLED = {
    "code": ("Mã TTHC", "Mã số TTHC", "Mã số thủ tục", "Mã thủ tục hành chính", "Mã số",
             "Mã thủ tục hành chính (Mã TTHC)"),
    "title": ("Tên TTHC", "Tên thủ tục hành chính", "Thủ tục hành chính"),
    "decision": ("Quyết định công bố", "Số quyết định", "QĐ công bố"),
    "level": ("Cấp", "Cấp giải quyết", "Cấp thực hiện TTHC"),
    "kind": ("Loại TTHC", "Loại thủ tục hành chính"),
    "field": ("Lĩnh vực TTHC", "Tên lĩnh vực"),
    "online_service": ("Mức độ DVC trực tuyến", "Mức độ cung cấp DVCTT", "Mức độ", "DVCTT",
                       "Mức độ cung cấp dịch vụ công trực tuyến"),
    "online_url": ("Đường dẫn nộp hồ sơ", "Link nộp trực tuyến"),
    "steps": ("Trình tự", "Các bước thực hiện", "Trình tự, các bước thực hiện"),
    "channels": ("Cách thức", "Cách thức nộp"),
    "papers": ("Hồ sơ", "Thành phần", "Thành phần, số lượng hồ sơ", "Giấy tờ"),
    "copies": ("Số bộ hồ sơ", "Số bộ"),
    "applicants": ("Đối tượng",),
    "agency": ("Cơ quan giải quyết", "Cơ quan thực hiện TTHC"),
    "authority": ("Thẩm quyền", "Cơ quan có thẩm quyền quyết định"),
    "receiving_place": ("Nơi tiếp nhận", "Địa chỉ tiếp nhận", "Nơi tiếp nhận hồ sơ"),
    "partners": ("Phối hợp",),
    "outcome": ("Kết quả", "Kết quả giải quyết"),
    "legal_basis": ("Căn cứ pháp lý của TTHC", "Căn cứ"),
    "conditions": ("Điều kiện", "Yêu cầu điều kiện", "Yêu cầu, điều kiện thực hiện"),
    "source_url": ("Đường dẫn", "Link"),
    "updated": ("Ngày cập nhật",),
    "state": ("Trạng thái", "Hiệu lực"),
    "replaced_by": ("Thay thế bằng", "TTHC thay thế"),
}  # fmt: skip
CASE = "#"  # a line of the papers that begins so is the case that the next ones belong to
_TEXTS = ("title", "decision", "kind", "agency", "authority", "receiving_place", "partners")
_LEVELS = {fold(level.value): level for level in Level}
_SERVICES = {fold(service.value): service for service in OnlineService}
_STATES = {fold(IN_FORCE): False, fold(RETIRED): True, "": False}
_BREAK = re.compile(r"\s*\n\s*")


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
    rows = (Procedure.channels, Procedure.papers, Procedure.legal_basis, Procedure.replaced_by)
    query = select(Procedure).options(*map(selectinload, rows))
    known = {procedure.code: procedure for procedure in db.session.scalars(query)}
    forms = _forms()
    seen: dict[str, int] = {}
    changes: list[_Change] = []
    for number, cells in table:
        record, faults = _record(cells, known.get(cells.get("code", "").strip()), forms)
        code = record.get("code", "")
        if code and code in seen:
            faults.append(BadCell(COLUMNS["code"], f"{code} trùng với dòng {seen[code]}"))
        seen.setdefault(code, number)
        if code in known and known[code].is_trashed:
            faults.append(BadCell(COLUMNS["code"], f"{code} đang ở thùng rác; hãy lấy lại trước"))
        updated = _tried(faults, _updated, cells)
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
    cells = {name: record.get(name) or "" for name in COLUMNS}
    papers = []
    for case, group in procedure.paper_groups:
        if case or papers:
            papers.append(f"{CASE} {case}")
        papers += [_row(p.name, p.originals, p.copies, p.form.name if p.form else "")
                   for p in group]  # fmt: skip
    return cells | {
        "copies": "" if procedure.copies is None else str(procedure.copies),
        "channels": "\n".join(_row(c.kind.value, c.time_limit, c.fee, c.charge, c.remark)
                              for c in procedure.channels),
        "papers": "\n".join(papers),
        "applicants": "\n".join(procedure.applicants),
        "outcome": "\n".join(procedure.outcome),
        "legal_basis": "\n".join(
            _row(b.number, b.summary, formats.day(b.issued_on) if b.issued_on else "", b.issuer)
            for b in procedure.legal_basis
        ),
        "updated": formats.day(procedure.updated_at.astimezone(zone)),
        "state": RETIRED if procedure.is_retired else IN_FORCE,
    }  # fmt: skip


def _report(report: Report, changes: list[_Change], known: dict[str, Procedure]) -> None:
    """Tell what each row changes."""
    fields = {fold(kept.name): kept for kept in Field.in_order()}
    new = set()
    for change in changes:
        record = change.record
        name = fold(record["field"])
        if name not in fields and name not in new:
            new.add(name)
            report.new_fields.append(NewField.beside(record["field"], fields.values()))
        procedure = known.get(record["code"])
        change.before = procedure.snapshot() if procedure else {}
        # A field is one whatever its capitals and diacritics.
        if name in fields:
            record["field"] = fields[name].name
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
        name = fold(change.record["field"])
        fields[name] = fields.get(name) or Field.named(change.record["field"])
    with db.session.no_autoflush:
        for change in changes:
            procedure = procedures[change.record["code"]]
            procedure.restore(change.record, fields[fold(change.record["field"])], procedures)
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
    cells: dict[str, str], known: Procedure | None, forms: dict[str, int]
) -> tuple[dict, list[BadCell]]:
    """A row as a procedure's record, and all that is wrong with it. A column that the file lacks
    stays as it is.
    """
    record = known.snapshot() if known else _empty()
    faults: list[BadCell] = []
    parsers: dict[str, Callable] = {
        "code": lambda text: _code(text, "code"),
        **{name: partial(_text, name) for name in _TEXTS},
        "field": lambda text: _text("field", text, 120),
        "level": lambda text: _choice("level", text, _LEVELS, strip="cap ").value,
        "online_service": lambda text: (
            _choice("online_service", text or "cung cấp thông tin", _SERVICES).value
        ),
        "online_url": partial(_link, "online_url"),
        "source_url": partial(_link, "source_url"),
        "steps": sanitise.steps,
        "conditions": sanitise.from_editor,
        "channels": lambda text: [_channel(line) for line in _lines(text)],
        "papers": lambda text: _papers(text, known, forms),
        "applicants": _lines,
        "outcome": _lines,
        "copies": partial(_number, "copies"),
        "legal_basis": lambda text: [_legal_basis(line) for line in _lines(text)],
        "state": lambda text: _choice("state", text, _STATES),
        "replaced_by": lambda text: _code(text, "replaced_by") if text else "",
    }
    for name, parse in parsers.items():
        if name not in cells:
            continue
        if name in REQUIRED and not cells[name].strip():
            faults.append(BadCell(COLUMNS[name], "để trống"))
            continue
        value = _tried(faults, parse, cells[name])
        if value is not None or name == "copies":
            record["is_retired" if name == "state" else name] = value
    return record, faults


def _empty() -> dict:
    record = dict.fromkeys((*Procedure.PLAIN, "field", "replaced_by"), "")
    lists = ("applicants", "outcome", "channels", "papers", "legal_basis")
    return record | {name: [] for name in lists} | {
        "copies": None,
        "is_retired": False,
        "level": Level.COMMUNE.value,
        "online_service": OnlineService.INFORMATION.value,
    }  # fmt: skip


def _code(text: str, column: str) -> str:
    code = text.strip()
    if not re.fullmatch(CODE, code):
        sentence = f"phải có dạng 1.001193 (ô kiểu văn bản), không phải “{code[:40]}”"
        raise BadCell(COLUMNS[column], sentence if code else "để trống")
    return code


def _text(column: str, text: str, most: int | None = None) -> str:
    text = nfc(" ".join(text.split()))
    most = most or Procedure.__table__.c[column].type.length
    if len(text) > most:
        raise BadCell(COLUMNS[column], f"dài quá {most} ký tự")
    return text


def _choice(column: str, text: str, choices: dict, strip: str = ""):
    key = fold(text).removeprefix(strip)
    for known, value in choices.items():
        # "Dịch vụ công trực tuyến toàn trình" is what some sheets write for "toàn trình".
        if key == known or (known and key.endswith(" " + known)):
            return value
    names = ", ".join(dict.fromkeys(str(getattr(v, "value", k)) for k, v in choices.items() if k))
    raise BadCell(COLUMNS[column], f"phải là một trong: {names}; không phải “{text[:60]}”")


def _link(column: str, text: str) -> str:
    text = text.strip()
    if text and not re.fullmatch(r"https?://\S{1,490}", text):
        raise BadCell(COLUMNS[column], "phải bắt đầu bằng https:// và không quá 500 ký tự")
    return text


def _number(column: str, text: str) -> int | None:
    text = re.sub(r"\.0+$", "", text.strip())
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise BadCell(COLUMNS[column], f"phải là số từ 0 đến 99, không phải “{text[:40]}”")
    return int(text)


def _channel(line: str) -> dict:
    kind, time_limit, fee, charge, remark = _parts("channels", line, 5)
    kinds = {fold(k.value): k for k in ChannelKind} | {"dich vu buu chinh": ChannelKind.POST}
    limits = {"time_limit": (time_limit, 200), "fee": (fee, 300), "charge": (charge, 300),
              "remark": (remark, 1000)}  # fmt: skip
    for text, most in limits.values():
        if len(text) > most:
            raise BadCell(COLUMNS["channels"], f"phần “{text[:30]}…” dài quá {most} ký tự")
    found = _choice("channels", kind, kinds)
    return {"kind": found.value} | {name: text for name, (text, _) in limits.items()}


def _papers(cell: str, known: Procedure | None, library: dict[str, int]) -> list[dict]:
    papers, case = [], ""
    forms = {}
    if known:
        forms = {(paper.case, paper.name): paper.form_id for paper in known.papers}
    for line in _lines(cell):
        if line.startswith(CASE):
            case = line.removeprefix(CASE).strip()
            if len(case) > 300:
                raise BadCell(COLUMNS["papers"], "tên trường hợp dài quá 300 ký tự")
            continue
        name, originals, copies, form = _parts("papers", line, 4)
        if not name or len(name) > 1000:
            raise BadCell(COLUMNS["papers"], "mỗi dòng cần tên giấy tờ, không quá 1.000 ký tự")
        if form and form not in library:
            sentence = f"trong thư viện không có tệp “{form[:60]}”; hãy tải lên trước"
            raise BadCell(COLUMNS["papers"], sentence)
        papers.append(
            {
                "case": case,
                "name": name,
                "originals": 1 if originals == "" else _number("papers", originals),
                "copies": _number("papers", copies) or 0,
                "form_id": library[form] if form else forms.get((case, name)),
            }
        )
    if not papers:
        raise BadCell(COLUMNS["papers"], "không có giấy tờ nào")
    return papers


def _forms() -> dict[str, int]:
    """The files of the library by name and by title."""
    file = Paper.form.property.mapper.class_
    rows = db.session.execute(
        select(file.id, file.name, file.title)
        .where(file.trashed_at.is_(None), file.width.is_(None))
        .order_by(file.id.desc())
    )
    found: dict[str, int] = {}
    for id, name, title in rows:
        found |= {name: id, title: id}
    return found


def _legal_basis(line: str) -> dict:
    number, summary, issued, issuer = _parts("legal_basis", line, 4)
    if not number or len(number) > 100 or len(summary) > 500 or len(issuer) > 200:
        sentence = "mỗi dòng cần số ký hiệu (≤ 100 ký tự) | trích yếu (≤ 500) | ngày | cơ quan"
        raise BadCell(COLUMNS["legal_basis"], sentence)
    day = _day("legal_basis", issued)
    return {"number": number, "summary": summary, "issuer": issuer,
            "issued_on": day.isoformat() if day else None}  # fmt: skip


def _updated(cells: dict[str, str]) -> datetime | None:
    day = _day("updated", cells.get("updated", ""))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _day(column: str, text: str) -> date | None:
    text = text.strip().removesuffix(" 00:00:00")  # how a sheet writes a day
    if not text:
        return None
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if day.year >= 1900:
            return day
    raise BadCell(COLUMNS[column], f"ngày phải có dạng 31/12/2025, không phải “{text[:40]}”")


def _parts(column: str, line: str, most: int) -> list[str]:
    parts = [" ".join(part.split()) for part in line.split("|")]
    if len(parts) > most:
        raise BadCell(COLUMNS[column], f"dòng “{line[:40]}…” có hơn {most} phần")
    return parts + [""] * (most - len(parts))


def _lines(cell: str) -> list[str]:
    return [nfc(line) for line in _BREAK.split(cell.strip()) if line]


def _row(*parts) -> str:
    return " | ".join(str(part).replace("|", "/") for part in parts).rstrip(" |")
