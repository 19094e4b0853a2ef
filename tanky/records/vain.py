"""What residents searched for in vain: words and counts, and nothing of who typed them.

An editor who sees "giấy cưới" here can add it to what people call a procedure. Kept in memory for a
moment, so that words still being typed are not taken for a search; written by the beat.
"""

import re
import threading
import time
from datetime import date

from flask import Flask, current_app
from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, db
from ..front.heart import Heartbeat
from ..text import formats
from ..text.folding import nfc
from ..web.page import current_page

TYPING = 10.0  # seconds in which a longer text takes the place of one that it begins with
LONGEST = 60  # characters
MOST_AT_ONCE = 200  # in memory
MOST = 2000  # rows
# Numbers of people and phones, addresses of mail: not for the desk's eyes.
_PRIVATE = re.compile(r"\d[\d .-]{6,}\d|@")


class VainSearch(Model):
    __tablename__ = "vain_searches"
    SHOWN = False

    words: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)  # in lower case
    count: Mapped[int] = mapped_column(default=0)
    last_on: Mapped[date]

    @classmethod
    def most_asked(cls, limit: int) -> list["VainSearch"]:
        order = (cls.count.desc(), cls.last_on.desc(), cls.words)
        return list(db.session.scalars(select(cls).order_by(*order).limit(limit)))


class Pending:
    """The searches of the last moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[tuple[str, float]] = []

    def add(self, text: str, is_found: bool) -> None:
        words = nfc(" ".join(text.lower().split()))
        now = time.monotonic()
        with self._lock:
            self._asked = [
                (before, then)
                for before, then in self._asked
                if now - then > TYPING or before == words or not words.startswith(before)
            ]
            fits = 2 <= len(words) <= LONGEST and not _PRIVATE.search(words)
            if not is_found and fits and len(self._asked) < MOST_AT_ONCE:
                self._asked.append((words, now))

    def take(self) -> list[str]:
        """Those that nobody is still typing."""
        before = time.monotonic() - TYPING
        with self._lock:
            done = [words for words, then in self._asked if then < before]
            self._asked = [(words, then) for words, then in self._asked if then >= before]
        return done


def init_app(app: Flask, heartbeat: Heartbeat) -> None:
    app.extensions["vain_searches"] = Pending()
    heartbeat.add(write)


def note(text: str, is_found: bool, is_persons: bool) -> None:
    """Remember a person's search; where it found something, what was typed on the way is
    forgotten."""
    if not is_found:
        # The page is drawn anew each time, so that each search in vain is counted.
        current_page().for_cache = False
    if is_persons:
        pending: Pending = current_app.extensions["vain_searches"]
        pending.add(text, is_found)


def write() -> None:
    """Add the searches of the last moment to their counts."""
    pending: Pending = current_app.extensions["vain_searches"]
    words = pending.take()
    if not words:
        return
    today = formats.now().date()
    if db.engine.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:  # 1.3 MB, which a worker on SQLite does not need
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    for asked in words:
        row = insert(VainSearch).values(words=asked, count=1, last_on=today)
        changed = {"count": VainSearch.count + 1, "last_on": today}
        db.session.execute(row.on_conflict_do_update(index_elements=["words"], set_=changed))
    if (db.session.scalar(select(func.count()).select_from(VainSearch)) or 0) > MOST:
        order = (VainSearch.count.desc(), VainSearch.last_on.desc())
        kept = select(VainSearch.words).order_by(*order).limit(MOST)
        db.session.execute(delete(VainSearch).where(VainSearch.words.not_in(kept)))
    db.session.commit()
