"""The definitions of PRODUCT.md §2, against the embedded store."""

import subprocess
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanky.counters.stores import SqliteStore
from tanky.counters.tally import (
    ONLINE_WINDOW,
    VIEW_MAY_WAIT,
    VISIT_GAP,
    Figures,
    Tally,
    is_prefetch,
    is_tool,
    network_of,
    visitor_id,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 23, 12, tzinfo=HANOI).timestamp()
MIDNIGHT = datetime(2026, 11, 24, tzinfo=HANOI).timestamp()
AGENT = "Mozilla/5.0 (Android 12) Firefox/130.0"


class Clock:
    def __init__(self, now=NOON):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tally(tmp_path, clock):
    store = SqliteStore(tmp_path / "counters.sqlite3")
    yield Tally(store, lambda: HANOI, clock)
    store.close()


class TestVisits:
    def test_the_first_view_is_a_visit_and_is_in_its_own_figures(self, tally):
        assert tally.view("10.0.0.1", AGENT) == Figures(online=1, today=1, month=1, total=1)

    def test_a_second_view_soon_after_is_the_same_visit(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        clock.now += VISIT_GAP - 1
        assert tally.view("10.0.0.1", AGENT).today == 1

    def test_the_thirty_minutes_run_from_the_last_view_not_the_first(self, tally, clock):
        for _ in range(5):
            tally.view("10.0.0.1", AGENT)
            clock.now += VISIT_GAP - 60
        assert tally.figures().today == 1

    def test_a_view_half_an_hour_later_is_another_visit(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        clock.now += VISIT_GAP
        assert tally.view("10.0.0.1", AGENT).today == 2

    def test_another_address_or_browser_is_another_visitor(self, tally):
        tally.view("10.0.0.1", AGENT)
        tally.view("10.0.0.2", AGENT)
        tally.view("10.0.0.1", AGENT + "x")
        assert tally.figures() == Figures(3, 3, 3, 3)

    def test_polls_start_no_visit_and_do_not_prolong_one(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        for _ in range(31):
            clock.now += 60
            tally.poll("10.0.0.1", AGENT)
        assert tally.figures().today == 1
        assert tally.view("10.0.0.1", AGENT).today == 2

    def test_a_poll_alone_is_no_visit(self, tally):
        assert tally.poll("10.0.0.1", AGENT) == Figures(1, 0, 0, 0)


class TestWaiting:
    """Where the heart beats, a view in the midst of a visit is written by its next beat."""

    @pytest.fixture
    def beaten(self, tally, clock):
        return Tally(tally.store, lambda: HANOI, clock, beating=lambda: True)

    @pytest.fixture
    def write_no_more(self, tally, monkeypatch):
        """Have every view that would be written at once fail."""
        return lambda: monkeypatch.setattr(tally.store, "view", lambda *_: 1 / 0)

    def test_it_changes_no_figure_and_shows_the_present_ones(
        self, tally, beaten, clock, write_no_more
    ):
        beaten.view("10.0.0.1", AGENT)
        tally.view("10.0.0.2", AGENT)
        clock.now += VIEW_MAY_WAIT - 1
        write_no_more()
        assert beaten.view("10.0.0.1", AGENT) == tally.figures() == Figures(2, 2, 2, 2)

    def test_it_is_written_before_it_matters(self, tally, beaten, clock):
        beaten.view("10.0.0.1", AGENT)
        clock.now += VIEW_MAY_WAIT - 1
        beaten.view("10.0.0.1", AGENT)
        beaten.beat()
        clock.now += ONLINE_WINDOW - 1
        assert tally.figures().online == 1
        clock.now += VISIT_GAP - ONLINE_WINDOW
        assert tally.view("10.0.0.1", AGENT).today == 1

    def test_views_of_an_article_are_added_up(self, tally, beaten, clock):
        for _ in range(3):
            beaten.view("10.0.0.1", AGENT, page=7)
        beaten.beat()
        beaten.view("10.0.0.1", AGENT, page=7)
        beaten.beat()
        assert tally.page_views(1) == {7: {day_of(clock): 4}}

    def test_what_cannot_be_written_waits_on(self, tally, beaten, clock, monkeypatch):
        for _ in range(2):
            beaten.view("10.0.0.1", AGENT, page=7)
        monkeypatch.setattr(tally.store, "sighted", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            beaten.beat()
        monkeypatch.undo()
        beaten.poll_unchanged("10.0.0.1", AGENT)
        beaten.beat()
        assert tally.page_views(1) == {7: {day_of(clock): 2}}

    def test_a_first_view_never_waits(self, beaten, write_no_more):
        beaten.poll_unchanged("10.0.0.1", AGENT)
        beaten.beat()
        write_no_more()
        with pytest.raises(ZeroDivisionError):
            beaten.view("10.0.0.1", AGENT)

    @pytest.mark.parametrize("later", [VIEW_MAY_WAIT, ONLINE_WINDOW, VISIT_GAP])
    def test_nor_does_one_after_a_while(self, beaten, clock, write_no_more, later):
        beaten.view("10.0.0.1", AGENT)
        clock.now += later
        beaten.beat()
        write_no_more()
        with pytest.raises(ZeroDivisionError):
            beaten.view("10.0.0.1", AGENT)

    def test_nor_without_a_heartbeat(self, tally, write_no_more):
        tally.view("10.0.0.1", AGENT)
        write_no_more()
        with pytest.raises(ZeroDivisionError):
            tally.view("10.0.0.1", AGENT)


class TestOnline:
    def test_a_visitor_leaves_five_minutes_after_their_last_sign(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        clock.now += ONLINE_WINDOW - 0.001
        assert tally.figures().online == 1
        clock.now += 0.001
        assert tally.figures().online == 0

    def test_a_poll_keeps_a_visitor_online(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        clock.now += 200
        tally.poll("10.0.0.1", AGENT)
        clock.now += 200
        assert tally.figures().online == 1

    def test_an_unchanged_poll_counts_from_the_next_beat_on(self, tally, clock):
        tally.poll_unchanged("10.0.0.1", AGENT)
        tally.beat()
        assert tally.latest == Figures(1, 0, 0, 0)

    def test_who_came_after_a_beat_is_not_shown_the_figures_before(self, tally, clock):
        tally.beat()
        clock.now += 0.5
        for _ in range(2):
            assert tally.poll("10.0.0.1", AGENT, tally.latest).online == 1
        clock.now += 0.5
        tally.beat()
        clock.now += 30
        tally.store.sighted = None  # the beat's figures will do
        assert tally.poll("10.0.0.1", AGENT, tally.latest) is tally.latest

    def test_a_person_never_reads_nought(self):
        assert Figures(0, 5, 5, 5).seen_by_a_person() == Figures(1, 5, 5, 5)
        assert Figures(7, 5, 5, 5).seen_by_a_person().online == 7


class TestDays:
    def test_at_local_midnight_today_begins_anew_and_the_month_goes_on(self, tally, clock):
        clock.now = MIDNIGHT - 1
        tally.view("10.0.0.1", AGENT)
        clock.now = MIDNIGHT
        assert tally.figures()[1:] == (0, 1, 1)

    def test_a_new_month_begins_at_local_midnight(self, tally, clock):
        clock.now = datetime(2026, 11, 30, 23, 59, 59, tzinfo=HANOI).timestamp()
        tally.view("10.0.0.1", AGENT)
        clock.now += 1
        assert tally.figures()[1:] == (0, 0, 1)

    def test_the_salt_of_a_day_is_destroyed_after_it(self, tally, clock, tmp_path):
        before = visitor_of(tally, "10.0.0.1")
        salt = tally.store.salt(day_of(clock))
        clock.now = MIDNIGHT
        tally.beat()
        assert visitor_of(tally, "10.0.0.1") != before
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert salt not in files

    def test_the_opening_balance_is_added_to_all(self, tally):
        tally.store.open_with(109_953)
        assert tally.view("10.0.0.1", AGENT) == Figures(1, 1, 1, 109_954)


class TestPrivacy:
    def test_no_address_or_browser_is_stored(self, tally, tmp_path):
        tally.view("203.0.113.77", AGENT)
        tally.poll("2001:db8:1:2::9", AGENT)
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        for secret in (b"203.0.113.77", bytes([203, 0, 113, 77]), b"2001:db8", b"Firefox"):
            assert secret not in stored

    def test_an_ipv6_line_is_one_visitor(self):
        assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::2")
        assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
        assert network_of("::ffff:10.0.0.1") == "10.0.0.1"

    def test_a_visitor_is_sixteen_bytes_that_depend_on_the_salt(self):
        one = visitor_id(b"a" * 32, "10.0.0.1", AGENT)
        assert len(one) == 16
        assert one != visitor_id(b"b" * 32, "10.0.0.1", AGENT)


class TestStore:
    def test_it_does_not_grow_with_the_number_of_visits(self, tally, clock):
        for n in range(300):
            clock.now = NOON + n * 60
            tally.view(f"10.0.{n}.1", AGENT)
        with tally.store._transaction() as db:
            assert db.execute("SELECT count(*) FROM visitors").fetchone()[0] <= 32
            assert db.execute("SELECT count(*) FROM days").fetchone()[0] == 1
        assert tally.figures().total == 300

    def test_a_sighting_that_cannot_be_written_waits(self, tally, monkeypatch):
        tally.poll_unchanged("10.0.0.1", AGENT)
        monkeypatch.setattr(tally.store, "sighted", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tally.flush()
        monkeypatch.undo()
        tally.flush()
        assert tally.figures().online == 1

    def test_processes_at_once_lose_and_double_nothing(self, tmp_path):
        """Real processes: each views as 60 visitors of its own and 60 that all share."""
        script = """
import sys
from zoneinfo import ZoneInfo
from tanky.counters.stores import SqliteStore
from tanky.counters.tally import Tally
_, path, number, now = sys.argv
zone = ZoneInfo("Asia/Ho_Chi_Minh")
tally = Tally(SqliteStore(path), lambda: zone, lambda: float(now))
for n in range(60):
    tally.view(f"10.{number}.0.{n}", "own")
    tally.view(f"10.99.0.{n}", "shared")
"""
        path = tmp_path / "counters.sqlite3"
        workers = [
            subprocess.Popen([sys.executable, "-c", script, str(path), str(n), str(NOON)])
            for n in range(4)
        ]
        assert [worker.wait(60) for worker in workers] == [0] * 4
        store = SqliteStore(path)
        assert store.figures(NOON, day_of(Clock())) == Figures(300, 300, 300, 300)
        store.close()


class Naive:
    """The definitions word by word, keeping everything."""

    def __init__(self):
        self.views: list[tuple[float, object, object]] = []
        self.polls: list[tuple[float, object]] = []
        self.visits: list[object] = []

    def view(self, who, now):
        day = datetime.fromtimestamp(now, HANOI).date()
        if not any(w == who and d == day and now - t < VISIT_GAP for t, w, d in self.views):
            self.visits.append(day)
        self.views.append((now, who, day))

    def poll(self, who, now):
        self.polls.append((now, who, datetime.fromtimestamp(now, HANOI).date()))

    def figures(self, now):
        today = datetime.fromtimestamp(now, HANOI).date()
        seen = {(w, d) for t, w, d in [*self.views, *self.polls] if 0 <= now - t < ONLINE_WINDOW}
        month = [d for d in self.visits if (d.year, d.month) == (today.year, today.month)]
        return Figures(len(seen), self.visits.count(today), len(month), len(self.visits))


steps = st.lists(
    st.tuples(
        st.sampled_from(["view", "poll", "unchanged", "beat"]),
        st.integers(0, 3),
        st.integers(0, 1),
        st.sampled_from([0, 1, 60, VIEW_MAY_WAIT, ONLINE_WINDOW - 1, ONLINE_WINDOW,
                         VISIT_GAP - 1, VISIT_GAP, 6 * 3600, 9 * 86400]),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(steps, st.booleans())
def test_the_tally_agrees_with_the_definitions_read_word_by_word(tmp_path_factory, steps, beating):
    """Two workers of one portal, whose hearts beat each second or not at all."""
    clock = Clock()
    store = SqliteStore(tmp_path_factory.mktemp("law") / "counters.sqlite3")
    workers = [Tally(store, lambda: HANOI, clock, beating=lambda: beating) for _ in range(2)]
    naive = Naive()
    for action, who, worker, later in steps:
        if beating and later:
            clock.now += 1
            for tally in workers:
                tally.beat()
        clock.now += later
        tally, address = workers[worker], f"10.0.0.{who}"
        if action == "view":
            figures = tally.view(address, AGENT)
            naive.view(who, clock.now)
            assert figures == naive.figures(clock.now)
        elif action == "beat":
            tally.beat()
        else:
            if action == "poll":
                tally.poll(address, AGENT)
            else:
                tally.poll_unchanged(address, AGENT)
                tally.flush()
            naive.poll(who, clock.now)
        assert [t.figures() for t in workers] == [naive.figures(clock.now)] * 2
    store.close()


@pytest.mark.parametrize(
    "agent",
    ["", "  ", "curl/8.5.0", "python-requests/2.32", "Wget/1.21", "Go-http-client/2.0",
     "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
     "Mozilla/5.0 (compatible; coccocbot-web/1.0; +http://help.coccoc.com/searchengine)",
     "facebookexternalhit/1.1", "Mozilla/5.0 (X11) HeadlessChrome/131.0 Safari/537.36"],
)  # fmt: skip
def test_crawlers_and_tools_are_known(agent):
    assert is_tool(agent)


@pytest.mark.parametrize(
    "agent",
    [AGENT,
     "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
     "Mozilla/5.0 (Linux; Android 10) Chrome/120.0 Mobile Safari/537.36 Zalo/23.08",
     "Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/120.0 Chrome/114.0 Safari/537.36",
     "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1) Presto/2.8"],
)  # fmt: skip
def test_people_are_not_taken_for_tools(agent):
    assert not is_tool(agent)


@pytest.mark.parametrize(
    ("headers", "prefetch"),
    [({"HTTP_SEC_PURPOSE": "prefetch;prerender"}, True), ({"HTTP_PURPOSE": "prefetch"}, True),
     ({"HTTP_X_MOZ": "prefetch"}, True), ({"HTTP_PURPOSE": "x"}, False), ({}, False)],
)  # fmt: skip
def test_prefetches_say_so(headers, prefetch):
    assert is_prefetch(headers) is prefetch


def visitor_of(tally, address):
    return tally._visitor(tally._moment()[1], address, AGENT)


def day_of(clock):
    return datetime.fromtimestamp(clock.now, HANOI).date()
