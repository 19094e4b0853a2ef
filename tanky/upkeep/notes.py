"""When the site was last backed up, and a backup last proven: for the desk and the doctor.

``backups.json`` holds ``made_at`` and ``proven_at`` in ISO 8601, and ``made`` and ``proven``, the
paths of the archives.
"""

from datetime import datetime, timedelta
from pathlib import Path

from ..base.files import put_json, read_json
from ..base.instance import Instance
from ..text import formats

PROVEN_WITHIN = timedelta(days=8)  # a proof is due each week


def last_made(instance: Instance) -> datetime | None:
    return _moment(instance, "made_at")


def last_proven(instance: Instance) -> datetime | None:
    """When a restore to another place was last whole."""
    return _moment(instance, "proven_at")


def is_proof_late(instance: Instance) -> bool:
    proven = last_proven(instance)
    return proven is None or formats.now() - proven > PROVEN_WITHIN


def add(instance: Instance, **news: datetime | Path) -> None:
    told = {
        name: value.isoformat() if isinstance(value, datetime) else str(value)
        for name, value in news.items()
    }
    put_json(instance.backup_notes, read_json(instance.backup_notes) | told)


def _moment(instance: Instance, name: str) -> datetime | None:
    moment = read_json(instance.backup_notes).get(name)
    return datetime.fromisoformat(moment) if moment else None
