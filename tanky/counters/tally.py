"""Visitor counting by its written definitions. No Flask here; the clock is passed in.

Visitor
    HMAC-SHA256, keyed by a random salt of the local day, over the client address (IPv6 cut to its
    /64, the part that an access line keeps) and the User-Agent, cut to 16 bytes. The salt is
    destroyed half an hour after its day, so that no one can tell later who a visitor was; until
    then a visitor of the day before is found again and goes on as one of the new day.
Visit (lượt truy cập)
    A person's page view with no other by the same visitor in the 30 minutes before.
Two witnesses
    The server counts each view at once by its own word: who comes from the same line with the same
    browser is one visitor. The page's script then asks for a small answer whose ``Last-Modified``
    is now; a browser that was here before says when, in ``If-Modified-Since``. Where its word
    differs, the visit is added or taken back. Each answer settles one view of its visitor that
    none has answered for, so that a page shown again from a browser's memory changes nothing.
Đang truy cập
    Distinct visitors with a page view, or a poll from a visible page, in the last 5 minutes. A tab
    sends a random mark of its own with its polls; the tabs of a visitor stand for them.
Room
    By the server's word alone, at most MOST_ALONE visitors of one line at a time are counted and
    online: their views and signs of the last 30 minutes that no browser answered for.
Hôm nay, Tháng này
    Visits since local midnight and since the first of the local month.
Tất cả
    All visits, plus the opening balance carried over from the old site.
"""

import hashlib
import hmac
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from ..base.addresses import network_of

VISIT_GAP = 30 * 60  # seconds
ONLINE_WINDOW = 5 * 60  # seconds
# If a view of this visitor was written less than four minutes ago, another view changes no figure
# for at least a minute, so it may wait for the next beat.
VIEW_MAY_WAIT = ONLINE_WINDOW - 60  # seconds
SALT_KEPT = timedelta(minutes=30)  # after its day, so that no visit is cut in two at midnight
# A carrier gives each subscriber behind a shared address a block of ports, 256 of 65,536 as a rule
# (RFC 7422, section 2): no more than 256 lines speak from one address, and no more visitors than
# that are counted of it by the server's word alone within half an hour. Whoever makes up agents
# gains no more; a browser with scripts answers for itself and is never refused.
MOST_ALONE = 256
# Tabs of one line online at once: a school's or an office's whole network.
MOST_TABS = 512
# An answer may reach another worker than its view did, whose beat is still to come.
TRIES = 3
MOST_WAITING = 100_000  # views and answers, where the store takes none for long
# Views written in one transaction. Each number up to this one is a statement that is kept compiled.
MOST_TOGETHER = 16


class Unavailable(Exception):
    """The store can be neither read nor written now."""


class Busy(Unavailable):
    """Somebody else keeps the store for longer than a view waits."""


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


class Visitor(NamedTuple):
    """Who the server takes someone for; each 16 bytes."""

    id: bytes
    line: bytes  # the access line alone, whatever the browser
    yesterday: bytes | None = None  # the id under the salt of the day before, while that is kept


class Sign(NamedTuple):
    """The last signs of a visitor, in seconds since the epoch."""

    viewed: float | None  # a page view; None where only polls were seen
    seen: float  # a page view or a poll
    views: int = 0  # page views among them


class Salts(NamedTuple):
    """What visitors are keyed by."""

    day: date
    today: bytes
    yesterday: bytes | None  # while it is kept
    until: float  # when these hold no longer though it is the same day, seconds since the epoch


class View(NamedTuple):
    """A page view that may begin a visit; ``page``: an article's id, counted by itself as well."""

    visitor: Visitor
    now: float
    day: date
    page: int | None = None


@dataclass(eq=False)
class Pending:
    """A page view that is to be written with others."""

    view: View
    may_wait: bool  # it changes no figure, so the next beat writes it
    outcome: "Figures | Exception | None" = None  # None: not written yet


class Tab(NamedTuple):
    """A tab's mark as it is kept, 16 bytes, and whose tab it is."""

    id: bytes
    yesterday: bytes | None
    visitor: Visitor
    seen: float


class Answer(NamedTuple):
    """A browser's word on whether the view of its page began a visit."""

    visitor: Visitor
    now: float
    day: date
    begins: bool
    tries: int = TRIES


class Day(NamedTuple):
    """One day as the desk sees it."""

    visits: int
    confirmed: int  # visits that a browser answered for
    left_out: dict[str, int]  # page views not counted, by reason (agents.REASONS)


@dataclass
class Notes:
    """What waits for the next beat."""

    views: list[View] = field(default_factory=list)
    signs: dict[bytes, tuple[Visitor, Sign]] = field(default_factory=dict)
    tabs: dict[bytes, Tab] = field(default_factory=dict)
    # Pages fetched before anyone looks at them: visitor, last moment, how many.
    ahead: dict[bytes, tuple[Visitor, float, int]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    page_views: Counter[tuple[int, date]] = field(default_factory=Counter)
    left_out: Counter[tuple[date, str]] = field(default_factory=Counter)

    def sign(self, visitor: Visitor, sign: Sign) -> None:
        known = self.signs.get(visitor.id, (visitor, None))[1]
        self.signs[visitor.id] = visitor, _newer(known, sign)

    def put_before(self, later: "Notes") -> "Notes":
        """These, that could not be written, and what came meanwhile."""
        for visitor, sign in later.signs.values():
            self.sign(visitor, sign)
        self.tabs |= later.tabs
        for id, (visitor, moment, views) in later.ahead.items():
            self.ahead[id] = visitor, moment, views + self.ahead.get(id, (None, 0, 0))[2]
        self.views = (self.views + later.views)[:MOST_WAITING]
        self.answers = (self.answers + later.answers)[:MOST_WAITING]
        self.page_views += later.page_views
        self.left_out += later.left_out
        return self

    def __bool__(self) -> bool:
        return any(vars(self).values())


class Store(Protocol):
    """Where counting is kept. All moments are seconds since the epoch, days are local.

    Every call is atomic among all worker processes; what it returns holds at that moment.

    :raises Unavailable: by each call, where the store can be neither read nor written.
    """

    def add_views(self, views: list[View]) -> None:
        """Write page views, each of which is a visit if the definition says so."""

    def write(self, notes: Notes) -> list[Answer]:
        """Take what waited. Of signs, none begins a visit.

        :returns: the answers that found no view to settle.
        """

    def forget(self, now: float) -> None:
        """Let go of who has gone; changes no figure."""

    def figures(self, now: float, day: date) -> Figures: ...

    def is_in_place(self) -> bool:
        """Whether what is written is where the next start will look for it."""

    def page_views(self, since: date, until: date) -> dict[int, dict[date, int]]:
        """The views of each page on each local day from ``since`` to ``until``."""

    def days(self, since: date, until: date) -> dict[date, Day]: ...

    def salts(self, day: date, keep_yesterday: bool) -> tuple[bytes, bytes | None]:
        """The day's salt, made when first asked for, and that of the day before where it is to be
        kept; all others are destroyed."""

    def open_with(self, balance: int) -> None:
        """Set the opening balance, in visits."""

    def opening_balance(self) -> int: ...

    def stay_with_the_file(self) -> None:
        """See that what is written to is what others read."""


def keyed(salt: bytes, *parts: str) -> bytes:
    """16 bytes that stand for these texts as long as the salt is known."""
    return hmac.digest(salt, "\n".join(parts).encode("utf-8", "replace"), hashlib.sha256)[:16]


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
        self._salts: Salts | None = None
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._pending: list[Pending] = []
        self._notes = Notes()
        # Those whose signs the store knows of from us, as long as they are online.
        self._written: dict[bytes, Sign] = {}
        # What the last beat saw: a poll is compared with it, without asking the store.
        self.latest: Figures | None = None
        self._latest_from = 0.0  # what was noted before this moment is in it

    def view(self, address: str, user_agent: str, page: int | None = None) -> Figures:
        """Count a person's page view; the figures returned include it.

        :raises Unavailable: see :meth:`figures_with`.
        """
        return self.figures_with(self.begin(address, user_agent, page))

    def begin(self, address: str, user_agent: str, page: int | None = None) -> Pending:
        """Take a person's page view, which :meth:`figures_with` counts."""
        now, day = self._moment()
        visitor = self._visitor(now, day, address, user_agent)
        may_wait = self._beating() and self._may_wait(visitor, now)
        pending = Pending(View(visitor, now, day, page), may_wait)
        with self._lock:
            self._pending.append(pending)
            if may_wait:
                self._notes.sign(visitor, Sign(now, now, 1))
                if page is not None:
                    self._notes.page_views[page, day] += 1
        return pending

    def figures_with(self, pending: Pending) -> Figures:
        """Count a view that was begun; the figures include it.

        All views begun by now are written in one transaction, so that other processes wait once
        (group commit: Gray and Reuter, Transaction Processing, 1992).

        :raises Unavailable: there are no figures now. What is not written is left to the next beat.
        """
        with self._writing:
            while pending.outcome is None:
                self._write_pending()
        if isinstance(pending.outcome, Exception):
            raise pending.outcome
        return pending.outcome

    def _write_pending(self) -> None:
        with self._lock:
            together = self._pending[:MOST_TOGETHER]
            del self._pending[:MOST_TOGETHER]
        outcome: Figures | Exception = Unavailable("interrupted")
        try:
            if views := [pending.view for pending in together if not pending.may_wait]:
                self._write_views(views)
            outcome = self.figures()
        except Exception as error:
            outcome = error
        finally:
            for pending in together:
                pending.outcome = outcome

    def _write_views(self, views: list[View]) -> None:
        try:
            self.store.add_views(views)
        except Unavailable:
            with self._lock:
                self._notes.views += views[: MOST_WAITING - len(self._notes.views)]
            raise
        with self._lock:
            for view in views:
                self._written[view.visitor.id] = Sign(view.now, view.now)

    def _may_wait(self, visitor: Visitor, now: float) -> bool:
        """Whether another view of this visitor changes no figure before the next beat."""
        written = self._written.get(visitor.id)
        return bool(written and written.viewed and 0 <= now - written.viewed < VIEW_MAY_WAIT)

    def ahead(self, address: str, user_agent: str) -> None:
        """Note a page fetched before anyone looks at it: a view once its browser answers."""
        now, day = self._moment()
        visitor = self._visitor(now, day, address, user_agent)
        with self._lock:
            views = self._notes.ahead.get(visitor.id, (visitor, now, 0))[2]
            self._notes.ahead[visitor.id] = visitor, now, views + 1

    def leave_out(self, reason: str) -> None:
        """Note a page view that is not counted."""
        _, day = self._moment()
        with self._lock:
            self._notes.left_out[day, reason] += 1

    def answer(
        self, address: str, user_agent: str, last_view: float | None, mark: str = ""
    ) -> float:
        """Take a browser's word on the page that it shows, from the next beat on.

        :param last_view: when the browser says it was last here, in seconds since the epoch.
        :param mark: of the tab, see :meth:`poll_unchanged`.
        :returns: the present moment, which the browser is to remember.
        """
        visitor, now = self.poll_unchanged(address, user_agent, mark)
        day = datetime.fromtimestamp(now, self._zone()).date()
        begins = last_view is None or now - last_view >= VISIT_GAP
        with self._lock:
            if len(self._notes.answers) < MOST_WAITING:
                self._notes.answers.append(Answer(visitor, now, day, begins))
        return now

    def page_views(self, days: int) -> dict[int, dict[date, int]]:
        """The views of each page on each of the last ``days`` local days, today among them."""
        _, today = self._moment()
        return self.store.page_views(today - timedelta(days=days - 1), today)

    def days(self, days: int) -> dict[date, Day]:
        """How the last ``days`` local days were counted, today among them."""
        _, today = self._moment()
        return self.store.days(today - timedelta(days=days - 1), today)

    def poll(
        self, address: str, user_agent: str, latest: Figures | None = None, mark: str = ""
    ) -> Figures:
        """Keep a visitor online; the figures returned include them.

        :param latest: figures not older than a beat, which do for whoever was in them already:
            many pages are open when many figures change.
        """
        visitor, now = self.poll_unchanged(address, user_agent, mark)
        written = self._written.get(visitor.id)
        if latest and written and now - ONLINE_WINDOW < written.seen < self._latest_from:
            return latest
        self.flush()
        return self.figures()

    def poll_unchanged(
        self, address: str, user_agent: str, mark: str = ""
    ) -> tuple[Visitor, float]:
        """Keep a visitor online from the next beat on, at no cost now; who, and since when.

        :param mark: what a tab made up at random for as long as it lives; "" where there is none.
        """
        now, day = self._moment()
        visitor = self._visitor(now, day, address, user_agent)
        with self._lock:
            if mark:
                salts = self._at(now, day)
                id = keyed(salts.today, mark)
                before = salts.yesterday and keyed(salts.yesterday, mark)
                self._notes.tabs[id] = Tab(id, before, visitor, now)
            else:
                self._notes.sign(visitor, Sign(None, now))
        return visitor, now

    def figures(self) -> Figures:
        return self.store.figures(*self._moment())

    def flush(self) -> None:
        """Write what waits. What cannot be written waits on."""
        with self._lock:
            notes, self._notes = self._notes, Notes()
        if not notes:
            return
        try:
            unmatched = self.store.write(notes)
        except Exception:
            with self._lock:
                self._notes = notes.put_before(self._notes)
            raise
        with self._lock:
            for answer in unmatched:
                if answer.tries > 1:
                    self._notes.answers.append(answer._replace(tries=answer.tries - 1))
            for visitor, sign in notes.signs.values():
                self._know(visitor.id, sign)
            for tab in notes.tabs.values():
                self._know(tab.visitor.id, Sign(None, tab.seen))

    def _know(self, id: bytes, sign: Sign) -> None:
        self._written[id] = _newer(self._written.get(id), sign)

    def beat(self) -> None:
        """Once a second in every worker: write what waits, look at the figures, end the day."""
        begun, day = self._moment()
        self.store.stay_with_the_file()
        # Before anything is written: who left and came back is to begin anew, not to be forgotten.
        self.store.forget(begun)
        self.flush()
        self._at(begun, day)
        self.latest, self._latest_from = self.figures(), begun
        ended = begun - ONLINE_WINDOW
        with self._lock:
            # A clock that was set back leaves signs that lie ahead of it.
            self._written = {v: s for v, s in self._written.items() if ended < s.seen <= begun + 1}

    def _moment(self) -> tuple[float, date]:
        now = self._clock()
        return now, datetime.fromtimestamp(now, self._zone()).date()

    def _at(self, now: float, day: date) -> "Salts":
        """The salts that hold now."""
        known = self._salts
        if known is None or known.day != day or now >= known.until:
            ends = datetime.combine(day, time_of_day(), self._zone()) + SALT_KEPT
            keep = now < ends.timestamp()
            salts = self.store.salts(day, keep)
            known = self._salts = Salts(day, *salts, ends.timestamp() if keep else float("inf"))
        return known

    def _visitor(self, now: float, day: date, address: str, user_agent: str) -> Visitor:
        salts, line = self._at(now, day), network_of(address)
        before = salts.yesterday and keyed(salts.yesterday, line, user_agent)
        return Visitor(keyed(salts.today, line, user_agent), keyed(salts.today, line), before)


def _newer(known: Sign | None, sign: Sign) -> Sign:
    """Both signs as one; a poll leaves when they last viewed a page."""
    if known is None:
        return sign
    viewed = known.viewed if sign.viewed is None else sign.viewed
    return Sign(viewed, sign.seen, known.views + sign.views)
