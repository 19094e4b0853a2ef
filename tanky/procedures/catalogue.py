"""The catalogue of procedures from and to a sheet: a row a procedure (PRODUCT.md, 6).

A cell holds one line a row of its own: a step, a channel, a paper, a legal text; the parts of such
a row are parted by ``|`` (docs/import.md). All or nothing, as with the results.
"""

import re
from datetime import UTC, date, datetime

from sqlalchemy import select

from .. import revisions
from ..extensions import db
from ..text import formats, sanitise
from ..text.folding import fold, nfc
from .models import CODE, ChannelKind, Field, Level, OnlineService, Paper, Procedure
from .sheets import BadCell, Item, NewField, Problem, Report, read, write

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
CASE = "#"  # a line of the papers that begins so is the case that the next ones belong to
_TEXTS = ("title", "decision", "kind", "agency", "authority", "receiving_place", "partners")
_BREAK = re.compile(r"\s*\n\s*")


def import_catalogue(content: bytes, retire_missing: bool = False, person=None) -> Report:
    """Take the rows of a file into the session; the caller commits where there are no problems,
    or rolls back what was only looked at.

    :param retire_missing: whether what is in force here and not in the file is in force no longer.
    :raises Unreadable: not CSV or .xlsx, or without a required column.
    """
    table = read(content, COLUMNS, REQUIRED)
    report = Report()
    known = {procedure.code: procedure for procedure in db.session.scalars(select(Procedure))}
    seen: dict[str, int] = {}
    records: list[tuple[int, dict, datetime | None]] = []
    for number, cells in table:
        try:
            code = _code(cells.get("code", ""), "code")
            if code in seen:
                raise BadCell(COLUMNS["code"], f"{code} trùng với dòng {seen[code]}")
            seen[code] = number
            if code in known and known[code].is_trashed:
                raise BadCell(COLUMNS["code"], f"{code} đang ở thùng rác; hãy lấy lại trước")
            records.append((number, _record(cells, known.get(code)), _updated(cells)))
        except BadCell as error:
            report.problems.append(Problem(number, error.column, str(error)))
    for number, record, _ in records:
        successor = record["replaced_by"]
        if successor and (successor == record["code"] or successor not in known.keys() | seen):
            sentence = f"không có thủ tục khác mang mã {successor}"
            report.problems.append(Problem(number, COLUMNS["replaced_by"], sentence))
    if report.problems:
        report.problems.sort(key=lambda problem: problem.row)
        return report
    _apply(report, records, known, person)
    if retire_missing:
        for code, procedure in sorted(known.items()):
            if code not in seen and not procedure.is_retired and not procedure.is_trashed:
                before = procedure.snapshot()
                _store(procedure, before | {"is_retired": True}, person)
                report.items.append(Item("retired", procedure.called, before, procedure.snapshot()))
    return report


def export_catalogue() -> bytes:
    """All listed procedures as an .xlsx of the form that :func:`import_catalogue` reads."""
    head = [name + ("*" if column in REQUIRED else "") for column, name in COLUMNS.items()]
    listed = db.session.scalars(Procedure.listed().order_by(Procedure.code))
    return write("Thủ tục", head, (cells_of(procedure).values() for procedure in listed))


def cells_of(procedure: Procedure) -> dict[str, str]:
    """A procedure as the cells of its row."""
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
        "updated": formats.day(procedure.updated_at),
        "state": RETIRED if procedure.is_retired else IN_FORCE,
    }  # fmt: skip


def _apply(report: Report, records: list, known: dict[str, Procedure], person) -> None:
    fields = {fold(field.name): field for field in Field.in_order()}
    # Successors are looked up by their code, so what replaces is there before what is replaced.
    for _, record, updated in sorted(records, key=lambda r: (bool(r[1]["replaced_by"]), r[0])):
        if fold(record["field"]) not in fields:
            report.new_fields.append(NewField.beside(record["field"], fields.values()))
        procedure = known.get(record["code"])
        before = procedure.snapshot() if procedure else {}
        if before == record:
            report.unchanged += 1
            continue
        if procedure is None:
            procedure = Procedure(code=record["code"])
        _store(procedure, record, person, updated)
        fields.setdefault(fold(record["field"]), procedure.field)
        retired = record["is_retired"] and before and not before["is_retired"]
        kind = "retired" if retired else "changed" if before else "added"
        report.items.append(Item(kind, procedure.called, before, record))


def _store(procedure: Procedure, record: dict, person, updated: datetime | None = None) -> None:
    if procedure.id is not None:
        revisions.begin(procedure)
    with db.session.no_autoflush:
        procedure.restore(record)
    procedure.updated_at = updated or procedure.updated_at
    db.session.add(procedure)
    db.session.flush()
    revisions.keep(procedure, person, "Nhập từ tệp")


def _record(cells: dict[str, str], known: Procedure | None) -> dict:
    """A row as a procedure's record. A column that the file lacks stays as it is."""
    record = known.snapshot() if known else _empty()
    record["code"] = _code(cells["code"], "code")
    for name in ("code", *REQUIRED):
        if not cells.get(name, "").strip():
            raise BadCell(COLUMNS[name], "để trống")
    for name in _TEXTS:
        if name in cells:
            record[name] = _text(name, cells[name])
    record["field"] = _text("field", cells["field"], 120)
    record["level"] = _choice(
        "level", cells["level"], {fold(k.value): k for k in Level}, strip="cap "
    ).value
    if "online_service" in cells:
        kinds = {fold(kind.value): kind for kind in OnlineService}
        found = _choice("online_service", cells["online_service"] or "cung cấp thông tin", kinds)
        record["online_service"] = found.value
    for name in ("online_url", "source_url"):
        if name in cells:
            record[name] = _link(name, cells[name])
    record["steps"] = sanitise.steps(cells["steps"])
    if "conditions" in cells:
        record["conditions"] = sanitise.from_editor(cells["conditions"])
    record["channels"] = [_channel(line) for line in _lines(cells["channels"])]
    record["papers"] = _papers(cells["papers"], known)
    if not record["papers"]:
        raise BadCell(COLUMNS["papers"], "không có giấy tờ nào")
    for name in ("applicants", "outcome"):
        if name in cells:
            record[name] = _lines(cells[name])
    if "copies" in cells:
        record["copies"] = _number("copies", cells["copies"])
    if "legal_basis" in cells:
        record["legal_basis"] = [_legal_basis(line) for line in _lines(cells["legal_basis"])]
    if "state" in cells:
        states = {fold(IN_FORCE): False, fold(RETIRED): True, "": False}
        record["is_retired"] = _choice("state", cells["state"], states)
    if "replaced_by" in cells:
        given = cells["replaced_by"]
        record["replaced_by"] = _code(given, "replaced_by") if given else ""
    return record


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
    names = ", ".join(str(getattr(v, "value", k)) for k, v in choices.items() if k)
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


def _papers(cell: str, known: Procedure | None) -> list[dict]:
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
        papers.append(
            {
                "case": case,
                "name": name,
                "originals": 1 if originals == "" else _number("papers", originals),
                "copies": _number("papers", copies) or 0,
                "form_id": _form(form) if form else forms.get((case, name)),
            }
        )
    return papers


def _form(name: str) -> int:
    """The file of the library that a form's name means."""
    file = Paper.form.property.mapper.class_
    query = select(file.id).where((file.name == name) | (file.title == name))
    found = db.session.scalar(query.where(file.trashed_at.is_(None)).limit(1))
    if found is None:
        sentence = f"trong thư viện không có tệp “{name[:60]}”; hãy tải lên trước"
        raise BadCell(COLUMNS["papers"], sentence)
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
