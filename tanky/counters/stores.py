"""The embedded counter store: one SQLite file in the instance folder, apart from the content.

It is a file of its own so that a long import into the content database never holds up a page view.
Each view that changes a figure is one transaction of its own: a kill -9 loses no visit that was
answered (WAL); a power cut loses at most what the system had not yet written to disk.
"""

import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from .tally import ONLINE_WINDOW, VISIT_GAP, Figures, Sign

SCHEMA = """
CREATE TABLE IF NOT EXISTS visitors (
    id BLOB PRIMARY KEY,      -- 16 bytes, see tally.visitor_id
    viewed REAL,              -- last page view; NULL when only polls were seen
    seen REAL NOT NULL        -- last page view or poll
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS visitors_seen ON visitors (seen);
CREATE TABLE IF NOT EXISTS days (
    day TEXT PRIMARY KEY,     -- local date, 2026-11-23
    visits INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page_views (
    page INTEGER NOT NULL,    -- an article's id
    day TEXT NOT NULL,        -- local date
    views INTEGER NOT NULL,
    PRIMARY KEY (day, page)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS salts (day TEXT PRIMARY KEY, salt BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, visits INTEGER NOT NULL);
INSERT OR IGNORE INTO totals VALUES ('counted', 0), ('opening', 0);
"""
# Two workers may write in another order than their clocks were read.
KNOW = """INSERT INTO visitors VALUES ({visitor}, {viewed}, {seen}) ON CONFLICT (id) DO UPDATE SET
    viewed = coalesce(max(viewed, excluded.viewed), viewed, excluded.viewed),
    seen = max(seen, excluded.seen)"""
ADD_PAGE_VIEWS = """INSERT INTO page_views {rows}
    ON CONFLICT (day, page) DO UPDATE SET views = views + excluded.views"""
# A page view in one statement: at each, Python lets other threads run, and while this one waits to
# go on, other processes wait for their turn.
COUNTING = f"""
CREATE TEMP VIEW IF NOT EXISTS views AS
    SELECT NULL AS visitor, NULL AS now, NULL AS day, NULL AS page;
CREATE TEMP TRIGGER IF NOT EXISTS counted INSTEAD OF INSERT ON views BEGIN
    INSERT INTO days SELECT new.day, 1 WHERE NOT EXISTS (
        SELECT 1 FROM visitors WHERE id = new.visitor AND new.now - viewed < {VISIT_GAP}
    ) ON CONFLICT (day) DO UPDATE SET visits = visits + 1;
    UPDATE totals SET visits = visits + 1 WHERE name = 'counted' AND NOT EXISTS (
        SELECT 1 FROM visitors WHERE id = new.visitor AND new.now - viewed < {VISIT_GAP}
    );
    {KNOW.format(visitor="new.visitor", viewed="new.now", seen="new.now")};
    {ADD_PAGE_VIEWS.format(rows="SELECT new.page, new.day, 1 WHERE new.page IS NOT NULL")};
END;
"""  # noqa: S608 – a number of ours
# Forgetting visitors is swept now and then, not at each view; it changes no figure.
SWEEP_EVERY = 60.0  # seconds
PAGE_VIEWS_KEPT = timedelta(days=400)  # so that a month can be held against last year's


class SqliteStore:
    """The :class:`tally.Store` of a portal on one machine, shared by all its workers."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._turn = -1  # a descriptor
        self._pid = 0
        self._swept = 0.0

    def view(self, visitor: bytes, now: float, day: date, page: int | None = None) -> Figures:
        with self._lock:
            db = self._connection()
            with self._turn_of_ours():
                db.execute(
                    "INSERT INTO views VALUES (?, ?, ?, ?)", (visitor, now, day.isoformat(), page)
                )
            if now - self._swept >= SWEEP_EVERY:
                with self._transaction():
                    self._sweep(db, now)
            return self._figures(db, now, day)

    def sighted(
        self, signs: Mapping[bytes, Sign], page_views: Mapping[tuple[int, date], int]
    ) -> None:
        rows = ((visitor, *sign) for visitor, sign in signs.items())
        views = ((page, day.isoformat(), n) for (page, day), n in page_views.items())
        with self._transaction() as db:
            db.executemany(KNOW.format(visitor="?", viewed="?", seen="?"), rows)
            db.executemany(ADD_PAGE_VIEWS.format(rows="VALUES (?, ?, ?)"), views)
            self._sweep(db, max(sign.seen for sign in signs.values()))

    def figures(self, now: float, day: date) -> Figures:
        with self._lock:
            return self._figures(self._connection(), now, day)

    def page_views(self, since: date, until: date) -> dict[int, dict[date, int]]:
        with self._lock:
            query = "SELECT page, day, views FROM page_views WHERE day BETWEEN ? AND ?"
            days = (since.isoformat(), until.isoformat())
            rows = self._connection().execute(query, days).fetchall()
        found: dict[int, dict[date, int]] = {}
        for page, day, views in rows:
            found.setdefault(page, {})[date.fromisoformat(day)] = views
        return found

    def salt(self, day: date) -> bytes:
        name = day.isoformat()
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO salts VALUES (?, ?)",
                (name, secrets.token_bytes(32)),
            )
            ended = db.execute("DELETE FROM salts WHERE day < ?", (name,)).rowcount
            salt = db.execute("SELECT salt FROM salts WHERE day = ?", (name,)).fetchone()[0]
        if ended:
            # secure_delete overwrote the row in the file; this empties the log that still has it.
            with self._lock:
                self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return salt

    def open_with(self, balance: int) -> None:
        with self._transaction() as db:
            db.execute("UPDATE totals SET visits = ? WHERE name = 'opening'", (balance,))

    def opening_balance(self) -> int:
        with self._lock:
            query = "SELECT visits FROM totals WHERE name = 'opening'"
            return self._connection().execute(query).fetchone()[0]

    def close(self) -> None:
        with self._lock:
            if self._db and self._pid == os.getpid():
                self._db.close()
                os.close(self._turn)
            self._db = None

    @staticmethod
    def _figures(db: sqlite3.Connection, now: float, day: date) -> Figures:
        # One statement, so that the four lines belong to one moment.
        return Figures(
            *db.execute(
                "SELECT (SELECT count(*) FROM visitors WHERE seen > ?1),"
                " (SELECT coalesce(sum(visits), 0) FROM days WHERE day = ?2),"
                " (SELECT coalesce(sum(visits), 0) FROM days WHERE day BETWEEN ?3 AND ?2),"
                " (SELECT sum(visits) FROM totals)",
                (now - ONLINE_WINDOW, day.isoformat(), day.replace(day=1).isoformat()),
            ).fetchone()
        )

    def _sweep(self, db: sqlite3.Connection, now: float) -> None:
        if now - self._swept >= SWEEP_EVERY:
            self._swept = now
            db.execute("DELETE FROM visitors WHERE seen <= ?", (now - VISIT_GAP,))
            oldest = datetime.fromtimestamp(now, UTC).date() - PAGE_VIEWS_KEPT
            db.execute("DELETE FROM page_views WHERE day < ?", (oldest.isoformat(),))

    @contextmanager
    def _turn_of_ours(self) -> Iterator[None]:
        """Processes wait in line for their turn. SQLite's own waiting sleeps for milliseconds
        between two tries, many times what a view takes. A killed process lets go by itself."""
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            db = self._connection()
            with self._turn_of_ours():
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        # A connection must not cross a fork, so that each worker process opens its own.
        if self._db is None or self._pid != os.getpid():
            db = sqlite3.connect(
                self.path, timeout=5, isolation_level=None, check_same_thread=False
            )
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("PRAGMA secure_delete=ON")
            db.executescript(SCHEMA + COUNTING)
            self._turn = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            self._db, self._pid = db, os.getpid()
        return self._db
