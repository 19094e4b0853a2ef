"""A database as one file, and back: SQLite by its backup API, PostgreSQL by ``pg_dump``.

Both are consistent while the portal goes on serving and editors go on saving.
"""

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import URL, FromClause, Select, func, inspect, select, text
from sqlalchemy.engine import Connection, Engine

from ..base.db import db
from ..base.files import sync
from ..base.sqlite import sqlite3
from ..config import environment_with


class DumpFailed(Exception):
    """Why, in a sentence for the operator."""


def suffix() -> str:
    """How the file of the current portal's database is called at its end."""
    return ".sqlite3" if db.engine.dialect.name == "sqlite" else ".pgdump"


def size() -> int:
    """Of the current portal's database, in bytes."""
    if db.engine.dialect.name == "sqlite":
        return Path(db.engine.url.database).stat().st_size
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT pg_database_size(current_database())"))


def dump(path: Path) -> dict[str, int]:
    """Write the current portal's database into a new file, whole or not at all.

    :returns: how many rows of each table are in it.
    :raises DumpFailed: the tools of PostgreSQL are not there, or refuse.
    """
    made = path.with_name(f".{path.name}.part")
    made.unlink(missing_ok=True)
    os.close(os.open(made, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        if db.engine.dialect.name == "sqlite":
            copy_sqlite(Path(db.engine.url.database), made)
            with closing(sqlite3.connect(made)) as copy:
                rows = _rows_of_sqlite(copy)
        else:
            rows = _dump_postgresql(made)
        sync(made)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    return rows


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite database that is in use; the copy is one file, without a log beside it."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def problems_of_sqlite(path: Path) -> list[str]:
    """What SQLite itself finds wrong with a file; empty where it is whole."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            found = [row[0] for row in database.execute("PRAGMA integrity_check(5)")]
            broken = database.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [line for line in found if line != "ok"] + [f"{row[0]}: {row[2]}" for row in broken]


def rows_of(engine: Engine) -> dict[str, int]:
    """How many rows each table of ours has, whatever the database."""
    with engine.connect() as connection:
        return _rows(connection)


def load_postgresql(path: Path, url: URL) -> None:
    """Put a dump into an empty database, in one transaction.

    :raises DumpFailed: the tools are not there, or the database refuses.
    """
    _run(["pg_restore", "--no-owner", "--no-privileges", "--exit-on-error",
          "--single-transaction", f"--dbname={url.database}", str(path)], url)  # fmt: skip


def _dump_postgresql(path: Path) -> dict[str, int]:
    # The rows are counted in the very state that is dumped.
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        rows = _rows(connection)
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges",
              f"--snapshot={snapshot}", f"--file={path}", db.engine.url.database],
             db.engine.url)  # fmt: skip
    return rows


def _rows(connection: Connection) -> dict[str, int]:
    present = set(inspect(connection).get_table_names())
    return {
        table.name: connection.execute(_count(table)).scalar_one()
        for table in db.metadata.sorted_tables
        if table.name in present  # a database that is yet to be upgraded lacks some
    }


def _rows_of_sqlite(database: sqlite3.Connection) -> dict[str, int]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    present = {row[0] for row in database.execute(query)}
    return {
        table.name: database.execute(str(_count(table))).fetchone()[0]
        for table in db.metadata.sorted_tables
        if table.name in present
    }


def _count(table: FromClause) -> Select[Any]:
    return select(func.count()).select_from(table)


def _run(command: list[str], url: URL) -> None:
    """Run a tool of PostgreSQL against a server; the password stands in no list of processes."""
    if not shutil.which(command[0]):
        raise DumpFailed(
            f"Máy này không có {command[0]}. Hãy cài gói postgresql-client cùng phiên bản máy chủ."
        )
    given = {
        "PGHOST": url.host,
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGCONNECT_TIMEOUT": 10,
        "PGSSLMODE": url.query.get("sslmode"),
    }
    done = subprocess.run(  # noqa: S603 - names of ours
        command, env=environment_with(given), capture_output=True, text=True
    )
    if done.returncode:
        raise DumpFailed(f"{command[0]}: {done.stderr.strip()[-400:]}")
