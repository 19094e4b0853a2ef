"""Bringing a portal's database to the tables that the code knows.

On SQLite all migrations that are due are one transaction, on PostgreSQL each is one: a setup that
was killed, at whatever instant, is simply run again. One setup at a time; before it changes
anything, a copy of the database is made.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import inspect, text

from .base.db import db
from .base.sqlite import sqlite3
from .text import formats

VERSIONS = Path(__file__).parent / "migrations/versions"
_REVISION = re.compile(r'^revision = "(\w+)"', re.M)
COPIES_KEPT = 3


def newest_revision() -> str:
    """Of the code. Read from the files: Alembic is 10 MB that no worker needs."""
    return max(_REVISION.search(path.read_text()).group(1) for path in VERSIONS.glob("*.py"))


def present_revision() -> str | None:
    """Of the database; None before the first setup."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def problem_with_serving() -> str:
    """Why the portal must not be served now, in one sentence; "" where it may."""
    present, newest = present_revision(), newest_revision()
    if present == newest:
        return ""
    if present is None:
        return "The database has no tables yet. Run make setup."
    if present < newest:
        return f"The database stands at {present}, the code at {newest}. Run make setup."
    return f"The database stands at {present}, which this release ({newest}) does not know."


def know_migrations(app: Flask) -> None:
    """Bind Flask-Migrate. Only commands do: Alembic is 10 MB that no worker needs."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=f"{app.root_path}/migrations")


def migrate_database(say: Callable[[str], None] = lambda sentence: None) -> None:
    """Bring the database of the current portal to the newest migration.

    :param say: told what is done, in sentences for the operator.
    :raises ConfigError: the database is of a later release.
    """
    from flask_migrate import upgrade

    from .config import ConfigError

    know_migrations(current_app)
    with alone():
        present = present_revision()
        if present and present > newest_revision():
            raise ConfigError(f"Tanky cannot go back: {problem_with_serving()}")
        if present and present != newest_revision():
            say(f"Nâng cấp cơ sở dữ liệu từ {present} lên {newest_revision()}…")
            copy = _copy(present)
            if copy:
                say(f"Bản sao trước khi nâng cấp: {copy}")
        current_app.extensions["say_migration"] = say if present else lambda sentence: None
        upgrade()


@contextmanager
def alone() -> Iterator[None]:
    """Wait for another setup of this instance to end."""
    descriptor = os.open(
        Path(current_app.instance_path) / "setup.lock", os.O_RDWR | os.O_CREAT, 0o600
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _copy(revision: str) -> Path | None:
    """A copy of an SQLite database, beside the last few; PostgreSQL has its own ways."""
    if db.engine.dialect.name != "sqlite":
        return None
    folder = Path(current_app.instance_path) / "copies"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"tanky-{revision}-{formats.now():%Y%m%d%H%M%S}.sqlite3"
    made = path.with_suffix(".part")
    made.unlink(missing_ok=True)
    os.close(os.open(made, os.O_CREAT | os.O_EXCL, 0o600))
    target = sqlite3.connect(made)
    with db.engine.connect() as connection:
        connection.connection.dbapi_connection.backup(target)
    target.close()
    made.replace(path)
    for old in sorted(folder.glob("tanky-*.sqlite3"))[:-COPIES_KEPT]:
        old.unlink()
    return path
