"""Which state of the content is current: a number that goes up with every change residents can see.

Triggers in the database raise it (migration 0004), within the transaction of the change: whoever
reads it after an answer "saved" reads the new one, in any worker process, and a change made by hand
in a database shell counts like any other.
"""

import threading
import weakref
from contextlib import nullcontext
from types import SimpleNamespace

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
    connection that is kept open.

    A connection to SQLite takes 600 kB, since each keeps the whole schema, and answers within 6 µs:
    the threads of a worker share one. PostgreSQL may take seconds to answer or to fail: there each
    thread has its own.
    """

    def __init__(self, engine):
        self._engine = engine
        is_shared = engine.dialect.name == "sqlite"
        self._kept = SimpleNamespace() if is_shared else threading.local()
        self._turn = threading.Lock() if is_shared else nullcontext()

    def __call__(self) -> int:
        with self._turn:
            if not hasattr(self._kept, "connection"):
                self._kept.connection = _Connection(self._engine)
            try:
                row = self._kept.connection.cursor.execute(ASK).fetchone()
            except Exception:
                del self._kept.connection
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
