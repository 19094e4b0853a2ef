"""Two versions of a row, field by field, as people read a difference."""

from typing import Any

from ..records.recorded import Snapshot
from ..records.schema import Attribute, Schema
from ..text.differences import Line, compare


def changes(schema: Schema, before: Snapshot, after: Snapshot) -> list[tuple[str, list[Line]]]:
    """The attributes that differ: what each is called, and the lines of its difference."""
    differing = []
    for attribute in schema:
        old, new = (_lines(attribute, content.get(attribute.name)) for content in (before, after))
        if old != new:
            differing.append((attribute.label, compare(old, new)))
    return differing


def _lines(attribute: Attribute, value: Any) -> list[str]:
    return [] if value in (None, "", []) else attribute.told(value)
