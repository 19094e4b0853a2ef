"""The embedded counter store: one SQLite file in the instance folder, apart from the content.

It is a file of its own so that a long import into the content database never holds up a page view.
A view that changes a figure is written before it is answered, with all that are at hand in one
transaction: a kill -9 loses no visit that was answered (WAL); a power cut loses at most what the
system had not yet written to disk.
"""

import fcntl
import logging
import os
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ..base.sqlite import sqlite3
from .tally import (
    MOST_ALONE,
    MOST_TABS,
    ONLINE_WINDOW,
    VISIT_GAP,
    Answer,
    Busy,
    Day,
    Figures,
    Notes,
    Unavailable,
    View,
    Visitor,
)

log = logging.getLogger(__name__)
SCHEMA = """
CREATE TABLE IF NOT EXISTS visitors (
    id BLOB PRIMARY KEY,                   -- 16 bytes, see tally.Visitor
    viewed REAL,                           -- last page view that was admitted
    seen REAL NOT NULL                     -- last sign of any kind
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS days (
    day TEXT PRIMARY KEY,                  -- local date, 2026-11-23
    visits INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page_views (
    page INTEGER NOT NULL,                 -- an article's id
    day TEXT NOT NULL,                     -- local date
    views INTEGER NOT NULL,
    PRIMARY KEY (day, page)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS salts (day TEXT PRIMARY KEY, salt BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, visits INTEGER NOT NULL);
INSERT OR IGNORE INTO totals VALUES ('counted', 0), ('opening', 0);
"""
# From the store of a release before, whose visitors are kept. All count as online at first: who is
# gone by now is told by ``seen``, and forgotten by the first beat.
SECOND_WITNESS = """
ALTER TABLE visitors ADD COLUMN line BLOB NOT NULL DEFAULT x'';  -- 16 bytes
ALTER TABLE visitors ADD COLUMN online INTEGER NOT NULL DEFAULT 0;     -- is in totals' "online"
-- Only the server saw this visitor: no browser has answered, and no tab stands for it.
ALTER TABLE visitors ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visitors ADD COLUMN has_tabs INTEGER NOT NULL DEFAULT 0;   -- tabs stand for it
-- Views that no browser has answered for yet: those that began a visit, and the others.
ALTER TABLE visitors ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visitors ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE visitors ADD COLUMN begins INTEGER NOT NULL DEFAULT 0;     -- what the last view was
DROP INDEX IF EXISTS visitors_seen;
CREATE INDEX visitors_online ON visitors (online, seen);
CREATE INDEX visitors_alone ON visitors (line) WHERE alone;
CREATE TABLE tabs (id BLOB PRIMARY KEY, line BLOB NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX tabs_seen ON tabs (seen);
CREATE INDEX tabs_line ON tabs (line);
ALTER TABLE days ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE left_out (
    day TEXT NOT NULL,
    reason TEXT NOT NULL,                  -- see agents.REASONS
    views INTEGER NOT NULL,
    PRIMARY KEY (day, reason)
) WITHOUT ROWID;
UPDATE visitors SET online = 1;
INSERT INTO totals SELECT 'online', count(*) FROM visitors;
PRAGMA user_version = 2;
"""
ADD_PAGE_VIEWS = """INSERT INTO page_views {rows}
    ON CONFLICT (day, page) DO UPDATE SET views = views + excluded.views"""
ADD_LEFT_OUT = """INSERT INTO left_out {rows}
    ON CONFLICT (day, reason) DO UPDATE SET views = views + excluded.views"""
# A visitor not seen for a while is a new one, whoever answered for them before.
BEGIN_ANEW = f"""
    INSERT INTO visitors (id, line, seen) VALUES (new.visitor, new.line, new.now)
        ON CONFLICT (id) DO UPDATE SET has_tabs = 0, alone = 0, begun = 0, uncounted = 0
        WHERE new.now - seen >= {VISIT_GAP};"""
# Whether the server's word alone is taken for one more visitor of this line.
HAS_ROOM = f"""(SELECT count(*) FROM (SELECT 1 FROM visitors AS other
    WHERE other.line = new.line AND other.alone LIMIT {MOST_ALONE})) < {MOST_ALONE}"""
# Seen again, and online where no tab stands for them.
COME_ONLINE = """
    UPDATE totals SET visits = visits + 1 WHERE name = 'online' AND (
        SELECT NOT online AND NOT has_tabs AND begins >= 0 FROM visitors WHERE id = new.visitor);
    UPDATE visitors SET seen = max(seen, new.now), line = new.line,
        online = begins >= 0 AND NOT has_tabs, alone = begins >= 0 AND NOT has_tabs AND (
            alone OR NOT online OR begins),"""
# Page views in one statement: at each statement Python lets other threads run, and while this one
# waits to go on, other processes wait for their turn. ``begins``: 1 a visit, 0 the same visit,
# -1 no room.
TRIGGERS = f"""
CREATE TEMP VIEW IF NOT EXISTS views AS
    SELECT NULL AS visitor, NULL AS line, NULL AS now, NULL AS day, NULL AS page;
CREATE TEMP TRIGGER IF NOT EXISTS viewed INSTEAD OF INSERT ON views BEGIN
    {BEGIN_ANEW}
    UPDATE visitors SET begins = CASE WHEN new.now - viewed < {VISIT_GAP} THEN 0
        WHEN alone OR has_tabs OR {HAS_ROOM} THEN 1 ELSE -1 END WHERE id = new.visitor;
    INSERT INTO days (day, visits) SELECT new.day, 1 FROM visitors
        WHERE id = new.visitor AND begins = 1 ON CONFLICT (day) DO UPDATE SET visits = visits + 1;
    UPDATE totals SET visits = visits + 1 WHERE name = 'counted'
        AND (SELECT begins = 1 FROM visitors WHERE id = new.visitor);
    {
    ADD_LEFT_OUT.format(
        rows='''SELECT new.day, 'crowded', 1 FROM visitors
        WHERE id = new.visitor AND begins < 0'''
    )
};
    {COME_ONLINE}
        viewed = CASE WHEN begins < 0 THEN viewed ELSE max(coalesce(viewed, 0), new.now) END,
        begun = begun + (begins = 1), uncounted = uncounted + (begins <> 1) WHERE id = new.visitor;
    {ADD_PAGE_VIEWS.format(rows="SELECT new.page, new.day, 1 WHERE new.page IS NOT NULL")};
END;
CREATE TEMP VIEW IF NOT EXISTS signs AS
    SELECT NULL AS visitor, NULL AS line, NULL AS now, NULL AS viewed, NULL AS views;
CREATE TEMP TRIGGER IF NOT EXISTS seen INSTEAD OF INSERT ON signs BEGIN
    {BEGIN_ANEW}
    UPDATE visitors SET begins = CASE WHEN alone OR has_tabs OR new.now - viewed < {VISIT_GAP}
        OR {HAS_ROOM} THEN 0 ELSE -1 END WHERE id = new.visitor;
    {COME_ONLINE}
        viewed = coalesce(max(viewed, new.viewed), viewed, new.viewed),
        uncounted = uncounted + new.views WHERE id = new.visitor;
END;
CREATE TEMP VIEW IF NOT EXISTS marks AS
    SELECT NULL AS visitor, NULL AS line, NULL AS now, NULL AS tab;
CREATE TEMP TRIGGER IF NOT EXISTS marked INSTEAD OF INSERT ON marks BEGIN
    {BEGIN_ANEW}
    UPDATE totals SET visits = visits - 1 WHERE name = 'online'
        AND (SELECT online FROM visitors WHERE id = new.visitor);
    UPDATE visitors SET seen = max(seen, new.now), online = 0, alone = 0, has_tabs = 1
        WHERE id = new.visitor;
    UPDATE totals SET visits = visits + 1 WHERE name = 'online'
        AND NOT EXISTS (SELECT 1 FROM tabs WHERE id = new.tab)
        AND (SELECT count(*) FROM tabs WHERE line = new.line) < {MOST_TABS};
    INSERT INTO tabs SELECT new.tab, new.line, new.now WHERE
        EXISTS (SELECT 1 FROM tabs WHERE id = new.tab)
        OR (SELECT count(*) FROM tabs WHERE line = new.line) < {MOST_TABS}
        ON CONFLICT (id) DO UPDATE SET seen = max(seen, excluded.seen), line = excluded.line;
END;
"""
PAGE_VIEWS_KEPT = timedelta(days=400)  # so that a month can be held against last year's
PATIENCE = 1.0  # seconds that a view waits for its turn
SPIN = 0.0005  # seconds that it waits awake: a turn takes 0.0001, a sleep takes longer
REST = 5.0  # seconds after it waited in vain, in which none waits
SKEW = 5.0  # seconds that a moment may lie ahead of the clock before the clock was set back
BATCH = 2000  # rows that one beat forgets at most


class SqliteStore:
    """The :class:`tally.Store` of a portal on one machine, shared by all its workers."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self._lock = threading.RLock()
        self._db: sqlite3.Connection | None = None
        self._turn = -1  # a descriptor
        self._file = 0  # the inode that the connection writes to
        self._pid = 0
        self._busy_until = 0.0

    def add_views(self, views: list[View]) -> None:
        if time.monotonic() < self._busy_until:
            raise Busy
        with self._connected() as db:
            try:
                with self._turn_of_ours():
                    if any(view.visitor.yesterday for view in views):
                        with _all_or_nothing(db):
                            self._move_and_write(db, views)
                    else:
                        self._write_views(db, views)
            except Busy:
                self._busy_until = time.monotonic() + REST
                raise

    def write(self, notes: Notes) -> list[Answer]:
        with self._transaction() as db:
            self._move_and_write(db, notes.views)
            for visitor, sign in notes.signs.values():
                self._move(db, visitor)
                db.execute(
                    "INSERT INTO signs VALUES (?, ?, ?, ?, ?)",
                    (visitor.id, visitor.line, sign.seen, sign.viewed, sign.views),
                )
            for tab in notes.tabs.values():
                self._move(db, tab.visitor)
                self._move_tab(db, tab.id, tab.yesterday)
                row = (tab.visitor.id, tab.visitor.line, tab.seen, tab.id)
                db.execute("INSERT INTO marks VALUES (?, ?, ?, ?)", row)
            for visitor, moment, views in notes.ahead.values():
                self._move(db, visitor)
                db.execute(
                    "INSERT INTO visitors (id, line, seen, uncounted) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET uncounted = uncounted + excluded.uncounted,"
                    " seen = CASE WHEN online THEN seen ELSE max(seen, excluded.seen) END",
                    (visitor.id, visitor.line, moment, views),
                )
            unmatched = [answer for answer in notes.answers if not self._match(db, answer)]
            rows = ((page, on.isoformat(), n) for (page, on), n in notes.page_views.items())
            db.executemany(ADD_PAGE_VIEWS.format(rows="VALUES (?, ?, ?)"), rows)
            left_out = ((on.isoformat(), why, n) for (on, why), n in notes.left_out.items())
            db.executemany(ADD_LEFT_OUT.format(rows="VALUES (?, ?, ?)"), left_out)
        self._busy_until = 0.0
        return unmatched

    def figures(self, now: float, day: date) -> Figures:
        with self._connected() as db:
            return self._figures(db, now, day)

    def forget(self, now: float) -> None:
        gone, old = now - ONLINE_WINDOW, now - VISIT_GAP
        oldest = (datetime.fromtimestamp(now, UTC).date() - PAGE_VIEWS_KEPT).isoformat()
        with self._connected() as db:
            due = db.execute(
                "SELECT EXISTS (SELECT 1 FROM visitors WHERE online = 1 AND seen <= ?1)"
                " OR EXISTS (SELECT 1 FROM visitors WHERE online = 0 AND seen <= ?2)"
                " OR EXISTS (SELECT 1 FROM tabs WHERE seen <= ?1)"
                " OR EXISTS (SELECT 1 FROM visitors WHERE online IN (0, 1) AND seen > ?3)"
                " OR EXISTS (SELECT 1 FROM tabs WHERE seen > ?3)"
                " OR EXISTS (SELECT 1 FROM page_views WHERE day < ?4)",
                (gone, old, now + SKEW, oldest),
            ).fetchone()[0]
        if not due:
            return
        with self._transaction() as db:
            # The clock was set back: what lies ahead of it was the last sign before that.
            ahead = {"now": now, "latest": now + SKEW}
            db.execute(
                "UPDATE visitors SET seen = :now, viewed = min(viewed, :now)"
                " WHERE online IN (0, 1) AND seen > :latest",
                ahead,
            )
            db.execute("UPDATE tabs SET seen = :now WHERE seen > :latest", ahead)
            left = db.execute(
                "UPDATE visitors SET online = 0 WHERE id IN"
                " (SELECT id FROM visitors WHERE online = 1 AND seen <= ? LIMIT ?)",
                (gone, BATCH),
            ).rowcount
            left += db.execute(
                "DELETE FROM tabs WHERE id IN (SELECT id FROM tabs WHERE seen <= ? LIMIT ?)",
                (gone, BATCH),
            ).rowcount
            db.execute("UPDATE totals SET visits = visits - ? WHERE name = 'online'", (left,))
            db.execute(
                "DELETE FROM visitors WHERE id IN"
                " (SELECT id FROM visitors WHERE online = 0 AND seen <= ? LIMIT ?)",
                (old, BATCH),
            )
            db.execute("DELETE FROM page_views WHERE day < ?", (oldest,))

    def page_views(self, since: date, until: date) -> dict[int, dict[date, int]]:
        query = "SELECT page, day, views FROM page_views WHERE day BETWEEN ? AND ?"
        found: dict[int, dict[date, int]] = {}
        for page, day, views in self._rows(query, since.isoformat(), until.isoformat()):
            found.setdefault(page, {})[date.fromisoformat(day)] = views
        return found

    def days(self, since: date, until: date) -> dict[date, Day]:
        bounds = since.isoformat(), until.isoformat()
        counted = self._rows(
            "SELECT day, visits, confirmed FROM days WHERE day BETWEEN ? AND ?", *bounds
        )
        found = {day: Day(visits, confirmed, {}) for day, visits, confirmed in counted}
        query = "SELECT day, reason, views FROM left_out WHERE day BETWEEN ? AND ?"
        for day, reason, views in self._rows(query, *bounds):
            found.setdefault(day, Day(0, 0, {})).left_out[reason] = views
        return {date.fromisoformat(day): counts for day, counts in found.items()}

    def salts(self, day: date, keep_yesterday: bool) -> tuple[bytes, bytes | None]:
        name, yesterday = day.isoformat(), (day - timedelta(days=1)).isoformat()
        with self._transaction() as db:
            db.execute(
                "INSERT OR IGNORE INTO salts VALUES (?, ?)",
                (name, secrets.token_bytes(32)),
            )
            oldest = yesterday if keep_yesterday else name
            ended = db.execute("DELETE FROM salts WHERE day < ?", (oldest,)).rowcount
            known = dict(db.execute("SELECT day, salt FROM salts").fetchall())
        if ended:
            # secure_delete overwrote the row in the file; this empties the log that still has it.
            with self._connected() as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return known[name], known.get(yesterday)

    def open_with(self, balance: int) -> None:
        with self._transaction() as db:
            db.execute("UPDATE totals SET visits = ? WHERE name = 'opening'", (balance,))

    def opening_balance(self) -> int:
        return int(self._rows("SELECT visits FROM totals WHERE name = 'opening'")[0][0])

    def is_in_place(self) -> bool:
        with self._lock:
            is_open = self._db is not None and self._pid == os.getpid()
            return not is_open or self._present_file() == self._file

    def _present_file(self) -> int:
        """The inode of the file that is there; 0 where there is none."""
        try:
            return self.path.stat().st_ino
        except FileNotFoundError:
            return 0

    def stay_with_the_file(self) -> None:
        with self._lock:
            if self._db is None or self._pid != os.getpid():
                return
            present = self._present_file()
            if present == self._file:
                return
            if present == 0:
                log.error("%s was deleted while it was in use; it is written again", self.path)
                self._rescue(self._db)
            else:
                log.error("%s was replaced while it was in use; the new one is taken", self.path)
            self._drop(self._db)

    def close(self) -> None:
        with self._lock:
            if self._db and self._pid == os.getpid():
                self._drop(self._db)
            self._db = None

    def _drop(self, db: sqlite3.Connection) -> None:
        db.close()
        os.close(self._turn)
        self._db = None

    def _rescue(self, db: sqlite3.Connection) -> None:
        """Every worker still has the deleted file open: the first to notice writes it out."""
        with self._turn_of_ours():
            if self.path.exists():
                return
            made = self.path.with_suffix(f".{os.getpid()}")
            copy = sqlite3.connect(made)
            try:
                db.backup(copy)
            finally:
                copy.close()
            for old in (f"{self.path}-wal", f"{self.path}-shm"):
                Path(old).unlink(missing_ok=True)
            os.chmod(made, 0o600)
            os.replace(made, self.path)

    def _write_views(self, db: sqlite3.Connection, views: list[View]) -> None:
        """All in one statement, or none."""
        rows: list[object] = []
        for view in views:
            rows += view.visitor.id, view.visitor.line, view.now, view.day.isoformat(), view.page
        places = ", ".join(["(?, ?, ?, ?, ?)"] * len(views))
        db.execute(f"INSERT INTO views VALUES {places}", rows)

    def _move_and_write(self, db: sqlite3.Connection, views: list[View]) -> None:
        """One by one: a visitor's view before midnight must not find them moved already."""
        for view in views:
            self._move(db, view.visitor)
            self._write_views(db, [view])

    @staticmethod
    def _move(db: sqlite3.Connection, visitor: Visitor) -> None:
        """Midnight makes nobody two: a visitor known by yesterday's salt goes on under today's."""
        if visitor.yesterday is None:
            return
        known = db.execute(
            "SELECT online FROM visitors WHERE id = ?", (visitor.yesterday,)
        ).fetchone()
        if known is None:
            return
        moved = db.execute(
            "UPDATE OR IGNORE visitors SET id = ?, line = ? WHERE id = ?",
            (visitor.id, visitor.line, visitor.yesterday),
        ).rowcount
        if not moved:  # another worker was first
            db.execute("DELETE FROM visitors WHERE id = ?", (visitor.yesterday,))
            db.execute("UPDATE totals SET visits = visits - ? WHERE name = 'online'", known)

    @staticmethod
    def _move_tab(db: sqlite3.Connection, id: bytes, yesterday: bytes | None) -> None:
        if yesterday is not None:
            db.execute("UPDATE OR IGNORE tabs SET id = ? WHERE id = ?", (id, yesterday))

    def _match(self, db: sqlite3.Connection, answer: Answer) -> bool:
        """Hold a browser's word against a view of its visitor that none has answered for; whether
        there was one."""
        self._move(db, answer.visitor)
        row = db.execute(
            "SELECT begun, uncounted FROM visitors WHERE id = ?", (answer.visitor.id,)
        ).fetchone()
        begun, uncounted = row or (0, 0)
        if not begun and not uncounted:
            return False
        # Which of them it was makes no difference to the sum: each gets one answer.
        took_begun = begun > 0 if answer.begins else uncounted == 0
        visits = answer.begins - took_begun
        db.execute(
            "UPDATE visitors SET begun = begun - ?1, uncounted = uncounted - (1 - ?1), alone = 0,"
            " viewed = max(coalesce(viewed, 0), ?2) WHERE id = ?3",
            (took_begun, answer.now, answer.visitor.id),
        )
        day = answer.day.isoformat()
        db.execute(
            "INSERT INTO days (day, visits, confirmed) VALUES (?1, max(?2, 0), ?3) ON CONFLICT"
            " (day) DO UPDATE SET visits = max(visits + ?2, 0), confirmed = confirmed + ?3",
            (day, visits, answer.begins),
        )
        db.execute("UPDATE totals SET visits = visits + ? WHERE name = 'counted'", (visits,))
        return True

    @staticmethod
    def _figures(db: sqlite3.Connection, now: float, day: date) -> Figures:
        # One statement, so that the four lines belong to one moment. Who has gone since the last
        # beat is still in the number of those online.
        return Figures(
            *db.execute(
                "SELECT (SELECT visits FROM totals WHERE name = 'online')"
                " - (SELECT count(*) FROM visitors WHERE online = 1 AND seen <= ?1)"
                " - (SELECT count(*) FROM tabs WHERE seen <= ?1),"
                " (SELECT coalesce(sum(visits), 0) FROM days WHERE day = ?2),"
                " (SELECT coalesce(sum(visits), 0) FROM days WHERE day BETWEEN ?3 AND ?2),"
                " (SELECT sum(visits) FROM totals WHERE name IN ('counted', 'opening'))",
                (now - ONLINE_WINDOW, day.isoformat(), day.replace(day=1).isoformat()),
            ).fetchone()
        )

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._connected() as db:
            return list(db.execute(query, values))

    @contextmanager
    def _turn_of_ours(self) -> Iterator[None]:
        """Processes take turns. SQLite's own waiting sleeps for milliseconds between two tries,
        many times what a view takes. A killed process lets go by itself.

        :raises Busy: whoever has the turn keeps it for too long.
        """
        began = time.monotonic()
        while True:
            try:
                fcntl.flock(self._turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waited = time.monotonic() - began
                if waited > PATIENCE:
                    raise Busy from None
                if waited < SPIN:
                    os.sched_yield()
                else:
                    time.sleep(0.0001)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as db, self._turn_of_ours(), _all_or_nothing(db):
            yield db

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """:raises Unavailable: the file cannot be read or written now."""
        if not self._lock.acquire(timeout=2 * PATIENCE):
            raise Busy
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise Unavailable(f"{self.path}: {error}") from error
        except OSError as error:
            raise Unavailable(str(error)) from error
        finally:
            self._lock.release()

    def _connection(self) -> sqlite3.Connection:
        # A connection must not cross a fork, so that each worker process opens its own.
        if self._db is None or self._pid != os.getpid():
            turn = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            db = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._turn = turn
            try:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=NORMAL")
                db.execute("PRAGMA secure_delete=ON")
                # Views write the same few pages again and again, and a checkpoint copies each page
                # once. With one per 4 MB of log (the default, not 32) a view takes a third longer.
                db.execute("PRAGMA wal_autocheckpoint=8000")
                if db.execute("PRAGMA user_version").fetchone()[0] < 2:
                    self._make_tables(db)
                db.executescript(TRIGGERS)
            except BaseException:
                db.close()
                os.close(turn)
                raise
            self._db, self._pid = db, os.getpid()
            self._file = self.path.stat().st_ino
        return self._db

    def _make_tables(self, db: sqlite3.Connection) -> None:
        with self._turn_of_ours(), _all_or_nothing(db):
            # Another worker may have been first.
            if db.execute("PRAGMA user_version").fetchone()[0] < 2:
                for statement in _statements(SCHEMA + SECOND_WITNESS):
                    db.execute(statement)


@contextmanager
def _all_or_nothing(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _statements(script: str) -> Iterable[str]:
    """Its statements one by one: ``executescript`` would end the transaction that they are in."""
    made = ""
    for line in script.splitlines():
        made += f"{line}\n"
        if sqlite3.complete_statement(made):
            yield made
            made = ""
