"""Visitor counting by its written definitions. No Flask here; the clock is passed in.

Visitor
    HMAC-SHA256, keyed by a random salt of the local day, over the client address (IPv6 cut to its
    /64, the part that an access line keeps) and the User-Agent, cut to 16 bytes. The salt is
    destroyed after its day, so that no one can tell later who a visitor was.
Visit (lượt truy cập)
    A person's page view with no other by the same visitor in the 30 minutes before.
Đang truy cập
    Distinct visitors with a page view, or a poll from a visible page, in the last 5 minutes.
Hôm nay, Tháng này
    Visits since local midnight and since the first of the local month.
Tất cả
    All visits, plus the opening balance carried over from the old site.
"""

import hashlib
import hmac
import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import crawleruseragents

VISIT_GAP = 30 * 60  # seconds
ONLINE_WINDOW = 5 * 60  # seconds
# A visitor of whom a view was written less than this ago is online, and in the midst of a visit,
# for a minute to come at least: another view of theirs changes no figure before a beat writes it.
VIEW_MAY_WAIT = ONLINE_WINDOW - 60  # seconds


class Figures(NamedTuple):
    """The four lines; ``online`` in visitors, the others in visits."""

    online: int
    today: int
    month: int
    total: int

    def seen_by_a_person(self) -> "Figures":
        """Whoever looks at the number is in it, even where they are not counted (an editor)."""
        return self._replace(online=max(self.online, 1))

    @property
    def tag(self) -> str:
        """A short validator: equal exactly when the four lines are."""
        return ".".join(f"{figure:x}" for figure in self)


class Sign(NamedTuple):
    """The last signs of a visitor, in seconds since the epoch."""

    viewed: float | None  # a page view; None where only polls were seen
    seen: float  # a page view or a poll


class Store(Protocol):
    """Where counting is kept. All moments are seconds since the epoch, days are local.

    Every call is atomic among all worker processes; what it returns holds at that moment.
    """

    def view(self, visitor: bytes, now: float, day: date, page: int | None = None) -> Figures:
        """Note a page view; it is a visit if the definition says so. ``page``: also counted by
        itself, visit or not."""

    def sighted(
        self, signs: Mapping[bytes, Sign], page_views: Mapping[tuple[int, date], int]
    ) -> None:
        """Keep visitors online and their visits going. Starts no visit.

        :param page_views: by page and day, how many are to be added.
        """

    def figures(self, now: float, day: date) -> Figures: ...

    def page_views(self, since: date, until: date) -> dict[int, dict[date, int]]:
        """The views of each page on each local day from ``since`` to ``until``."""

    def salt(self, day: date) -> bytes:
        """The day's salt, made when first asked for; those of earlier days are destroyed."""

    def open_with(self, balance: int) -> None:
        """Set the opening balance, in visits."""

    def opening_balance(self) -> int: ...


PURPOSES = {"HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"}


def visitor_id(salt: bytes, address: str, user_agent: str) -> bytes:
    """16 bytes that stand for one visitor on one day."""
    return hmac.digest(salt, f"{network_of(address)}\n{user_agent}".encode(), hashlib.sha256)[:16]


def network_of(address: str) -> str:
    """The part of an address that stands for one access line; the text itself if it is none."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return address


@lru_cache(maxsize=2048)
def is_tool(user_agent: str) -> bool:
    """Whether a User-Agent is a crawler's or a tool's, by the kept list of crawler-user-agents.

    A browser always sends one: none at all is a tool's as well.
    """
    return not user_agent.strip() or crawleruseragents.is_crawler(user_agent)


def is_prefetch(environ: Mapping[str, str]) -> bool:
    """Whether a request (its WSGI environment) says that nobody looks at its answer yet."""
    if PURPOSES.isdisjoint(environ):
        return False
    purpose = " ".join(str(environ.get(name, "")) for name in PURPOSES).lower()
    return "prefetch" in purpose or "prerender" in purpose or "preview" in purpose


class Tally:
    """Counting for one portal: turns requests into visitors and keeps the figures at hand.

    :param beating: whether :meth:`beat` is being called each second, so that what changes no figure
        may wait for it. A kill -9 takes with it what has waited: a second at most.
    """

    def __init__(
        self,
        store: Store,
        zone: Callable[[], ZoneInfo],
        clock: Callable[[], float] = time.time,
        beating: Callable[[], bool] = lambda: False,
    ):
        self.store = store
        self._zone = zone
        self._clock = clock
        self._beating = beating
        self._salt: tuple[date, bytes] | None = None
        self._lock = threading.Lock()
        self._signs: dict[bytes, Sign] = {}
        self._page_views: Counter[tuple[int, date]] = Counter()
        # Those whose signs the store knows of from us, as long as they are online.
        self._written: dict[bytes, Sign] = {}
        # What the last beat saw: a poll is compared with it, without asking the store.
        self.latest: Figures | None = None
        self._latest_from = 0.0  # what was noted before this moment is in it

    def view(self, address: str, user_agent: str, page: int | None = None) -> Figures:
        """Count a person's page view; the figures returned include it."""
        now, day = self._moment()
        visitor = self._visitor(day, address, user_agent)
        if self._beating() and self._note_view(visitor, now, day, page):
            return self.store.figures(now, day)
        figures = self.store.view(visitor, now, day, page)
        with self._lock:
            self._written[visitor] = Sign(now, now)
        return figures

    def _note_view(self, visitor: bytes, now: float, day: date, page: int | None) -> bool:
        """Have a view written by the next beat; whether it may wait for that."""
        written = self._written.get(visitor)
        if not (written and written.viewed and now - written.viewed < VIEW_MAY_WAIT):
            return False
        with self._lock:
            self._signs[visitor] = Sign(now, now)
            if page is not None:
                self._page_views[page, day] += 1
        return True

    def page_views(self, days: int) -> dict[int, dict[date, int]]:
        """The views of each page on each of the last ``days`` local days, today among them."""
        _, today = self._moment()
        return self.store.page_views(today - timedelta(days=days - 1), today)

    def poll(self, address: str, user_agent: str, latest: Figures | None = None) -> Figures:
        """Keep a visitor online; the figures returned include them.

        :param latest: figures not older than a beat, which do for whoever was in them already:
            many pages are open when many figures change.
        """
        visitor, now = self.poll_unchanged(address, user_agent)
        written = self._written.get(visitor)
        if latest and written and now - ONLINE_WINDOW < written.seen < self._latest_from:
            return latest
        self.flush()
        return self.figures()

    def poll_unchanged(self, address: str, user_agent: str) -> tuple[bytes, float]:
        """Keep a visitor online from the next beat on, at no cost now; who, and since when."""
        now, day = self._moment()
        visitor = self._visitor(day, address, user_agent)
        with self._lock:
            _note(self._signs, visitor, Sign(None, now))
        return visitor, now

    def figures(self) -> Figures:
        return self.store.figures(*self._moment())

    def flush(self) -> None:
        """Write what waits. What cannot be written waits on."""
        with self._lock:
            signs, self._signs = self._signs, {}
            page_views, self._page_views = self._page_views, Counter()
        if not signs:
            return
        try:
            self.store.sighted(signs, page_views)
        except Exception:
            with self._lock:
                for visitor, sign in self._signs.items():
                    _note(signs, visitor, sign)
                self._signs = signs
                self._page_views += page_views
            raise
        with self._lock:
            for visitor, sign in signs.items():
                _note(self._written, visitor, sign)

    def beat(self) -> None:
        """Once a second in every worker: write what waits, look at the figures, end the day."""
        begun, day = self._moment()
        self.flush()
        if self._salt and self._salt[0] != day:
            self._day_salt(day)
        self.latest, self._latest_from = self.figures(), begun
        ended = begun - ONLINE_WINDOW
        with self._lock:
            self._written = {v: sign for v, sign in self._written.items() if sign.seen > ended}

    def _moment(self) -> tuple[float, date]:
        now = self._clock()
        return now, datetime.fromtimestamp(now, self._zone()).date()

    def _day_salt(self, day: date) -> bytes:
        if self._salt is None or self._salt[0] != day:
            self._salt = (day, self.store.salt(day))
        return self._salt[1]

    def _visitor(self, day: date, address: str, user_agent: str) -> bytes:
        return visitor_id(self._day_salt(day), address, user_agent)


def _note(known: dict[bytes, Sign], visitor: bytes, sign: Sign) -> None:
    """Keep a visitor's newer sign; a poll leaves when they last viewed a page."""
    if sign.viewed is None and visitor in known:
        sign = Sign(known[visitor].viewed, sign.seen)
    known[visitor] = sign
