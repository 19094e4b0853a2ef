"""The database: its models' base, moments, and how SQLite is opened.

Unbound; ``create_app`` binds it to a portal, so that many portals live in one process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, event, types
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase

from .alphabet import NAME, compare
from .sqlite import sqlite3


class Base(DeclarativeBase):
    # Every constraint has a name, because a migration can only change what it can name.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    # Whether residents may see something of a row: its table then has the triggers by which kept
    # pages are known to be current (front/content_number.py). A model says so where they may not.
    SHOWN = True

    def __init__(self, **given: Any):
        """A new object has its plain defaults at once, not only after it was written."""
        for attribute in type(self).__mapper__.column_attrs:
            default: Any = attribute.columns[0].default
            if default is not None and default.is_scalar:
                given.setdefault(attribute.key, default.arg)
        for name, value in given.items():
            if not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no {name}")
            setattr(self, name, value)


class UTCDateTime(types.TypeDecorator[datetime]):
    """A moment: aware in Python, stored as UTC without an offset on either database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def enum_of(kind: type[StrEnum], length: int) -> types.Enum:
    """The type of a column that holds an enumeration's values as text, the same on both databases.

    :param length: of the longest value there may ever be.
    """
    return types.Enum(
        kind,
        native_enum=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


# The journal and the revisions name a row by its id: that of a deleted one must never come back,
# as SQLite lets the last one do.
NEVER_REUSED = {"sqlite_autoincrement": True}

db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:
    Model = Base  # which db.Model is made of
else:
    Model = db.Model


BUSY = 5000  # milliseconds that a statement waits for SQLite's lock
# WAL lets residents read while an editor saves; foreign keys are off unless asked for.
PRAGMAS = (
    "journal_mode=WAL",
    # What was answered as saved is on the disk.
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    f"busy_timeout={BUSY}",
    # Kilobytes of each connection, of which a worker has one for each thread; the system keeps the
    # file's pages as well.
    "cache_size=-512",
)


@contextmanager
def without_patience(connection: Connection) -> Iterator[None]:
    """For what can be done without: SQLite's lock is hardly waited for."""
    on_sqlite = connection.dialect.name == "sqlite"
    if on_sqlite:
        connection.exec_driver_sql("PRAGMA busy_timeout=100")
    try:
        yield
    finally:
        connection.rollback()
        if on_sqlite:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY}")


@event.listens_for(Engine, "connect")
def prepare_sqlite(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.create_collation(NAME, compare)
