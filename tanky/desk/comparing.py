"""Two versions of a row, field by field, as people read a difference."""

from ..records.recorded import Snapshot
from ..text import formats
from ..text.differences import Line, compare, lines_of
from .section import Section

# What a number within a row of a table means.
_ROW_LABELS = {"originals": "bản chính: ", "copies": "bản sao: ", "form_id": "mẫu đơn số "}


def changes(section: Section, before: Snapshot, after: Snapshot) -> list[tuple[str, list[Line]]]:
    """The fields that differ: what each is called, and the lines of its difference."""
    differing = []
    for name, label in section.labels.items():
        is_html = name in section.html
        old, new = (_lines(name, content.get(name), is_html) for content in (before, after))
        if old != new:
            differing.append((label, compare(old, new)))
    return differing


def _lines(name: str, value, is_html: bool) -> list[str]:
    match value:
        case None | "" | []:
            return []
        case bool():
            return ["có"] if value else ["không"]
        case int():
            if name == "year":
                return [str(value)]
            return [f"số {value}" if name.endswith("_id") else formats.number(value)]
        case str():
            return lines_of(value) if is_html else value.splitlines()
        case list():
            return [_row(row) for row in value]
    return [str(value)]


def _row(row) -> str:
    if not isinstance(row, dict):
        return str(row)
    parts = ((_ROW_LABELS.get(name, ""), part) for name, part in row.items())
    return " | ".join(f"{label}{part}" for label, part in parts if part not in (None, ""))
