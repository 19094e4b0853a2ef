"""The log: lines that name their request, as text or JSON; repeated errors once a minute.

There is no line for each request: who reads what is nobody's business.
"""

import json
import logging
import re
import secrets
import threading
import time
from datetime import UTC, datetime
from urllib.parse import quote

from flask import Flask, g, has_request_context, request
from flask.logging import default_handler

from .addresses import shortened

QUIET = 60.0  # seconds
MOST_KNOWN = 200  # errors that are told apart
_GIVEN = re.compile(r"[\w-]{8,64}", re.ASCII)


def request_number() -> str:
    """What the present request is called in the log and on the page of an error.

    A trusted proxy may have named it (``X-Request-Id``), so that its own log has the same name.
    """
    if "request_number" not in g:
        given = request.headers.get("X-Request-Id", "")
        is_believed = request.environ.get("werkzeug.proxy_fix.orig") and _GIVEN.fullmatch(given)
        g.request_number = given[:16] if is_believed else secrets.token_hex(4)
    number: str = g.request_number
    return number


class Naming(logging.Filter):
    """Adds to each record which request it is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        named = {"request": "", "place": "", "address": ""}
        if has_request_context():
            named["request"] = request_number()
            # By its rule: a path may hold a secret, or lines of somebody's own.
            rule = request.url_rule.rule if request.url_rule else quote(request.path)
            named["place"] = f"{request.method} {rule}"
            named["address"] = shortened(request.remote_addr or "")
        record.named = named
        return True


def _named(record: logging.LogRecord) -> dict[str, str]:
    named: dict[str, str] = getattr(record, "named", {})
    return named


class AsText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        about = " ".join(filter(None, _named(record).values()))
        line = f"{moment:%Y-%m-%d %H:%M:%S}Z {record.levelname} {record.name}: "
        line += record.getMessage() + (f" [{about}]" if about else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class AsJson(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        told = {
            "at": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_named(record),
            "exception": self.formatException(record.exc_info) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in told.items() if value})


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


def init_app(app: Flask, as_json: bool) -> None:
    if default_handler in app.logger.handlers:  # else somebody has set up a log of their own
        shape(default_handler, as_json)


def shape(handler: logging.Handler, as_json: bool) -> None:
    """Have a handler fold what repeats and write the portal's lines."""
    handler.filters.clear()
    handler.addFilter(Folding())
    handler.addFilter(Naming())
    handler.setFormatter(AsJson() if as_json else AsText())
