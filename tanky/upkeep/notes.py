"""When the site was last backed up, and a backup last proven: for the desk and the doctor."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from ..base.instance import Instance

PROVEN_WITHIN = timedelta(days=8)  # a proof is due each week


def of(instance: Instance) -> dict[str, str]:
    """``made_at``, ``proven_at`` in ISO 8601; ``made``, ``proven``: which file. Empty at first."""
    try:
        return json.loads(instance.backup_notes.read_text())
    except (OSError, ValueError):
        return {}


def last_made(instance: Instance) -> datetime | None:
    return _moment(instance, "made_at")


def last_proven(instance: Instance) -> datetime | None:
    """When a restore to another place was last whole."""
    return _moment(instance, "proven_at")


def _moment(instance: Instance, name: str) -> datetime | None:
    moment = of(instance).get(name)
    return datetime.fromisoformat(moment) if moment else None


def add(instance: Instance, **news: datetime | Path) -> None:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in news.items()
    }
    made = instance.backup_notes.with_suffix(".part")
    made.touch(mode=0o600)
    made.write_text(json.dumps(of(instance) | told))
    made.replace(instance.backup_notes)
