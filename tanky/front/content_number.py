"""Which state of the content is current: a number that goes up with every change residents can see.

Triggers in the database raise it (migration 0004), within the transaction of the change: whoever
reads it after an answer "saved" reads the new one, in any worker process, and a change made by hand
in a database shell counts like any other.
"""

import threading
import weakref

from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model

ASK = "SELECT number FROM content_version"


class ContentVersion(Model):
    """One row, and none before the first change."""

    __tablename__ = "content_version"
    SHOWN = False

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class ContentNumber:
    """The present state's number, asked at each page view: by the shortest way there is, a
    connection that each thread keeps to itself."""

    def __init__(self, engine):
        self._engine = engine
        self._local = threading.local()

    def __call__(self) -> int:
        if not hasattr(self._local, "kept"):
            self._local.kept = _Connection(self._engine)
        try:
            row = self._local.kept.cursor.execute(ASK).fetchone()
        except Exception:
            del self._local.kept
            raise
        return row[0] if row else 0


class _Connection:
    """Closed when its thread ends, or the portal."""

    def __init__(self, engine):
        pooled = engine.raw_connection()
        connection = pooled.dbapi_connection
        pooled.detach()
        if engine.dialect.name == "postgresql":
            connection.autocommit = True  # SQLite reads without a transaction as it is
        self.cursor = connection.cursor()
        weakref.finalize(self, connection.close)
