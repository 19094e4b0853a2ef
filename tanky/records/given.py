"""Rows that come with the software; what a site edits takes their place."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any


@cache
def rows_given(file: Path) -> tuple[dict[str, Any], ...]:
    """The rows of a JSON file; each has ``checked_on``, the day it was held against the law."""
    rows = json.loads(file.read_text(encoding="utf-8"))
    return tuple(row | {"checked_on": date.fromisoformat(row["checked_on"])} for row in rows)
