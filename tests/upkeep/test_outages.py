"""When the portal did not run, as the beats know."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tanky.base.db import db
from tanky.base.instance import current_instance
from tanky.text import formats
from tanky.upkeep.outages import Outage, Watching

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def never_ran(app):
    current_instance().alive.unlink(missing_ok=True)


def outages() -> list[tuple[datetime, datetime]]:
    rows = db.session.scalars(db.select(Outage).order_by(Outage.began_at))
    return [(row.began_at, row.ended_at) for row in rows]


class Passing:
    """Seconds that pass with a clock, but for those that it is set by."""

    def __init__(self, clock):
        self.clock = clock
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.shift(seconds)


def test_a_portal_that_runs_has_none(clock):
    passing = Passing(clock)
    watching = Watching(passing)
    for _ in range(10):
        watching()
        passing.wait(60)
    assert outages() == []
    assert current_instance().alive.stat().st_mtime == (NOON + timedelta(minutes=9)).timestamp()


def test_a_restart_is_none(clock):
    Watching()()
    clock.shift(100)
    Watching()()
    assert outages() == []


def test_a_break_is_from_the_last_beat_to_the_next_start(clock):
    Watching()()
    clock.shift(timedelta(hours=3))
    started = formats.now()
    workers = [Watching() for _ in range(3)]
    clock.shift(40)  # the first request came later
    for worker in workers:
        worker()
    assert outages() == [(NOON, started)]


def test_a_machine_that_slept_is_a_break(clock):
    passing = Passing(clock)
    watching = Watching(passing)
    watching()
    passing.wait(3600)
    watching()
    assert outages() == [(NOON, NOON + timedelta(hours=1))]


@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_is_set_is_none(clock, days):
    passing = Passing(clock)
    watching = Watching(passing)
    for shift in (days, -days):
        watching()
        clock.shift(timedelta(days=shift))
        passing.wait(30)
        watching()
        Watching(passing)()
    assert outages() == []


def test_a_worker_that_hung_is_none_while_another_ran(clock):
    passing = Passing(clock)
    hung, running = Watching(passing), Watching(passing)
    hung()
    for _ in range(20):
        running()
        passing.wait(30)
    hung()
    assert outages() == []


def test_a_machine_that_slept_is_one_break_for_all_workers(clock):
    passing = Passing(clock)
    workers = [Watching(passing) for _ in range(3)]
    for worker in workers:
        worker()
        passing.wait(7)
    passing.wait(3600)
    for worker in workers:
        worker()
        passing.wait(7)
    assert len(outages()) == 1
