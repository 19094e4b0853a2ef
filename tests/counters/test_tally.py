"""The definitions of PRODUCT.md §2, against the embedded store."""

import fcntl
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanky.base.addresses import network_of
from tanky.base.sqlite import sqlite3
from tanky.counters.agents import is_prefetch, is_tool, left_out
from tanky.counters.stores import SqliteStore
from tanky.counters.tally import (
    MOST_ALONE,
    MOST_TABS,
    MOST_TOGETHER,
    ONLINE_WINDOW,
    VIEW_MAY_WAIT,
    VISIT_GAP,
    Busy,
    Figures,
    Tally,
    Unavailable,
    keyed,
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
        return lambda: monkeypatch.setattr(tally.store, "add_views", lambda *_: 1 / 0)

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
        monkeypatch.setattr(tally.store, "write", lambda *_: 1 / 0)
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
        tally.store.write = None  # the beat's figures will do
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
        assert tally.figures() == (1, 0, 0, 1)

    def test_midnight_makes_nobody_two(self, tally, clock):
        clock.now = MIDNIGHT - 60
        tally.view("10.0.0.1", AGENT)
        tally.poll_unchanged("10.0.0.2", AGENT, "tab-" + "2" * 16)
        tally.flush()
        clock.now = MIDNIGHT + 60
        assert tally.view("10.0.0.1", AGENT) == Figures(2, 0, 1, 1)
        tally.poll_unchanged("10.0.0.2", AGENT, "tab-" + "2" * 16)
        tally.beat()
        assert tally.figures() == Figures(2, 0, 1, 1)
        clock.now += VISIT_GAP
        assert tally.view("10.0.0.1", AGENT).today == 1

    def test_the_salt_of_a_day_is_destroyed_after_it(self, tally, clock, tmp_path):
        before = visitor_of(tally, "10.0.0.1")
        salt, _ = tally.store.salts(day_of(clock), True)
        clock.now = MIDNIGHT + 1800
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
        one = keyed(b"a" * 32, "10.0.0.1", AGENT)
        assert len(one) == 16
        assert one != keyed(b"b" * 32, "10.0.0.1", AGENT)


class TestStore:
    def test_it_does_not_grow_with_the_number_of_visits(self, tally, clock):
        for n in range(300):
            clock.now = NOON + n * 60
            tally.view(f"10.0.{n}.1", AGENT)
            tally.beat()
        with tally.store._transaction() as db:
            assert db.execute("SELECT count(*) FROM visitors").fetchone()[0] <= 32
            assert db.execute("SELECT count(*) FROM days").fetchone()[0] == 1
        assert tally.figures().total == 300

    def test_a_sighting_that_cannot_be_written_waits(self, tally, monkeypatch):
        tally.poll_unchanged("10.0.0.1", AGENT)
        monkeypatch.setattr(tally.store, "write", lambda *_: 1 / 0)
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
        self.views: list[tuple[float, object]] = []
        self.polls: list[tuple[float, object]] = []
        self.visits: list[object] = []

    def view(self, who, now):
        if not any(w == who and now - t < VISIT_GAP for t, w in self.views):
            self.visits.append(datetime.fromtimestamp(now, HANOI).date())
        self.views.append((now, who))

    def poll(self, who, now):
        self.polls.append((now, who))

    def figures(self, now):
        today = datetime.fromtimestamp(now, HANOI).date()
        seen = {w for t, w in [*self.views, *self.polls] if 0 <= now - t < ONLINE_WINDOW}
        month = [d for d in self.visits if (d.year, d.month) == (today.year, today.month)]
        return Figures(len(seen), self.visits.count(today), len(month), len(self.visits))


steps = st.lists(
    st.tuples(
        st.sampled_from(["view", "together", "poll", "unchanged", "beat"]),
        st.integers(0, 3),
        st.integers(0, 1),
        st.sampled_from([0, 1, 60, VIEW_MAY_WAIT, ONLINE_WINDOW - 1, ONLINE_WINDOW,
                         VISIT_GAP - 1, VISIT_GAP, 6 * 3600, 9 * 86400]),
    ),
    max_size=40,
)  # fmt: skip


def two_workers(folder, start, beating):
    """Two workers of one portal, whose hearts beat each second or not at all."""
    clock, store = Clock(start), SqliteStore(folder / "counters.sqlite3")
    workers = [Tally(store, lambda: HANOI, clock, beating=lambda: beating) for _ in range(2)]
    return clock, store, workers


@settings(max_examples=80, deadline=None)
@given(steps, st.booleans(), st.sampled_from([NOON, MIDNIGHT - 600]))
def test_the_tally_agrees_with_the_definitions_read_word_by_word(
    tmp_path_factory, steps, beating, start
):
    clock, store, workers = two_workers(tmp_path_factory.mktemp("law"), start, beating)
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
        elif action == "together":
            crowd = [who, who + 1, who]
            pending = [tally.begin(f"10.0.0.{one}", AGENT) for one in crowd]
            for one in crowd:
                naive.view(one, clock.now)
            assert {tally.figures_with(one) for one in pending} == {naive.figures(clock.now)}
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


class Browser:
    """A phone with scripts whose truth is known: it alone knows when it was last here."""

    def __init__(self, number: int):
        self.number = number
        self.mark = f"mark-of-browser-{number:02}"
        self.last_view: float | None = None

    def open(self, tally: Tally, address: str, is_ahead: bool = False) -> None:
        (tally.ahead if is_ahead else tally.view)(address, AGENT)

    def answer(self, tally: Tally, address: str) -> bool:
        """Whether this was a visit, in truth."""
        before = self.last_view
        now = tally.answer(address, AGENT, before, self.mark)
        self.last_view = float(int(now))  # HTTP's dates are whole seconds
        return before is None or now - before >= VISIT_GAP


crowd = st.lists(
    st.tuples(
        st.integers(0, 5),  # which phone
        st.integers(0, 2),  # from which address: all of them have the same browser
        st.integers(0, 1),  # which worker has its page, and
        st.integers(0, 1),  # which its answer
        st.booleans(),  # whether its page was fetched ahead
        st.sampled_from([0, 1, 60, 299, 300, VISIT_GAP - 1, VISIT_GAP, 4 * 3600]),
    ),
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(crowd, st.booleans(), st.sampled_from([NOON, MIDNIGHT - 600]))
def test_a_crowd_behind_shared_and_changing_addresses_is_counted_as_it_is(
    tmp_path_factory, steps, beating, start
):
    clock, store, workers = two_workers(tmp_path_factory.mktemp("crowd"), start, beating)
    phones = [Browser(n) for n in range(6)]
    visits, seen = 0, {}
    for number, address, with_page, with_answer, is_ahead, later in steps:
        clock.now += later
        phone, address = phones[number], f"10.0.0.{address}"
        phone.open(workers[with_page], address, is_ahead)
        visits += phone.answer(workers[with_answer], address)
        seen[number] = clock.now
        for _ in range(2):
            for tally in workers:
                tally.beat()
        online = sum(clock.now - moment < ONLINE_WINDOW for moment in seen.values())
        figures = store.figures(clock.now, day_of(clock))
        assert figures.total == visits
        assert figures.online == online
    store.close()


class TestTwoWitnesses:
    def test_sixty_phones_behind_one_address_are_sixty(self, tally):
        phones = [Browser(n) for n in range(60)]
        for phone in phones:
            phone.open(tally, "10.0.0.1")
        assert tally.figures().total == 1
        for phone in phones:
            phone.answer(tally, "10.0.0.1")
        tally.beat()
        assert tally.figures() == Figures(60, 60, 60, 60)

    def test_twenty_phones_that_change_their_address_are_twenty(self, tally, clock):
        phones = [Browser(n) for n in range(20)]
        for page in range(2):
            for n, phone in enumerate(phones):
                phone.open(tally, f"10.0.{page}.{n}")
                phone.answer(tally, f"10.0.{page}.{n}")
            clock.now += 60
            tally.beat()
        assert tally.figures() == Figures(20, 20, 20, 20)

    def test_a_page_shown_again_without_asking_changes_nothing(self, tally):
        phone = Browser(1)
        phone.open(tally, "10.0.0.1")
        for _ in range(5):
            phone.answer(tally, "10.0.0.1")
            tally.beat()
        assert tally.figures() == Figures(1, 1, 1, 1)

    def test_answers_without_a_page_add_nothing(self, tally):
        for n in range(50):
            Browser(n).answer(tally, "10.0.0.1")
            tally.beat()
        assert tally.figures()[1:] == (0, 0, 0)

    def test_a_page_fetched_ahead_counts_once_it_is_seen(self, tally):
        phone = Browser(1)
        phone.open(tally, "10.0.0.1", is_ahead=True)
        tally.beat()
        assert tally.figures() == Figures(0, 0, 0, 0)
        phone.answer(tally, "10.0.0.1")
        tally.beat()
        assert tally.figures() == Figures(1, 1, 1, 1)

    def test_a_tab_without_a_mark_stays_with_the_server_s_word(self, tally):
        tally.view("10.0.0.1", AGENT)
        tally.answer("10.0.0.1", AGENT, None)
        tally.beat()
        assert tally.figures() == Figures(1, 1, 1, 1)

    def test_made_up_browsers_of_one_line_are_bounded(self, tally, clock):
        for n in range(3000):
            tally.view("2001:db8::1", f"{AGENT} {n}")
            tally.poll_unchanged("2001:db8::1", f"{AGENT} x{n}")
        tally.beat()
        assert tally.figures() == Figures(MOST_ALONE, MOST_ALONE, MOST_ALONE, MOST_ALONE)
        assert tally.days(1)[day_of(clock)].left_out == {"crowded": 3000 - MOST_ALONE}
        tally.view("2001:db8:0:1::1", AGENT)
        assert tally.figures().total == MOST_ALONE + 1

    def test_a_browser_that_answers_is_counted_beyond_the_bound(self, tally):
        for n in range(MOST_ALONE):
            tally.view("10.0.0.1", f"{AGENT} {n}")
        phone = Browser(1)
        phone.open(tally, "10.0.0.1")
        assert tally.figures().total == MOST_ALONE
        phone.answer(tally, "10.0.0.1")
        tally.beat()
        assert tally.figures().total == MOST_ALONE + 1

    def test_made_up_marks_of_one_line_are_bounded(self, tally):
        for n in range(2 * MOST_TABS):
            tally.poll_unchanged("10.0.0.1", AGENT, f"made-up-mark-{n:06}")
        tally.beat()
        assert tally.figures().online == MOST_TABS

    def test_the_desk_sees_what_was_confirmed_and_left_out(self, tally, clock):
        phone = Browser(1)
        phone.open(tally, "10.0.0.1")
        phone.answer(tally, "10.0.0.1")
        tally.view("10.0.0.2", AGENT)
        tally.leave_out("tool")
        tally.beat()
        assert tally.days(1) == {day_of(clock): (2, 1, {"tool": 1})}


class TestAClockThatIsSetBack:
    def test_nobody_stays_online_from_the_future(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        tally.poll_unchanged("10.0.0.2", AGENT, "mark-of-a-browser")
        tally.beat()
        clock.now -= 7200
        tally.beat()
        assert tally.figures().online == 2
        clock.now += ONLINE_WINDOW
        tally.beat()
        assert tally.figures().online == 0

    def test_who_reads_on_goes_on_with_the_same_visit(self, tally, clock):
        tally.view("10.0.0.1", AGENT)
        clock.now -= 3600
        assert tally.view("10.0.0.1", AGENT).total == 1
        tally.beat()
        clock.now += VISIT_GAP
        assert tally.view("10.0.0.1", AGENT).total == 2


class TestTheFile:
    def test_one_deleted_while_it_is_used_is_written_again(self, tally, clock, tmp_path, caplog):
        other = Tally(SqliteStore(tally.store.path), lambda: HANOI, clock)
        for n, one in enumerate((tally, other)):
            one.view(f"10.0.0.{n}", AGENT)
        for path in tmp_path.glob("counters.sqlite3*"):
            path.unlink()
        tally.view("10.0.0.7", AGENT)
        tally.beat()
        other.beat()
        for n, one in enumerate((tally, other)):
            one.view(f"10.0.1.{n}", AGENT)
        assert tally.figures() == other.figures() == Figures(5, 5, 5, 5)
        assert "was deleted while it was in use" in caplog.text
        other.store.close()

    def test_a_lock_that_somebody_keeps_holds_nobody_up(self, tally, clock, tmp_path):
        tally.view("10.0.0.1", AGENT)
        with (tmp_path / "counters.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for n in (2, 3):
                with pytest.raises(Busy):
                    tally.view(f"10.0.0.{n}", AGENT)
        tally.beat()
        assert tally.figures() == Figures(3, 3, 3, 3)

    def test_views_that_cannot_be_written_together_are_counted_once_each(
        self, tally, clock, tmp_path
    ):
        tally.view("10.0.0.1", AGENT)
        with (tmp_path / "counters.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            pending = [tally.begin(f"10.0.0.{n}", AGENT) for n in (2, 3, 4)]
            for one in pending:
                with pytest.raises(Busy):
                    tally.figures_with(one)
        for _ in range(2):
            tally.beat()
        assert tally.figures() == Figures(4, 4, 4, 4)

    def test_more_views_at_once_than_one_transaction_takes(self, tally):
        pending = [tally.begin(f"10.0.{n}.1", AGENT) for n in range(MOST_TOGETHER + 1)]
        assert tally.figures_with(pending[0]).total == MOST_TOGETHER
        assert tally.figures_with(pending[-1]).total == MOST_TOGETHER + 1

    def test_views_begun_on_both_sides_of_midnight_are_one_visitor_s(self, tally, clock):
        clock.now = MIDNIGHT - 0.01
        pending = [tally.begin("10.0.0.1", AGENT)]
        clock.now = MIDNIGHT + 0.01
        pending.append(tally.begin("10.0.0.1", AGENT))
        assert tally.figures_with(pending[0])[0] == 1
        assert tally.figures_with(pending[1]) == Figures(1, 0, 1, 1)

    def test_who_interrupts_the_writing_leaves_nobody_waiting(self, tally, monkeypatch):
        pending = [tally.begin(f"10.0.0.{n}", AGENT) for n in range(2)]
        with monkeypatch.context() as stopped:
            stopped.setattr(tally.store, "add_views", lambda views: sys.exit())
            with pytest.raises(SystemExit):
                tally.figures_with(pending[0])
        with pytest.raises(Unavailable):
            tally.figures_with(pending[1])

    def test_a_store_of_the_release_before_goes_on(self, tmp_path, clock):
        path = tmp_path / "counters.sqlite3"
        with closing(sqlite3.connect(path)) as old, old:
            old.executescript("""
                CREATE TABLE visitors (id BLOB PRIMARY KEY, viewed REAL, seen REAL NOT NULL)
                    WITHOUT ROWID;
                CREATE INDEX visitors_seen ON visitors (seen);
                CREATE TABLE days (day TEXT PRIMARY KEY, visits INTEGER NOT NULL) WITHOUT ROWID;
                CREATE TABLE salts (day TEXT PRIMARY KEY, salt BLOB NOT NULL);
                CREATE TABLE totals (name TEXT PRIMARY KEY, visits INTEGER NOT NULL);
                INSERT INTO totals VALUES ('counted', 7), ('opening', 100);
                INSERT INTO days VALUES ('2026-11-23', 7);""")
            salt = b"s" * 32
            old.execute("INSERT INTO salts VALUES ('2026-11-23', ?)", (salt,))
            id = keyed(salt, "10.0.0.1", AGENT)
            for visitor, moment in ((id, 60), (b"here" * 4, 120), (b"gone" * 4, 600)):
                row = (visitor, NOON - moment, NOON - moment)
                old.execute("INSERT INTO visitors VALUES (?, ?, ?)", row)
        store = SqliteStore(path)
        tally = Tally(store, lambda: HANOI, clock)
        assert tally.figures() == Figures(2, 7, 7, 107)
        assert tally.view("10.0.0.1", AGENT) == Figures(2, 7, 7, 107)
        assert tally.view("10.0.0.2", AGENT) == Figures(3, 8, 8, 108)
        for _ in range(2):
            tally.beat()
            assert tally.figures() == Figures(3, 8, 8, 108)
        clock.now += 300
        tally.beat()
        assert tally.figures() == Figures(0, 8, 8, 108)
        store.close()

    def test_what_a_view_reads_does_not_grow_with_the_crowd(self, tally, clock):
        """Counted in steps of SQLite's machine, which no other program on this one disturbs."""

        def steps() -> int:
            taken = []
            db = tally.store._connection()
            db.set_progress_handler(lambda: taken.append(1), 1)
            tally.view("10.9.9.9", f"{AGENT} {clock.now}")
            db.set_progress_handler(None, 0)
            return len(taken)

        few = steps()
        with tally.store._transaction() as db:
            db.executemany(
                "INSERT INTO visitors (id, line, viewed, seen, online) VALUES (?, ?, ?, ?, 1)",
                ((b"%016d" % n, b"%016d" % n, clock.now, clock.now) for n in range(20_000)),
            )
            db.execute("UPDATE totals SET visits = visits + 20000 WHERE name = 'online'")
        clock.now += 1
        assert steps() < few * 1.5
        assert tally.figures().online == 20_002


@pytest.mark.parametrize(
    "agent",
    ["", "  ", "-", "Java/1.8.0_201", "ZaloBot", "Zalo/1.0 (link preview)", "WhatsApp/2.23 A",
     "Mozilla/5.0 (compatible; ZaloBot/1.0)", "TelegramBot (like TwitterBot)", "Viber/13",
     "okhttp/4.9", "curl/8.5.0", "python-requests/2.32", "Wget/1.21", "Go-http-client/2.0",
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
     "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20) Chrome/120.0 Mobile Safari/537.36",
     "Nokia3310/1.0 UCBrowser/9 Profile/MIDP-2.1 Configuration/CLDC-1.1",
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


CHROME = "Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile Safari/537.36"
OLD = "Mozilla/5.0 (Linux; Android 5; K) Chrome/62.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "scheme", "mode", "reason"),
    [(CHROME, "https", "navigate", ""), (CHROME, "https", None, "no-navigation"),
     (CHROME, "https", "cors", "no-navigation"), (CHROME, "http", None, ""),
     (IPHONE, "https", None, "no-navigation"), (OLD, "https", None, ""),
     (AGENT, "https", "navigate", "")],
)  # fmt: skip
def test_who_names_a_browser_behaves_like_it(agent, scheme, mode, reason):
    environ = {"HTTP_USER_AGENT": agent, "wsgi.url_scheme": scheme}
    if mode:
        environ["HTTP_SEC_FETCH_MODE"] = mode
    assert left_out(environ, is_page=True) == reason
    assert left_out(environ, is_page=False) == ""


def visitor_of(tally, address):
    return tally._visitor(*tally._moment(), address, AGENT).id


def day_of(clock):
    return datetime.fromtimestamp(clock.now, HANOI).date()
