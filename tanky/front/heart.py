"""Work that a worker process does once a second beside its requests.

A fragment that phones poll must be answered without touching the database; what is current is
therefore looked up here and kept in memory. Nothing counted depends on this thread: where it does
not beat, each request falls back to the database, says so in the log and starts it again.
"""

import os
import threading
import time
from collections.abc import Callable

from flask import Flask, current_app

PERIOD = 1.0
# A beat older than this is not trusted: the thread hangs or has died.
STALE = 3.0


class Heartbeat:
    def __init__(self, app: Flask):
        self.app = app
        self.jobs: list[Callable[[], None]] = []
        self._looks: dict[str, Callable[[], str]] = {}
        self._kept: dict[str, str] = {}
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._held_by = 0
        self._lock = threading.Lock()
        self._last = float("-inf")
        app.extensions["heartbeat"] = self
        # Tests beat by hand, so that nothing happens between two lines of a test.
        if not app.testing:
            app.before_request(self.ensure)

    def add(self, job: Callable[[], None]) -> None:
        """Have ``job`` called at each beat, in an application context."""
        self.jobs.append(job)

    def keep(self, name: str, look: Callable[[], str]) -> None:
        """Have what ``look`` gives at hand under ``name``."""
        self._looks[name] = look
        self.add(lambda: self._kept.update({name: look()}))

    def at_hand(self, name: str) -> str:
        """What was last seen under ``name``; looked up now where that may be out of date."""
        return self._kept[name] if self.fresh else self._looks[name]()

    @property
    def fresh(self) -> bool:
        """Whether what the jobs keep in memory is at most a few seconds old."""
        return time.monotonic() - self._last < STALE

    @property
    def is_well(self) -> bool:
        """Whether it beats, where it should: tests beat by hand."""
        return self.app.testing or self.fresh

    def ensure(self) -> None:
        """Start the thread in this process, or again where it no longer beats."""
        if self._pid == os.getpid() and self._thread and self._thread.is_alive() and self.fresh:
            return
        self._hold_instance()
        with self._lock:
            alive = self._pid == os.getpid() and self._thread and self._thread.is_alive()
            if alive:
                # Hanging on a lock or a slow disk. A second thread would hang as well; requests
                # do without it until it beats again.
                return
            if self._pid == os.getpid():
                self.app.logger.error("the heartbeat thread had died; starting it again")
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
            self._thread.start()

    def _hold_instance(self) -> None:
        """Whatever server this process belongs to, it serves: nobody restores meanwhile."""
        if self._held_by != os.getpid():
            self.app.extensions["instance"].hold_for_serving()
            self._held_by = os.getpid()

    def beat(self) -> None:
        """Call every job once. A job that fails is logged, and what it kept counts as stale."""
        whole = True
        with self.app.app_context():
            for job in self.jobs:
                try:
                    job()
                except Exception:
                    whole = False
                    self.app.logger.exception("a heartbeat job failed")
        if whole:
            self._last = time.monotonic()

    def _run(self) -> None:
        while True:
            self.beat()
            time.sleep(PERIOD)


def current_heartbeat() -> Heartbeat:
    return current_app.extensions["heartbeat"]
