"""Bringing a portal's database to the tables that the code knows.

On SQLite all migrations that are due are one transaction, on PostgreSQL each is one: a setup that
was killed, at whatever instant, is simply run again. It has the instance alone; before it changes
anything, a copy of the database is made, and what a migration leaves broken is rolled back.
"""

import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ..base.db import db
from ..base.instance import current_instance
from ..config import ConfigError
from ..text import formats
from . import databases

VERSIONS = Path(__file__).parent.parent / "migrations/versions"
_REVISION = re.compile(r'^revision = "(\w+)"', re.M)
COPIES_KEPT = 3
# SQLite alters a table by copying it, beside the copy that is made before.
ROOM = 3


@cache
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
    if current_instance().is_half_restored:
        return "A restore was cut off. Run flask tanky restore again with the same backup."
    try:
        present, newest = present_revision(), newest_revision()
    except DBAPIError as error:
        return f"The database cannot be read ({error.orig}). Run flask tanky doctor."
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
    :raises ConfigError: the database is of a later release, a restore was cut off, or the disk has
        no room.
    :raises InUse: the site is served or copied at this moment, and a migration is due.
    """
    from flask_migrate import upgrade

    know_migrations(current_app)
    if present_revision() == newest_revision() and not current_instance().is_half_restored:
        return
    with current_instance().alone():
        present = present_revision()
        is_later = present is not None and present > newest_revision()
        if is_later or current_instance().is_half_restored:
            raise ConfigError(f"Tanky cannot go on: {problem_with_serving()}")
        if present and present != newest_revision():
            say(f"Nâng cấp cơ sở dữ liệu từ {present} lên {newest_revision()}…")
            _demand_room()
            _copy(present, say)
        current_app.extensions["say_migration"] = say if present else lambda sentence: None
        upgrade()


def _demand_room() -> None:
    needed = ROOM * databases.size()
    free = shutil.disk_usage(current_instance().folder).free
    if free < needed:
        raise ConfigError(
            f"Ổ đĩa còn {formats.size(free)}, nâng cấp cần {formats.size(needed)}. "
            "Chưa có gì bị thay đổi. Hãy dọn ổ đĩa rồi làm lại."
        )


def _copy(revision: str, say: Callable[[str], None]) -> None:
    """Keep the database as it is, beside the last few."""
    folder = current_instance().copies
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"tanky-{revision}-{formats.now():%Y%m%d%H%M%S}{databases.suffix()}"
    try:
        databases.dump(path)
    except databases.DumpFailed as error:
        # Of PostgreSQL alone, whose owner has ways of their own; each step is still whole or not.
        say(f"Chưa có bản sao trước khi nâng cấp: {error}")
        return
    say(f"Bản sao trước khi nâng cấp: {path}")
    for old in sorted(folder.glob("tanky-*"))[:-COPIES_KEPT]:
        old.unlink()
