"""Duties from and to a sheet: all or nothing, by their keys."""

from typing import Any

from ..base.db import db
from ..records.sheets import BadCell, Item, Problem, Report, Unreadable, read
from .models import RECORD, Duty, fulfilments

COLUMNS = {attribute.key: attribute.head for attribute in RECORD.columns}
REQUIRED = [attribute.key for attribute in RECORD.columns if attribute.required]


def import_duties(content: bytes) -> Report:
    """Change the duties that the rows name, and add the others; the caller commits.

    :raises Unreadable: not a sheet, or without a required column, or empty.
    """
    known = {duty.key: duty for duty in Duty.in_order()}
    slots = {one.slot for one in fulfilments()}
    rows = read(content, COLUMNS, REQUIRED)
    if not rows:
        raise Unreadable("Bảng không có dòng nào.")
    report, seen = Report(), set()
    for number, cells in rows:
        record, faults = _record(cells, known)
        if record["key"] in seen:
            faults.append(RECORD["key"].bad("có ở hai dòng"))
        seen.add(record["key"])
        if record["slot"] and record["slot"] not in slots:
            faults.append(RECORD["slot"].bad(f"không có nơi nào tên “{record['slot'][:40]}”"))
        report.problems += [Problem(number, fault.column, str(fault)) for fault in faults]
        if faults:
            continue
        duty = known.get(record["key"])
        before = duty.snapshot() if duty else {}
        if before == record:
            report.unchanged += 1
            continue
        duty = duty or Duty(key=record["key"])
        duty.restore(record)
        db.session.add(duty)
        report.items.append(Item("changed" if before else "added", record["name"], before, record))
    return report


def _record(cells: dict[str, str], known: dict[str, Duty]) -> tuple[dict[str, Any], list[BadCell]]:
    """A row's record, and all that is wrong with it. A column that the sheet lacks stays."""
    faults: list[BadCell] = []
    given: dict[str, Any] = {}
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
    duty = known.get(given.get("key", ""))
    record = (duty.snapshot() if duty else RECORD.empty()) | given
    return record, faults
