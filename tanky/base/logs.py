"""The log: an error that repeats is said once a minute, with how often it came."""

import logging
import threading
import time

from flask import Flask

QUIET = 60.0  # seconds
MOST_KNOWN = 200  # errors that are told apart


class Folding(logging.Filter):
    """Lets the first of like records through and counts the others until a minute is over."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[
            tuple[object, ...], tuple[float, int]
        ] = {}  # until when, and how many were held back
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        key = record.name, record.levelno, str(record.msg), _fault(record)
        now = time.monotonic()
        with self._lock:
            until, held_back = self._known.get(key, (0.0, 0))
            if now < until:
                self._known[key] = until, held_back + 1
                return False
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = now + QUIET, 0
        if held_back:
            record.msg = f"{record.getMessage()} (and {held_back} more like it)"
            record.args = ()
        return True


def _fault(record: logging.LogRecord) -> tuple[object, ...]:
    """What kind of exception, and where it was raised."""
    kind, _, place = record.exc_info or (None, None, None)
    while place and place.tb_next:
        place = place.tb_next
    return (kind, place.tb_frame.f_code.co_filename, place.tb_lineno) if place else ()


def init_app(app: Flask) -> None:
    for handler in app.logger.handlers:
        if not any(isinstance(known, Folding) for known in handler.filters):
            handler.addFilter(Folding())
