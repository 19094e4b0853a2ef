"""When the portal did not run, told by the file that each beat of a worker touches.

What is posted by law for thirty days without a break needs a record of the breaks. It tells of the
portal alone: a line that was cut in front of the machine is not seen from here.
"""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, UTCDateTime, db
from ..base.instance import current_instance
from ..text import formats

TOUCHED_EACH = 20.0  # seconds
SHORTEST = timedelta(minutes=2)  # a restart is no outage


class Outage(Model):
    """A span in which no worker of the portal ran."""

    __tablename__ = "outages"

    began_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @classmethod
    def within(cls, first: datetime, last: datetime | None) -> Select:
        """Those that reach into a span; ``last`` None: it has no end."""
        rows = select(cls).where(cls.ended_at > first).order_by(cls.began_at)
        return rows if last is None else rows.where(cls.began_at < last)


def _seconds() -> float:
    """Seconds that count on while the machine sleeps, whatever its clock is set to."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Watching:
    """The beat's job: notes that the portal runs, and after a break since when it did not."""

    def __init__(self, seconds: Callable[[], float] = _seconds):
        self.began_at = formats.now()
        self._seconds = seconds
        self._touched: float | None = None  # by those seconds

    def __call__(self) -> None:
        now, seconds = formats.now(), self._seconds()
        if self._touched is not None and seconds - self._touched < TOUCHED_EACH:
            return
        file = current_instance().alive
        if self._touched is None:
            last, back_at = _touched_at(file) or self.began_at, self.began_at
        else:
            # Another worker may have run while this one hung.
            silent_since = now - timedelta(seconds=seconds - self._touched)
            last, back_at = max(silent_since, _touched_at(file) or silent_since), now
        if back_at - last > SHORTEST:
            _keep(last, back_at)
        file.touch()
        os.utime(file, (now.timestamp(), now.timestamp()))
        self._touched = seconds


def _touched_at(file: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _keep(began_at: datetime, ended_at: datetime) -> None:
    db.session.add(Outage(began_at=began_at, ended_at=ended_at))
    try:
        db.session.commit()
    except IntegrityError:  # another worker noted the same one
        db.session.rollback()
    else:
        current_app.logger.warning("the portal did not run from %s to %s", began_at, ended_at)


def init_app(app: Flask) -> None:
    app.extensions["heartbeat"].add(Watching())
