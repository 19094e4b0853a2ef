"""The SQLite engine that the portal carries along, for the content and for the counters.

SQLite 3.7.0 to 3.51.2 may lose committed transactions in WAL mode when a checkpoint meets a write
(https://sqlite.org/wal.html), and Debian and Ubuntu ship such a version. ``pysqlite3`` brings its
own; where there is none for a machine, the system's is taken and the start says so.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3  # pysqlite3 has the same names, and no types
else:
    try:
        import pysqlite3 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["VERSION", "is_safe", "sqlite3"]
VERSION = sqlite3.sqlite_version
FIRST_SAFE = (3, 51, 3)


def is_safe() -> bool:
    """Whether this engine keeps what it has committed."""
    return sqlite3.sqlite_version_info >= FIRST_SAFE
