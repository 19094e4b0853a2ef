"""The SQLite engine that the portal carries along, for the content and for the counters.

SQLite 3.7.0 to 3.51.2 may lose committed transactions in WAL mode when a checkpoint meets a write
(https://sqlite.org/wal.html#walresetbug), and Debian and Ubuntu ship such a version.
"""

import sqlite3

__all__ = ["sqlite3"]
