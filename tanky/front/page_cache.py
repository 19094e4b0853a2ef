"""Whole pages, cached in each worker's memory in front of Flask.

A cached page has a slot for the visitors' figures. It is served while the content number is the
one that it was drawn at (``content_number.py``) and no scheduled moment has passed since. Each
view asks for the number, so that every worker sees a change at once. Each view is counted, and
fills the slot.

The parts before and after the slot are compressed once. A gzip stream consists of blocks that can
be concatenated (RFC 1951, section 3.2.3), so that a view compresses the figures alone.
"""

import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache

import brotli
from flask import Flask
from werkzeug.http import parse_accept_header

from ..base.db import db
from ..web.conditional import matching_etag
from ..web.page import IN_ENVIRON, Drawn, Page
from .content_number import ContentNumber

MOST_PAGES = 256
MOST_WITH_ARGUMENTS = 64  # of searches and the like, so that they push out none but each other
LONGEST_ADDRESS = 300  # characters
# Seconds that a thread, or the server's poller, waits for another that draws the same page. On a
# slow machine half a second was less than a worker's first page takes.
PATIENCE = 2
QUERY = 4  # where a page's key has its arguments
GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"

# Told of each page that was drawn for everyone: its request, its headers, its body with the slot.
Told = Callable[[dict, list[tuple[str, str]], bytes], None]
# Counts a view that was begun. Gives the figures' fragment and tag, or None if the application must
# draw the page.
CountAndFill = Callable[[], tuple[bytes, str] | None]
# Begins a view of a page; None if the application must draw it. The second argument is Drawn.about.
Fill = Callable[[dict, object], CountAndFill | None]


@dataclass(frozen=True)
class Kept:
    """A cached page, in two parts: before and after the slot."""

    number: int
    since: float  # seconds since the epoch
    until: float
    tag: str
    headers: list[tuple[str, str]]
    before: bytes
    length_before: int  # bytes
    checksum_before: int  # CRC-32
    after: bytes
    packed_after: bytes
    about: object


class PageCache:
    """WSGI middleware.

    :param slot: the bytes of a page that each view replaces.
    :param fill: see :data:`Fill`.
    :param next_change: when the content next changes by itself after a moment; both in seconds
        since the epoch.
    :param variant: extra cache key computed from the request.
    :param tell: see :data:`Told`.
    """

    def __init__(
        self,
        app: Flask,
        slot: bytes,
        fill: Fill,
        next_change: Callable[[float], float | None],
        variant: Callable[[dict], Hashable],
        tell: Told,
    ):
        self.app = app
        self.slot = slot
        self.fill = fill
        self.next_change = next_change
        self.variant = variant
        self.tell = tell
        self._inner = app.wsgi_app
        self._cookie = app.config["SESSION_COOKIE_NAME"] + "="
        self._pages: OrderedDict[tuple, Kept] = OrderedDict()
        self._with_arguments: OrderedDict[tuple, Kept] = OrderedDict()
        # Request targets of cached pages: the server answers them without a thread.
        self.targets: set[bytes] = app.extensions.setdefault("quick_targets", set())
        self._until: tuple[int, float] = (-1, 0.0)  # of which number, and until when it holds
        self._lock = threading.Lock()
        self._turns: dict[tuple, threading.Lock] = {}  # of pages that are being drawn

    def __call__(self, environ, start_response):
        key = self._key(environ)
        if key is None:
            return self._inner(environ, start_response)
        try:
            number = self._number()
        except Exception:
            # The database does not answer. Cached pages are served; for others the application
            # draws the error.
            number = None
        answer = self._cached(key, number, environ, start_response)
        if answer is not None:
            return answer
        if number is None:
            return self._inner(environ, start_response)
        with self._turn(key) as waited:
            answer = self._cached(key, number, environ, start_response) if waited else None
            if answer is None:
                answer = self._draw(key, number, environ, start_response)
            return answer

    def _cached(self, key: tuple, number: int | None, environ, start_response):
        """The answer from the cache; None where the page is to be drawn."""
        pages, _ = self._pages_like(key)
        kept = pages.get(key)
        if kept and number in (kept.number, None) and kept.since <= time.time() < kept.until:
            with suppress(KeyError):  # pushed out by another thread meanwhile
                pages.move_to_end(key)
            count_and_fill = self.fill(environ, kept.about)
            if count_and_fill:
                return self._count_and_serve(kept, count_and_fill, environ, start_response)
        return None

    @contextmanager
    def _turn(self, key: tuple) -> Iterator[bool]:
        """Have one thread at a time draw a page; whether it was another's turn before.

        After a change all residents ask for the same pages at once. Eight threads that draw the
        home page at the same time left a worker 6 MB larger.
        """
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        is_first = turn.acquire(blocking=False)
        has_it = is_first or turn.acquire(timeout=PATIENCE)
        try:
            yield not is_first
        finally:
            with self._lock:
                self._turns.pop(key, None)
            if has_it:
                turn.release()

    @cached_property
    def _number(self) -> ContentNumber:
        with self.app.app_context():
            return ContentNumber(db.engine)

    def _key(self, environ) -> tuple | None:
        """The cache key of a request; None if its answer is not cached."""
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or "HTTP_HX_REQUEST" in environ
            or self._cookie in environ.get("HTTP_COOKIE", "")
            or len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) > LONGEST_ADDRESS
        ):
            return None
        return (
            environ["wsgi.url_scheme"],
            environ.get("HTTP_HOST"),
            environ.get("SCRIPT_NAME"),
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            self.variant(environ),
        )

    def _count_and_serve(
        self, kept: Kept, count_and_fill: CountAndFill, environ, start_response
    ) -> Iterator[bytes]:
        """Count the view and answer, once the server asks for the first part. A server that begins
        several requests before it asks for any answer has their views written together."""
        filled = count_and_fill()
        if filled:
            yield from self._serve(kept, *filled, environ, start_response)
            return
        drawn = self._inner(environ, start_response)
        try:
            yield from drawn
        finally:
            getattr(drawn, "close", lambda: None)()

    def _serve(self, kept: Kept, fragment: bytes, figures: str, environ, start_response):
        tag = f"{kept.tag}.{figures}"
        if etag := matching_etag(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
            return _unchanged(etag, kept.headers, start_response)
        encoding = _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        headers = [*kept.headers, ("ETag", f'"{tag}:{encoding}"' if encoding else f'"{tag}"')]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        if encoding == "gzip":
            checksum = zlib.crc32(kept.after, zlib.crc32(fragment, kept.checksum_before))
            length = kept.length_before + len(fragment) + len(kept.after)
            body = b"".join((
                GZIP_HEAD, kept.before, _pack_short(fragment), kept.packed_after,
                checksum.to_bytes(4, "little"), length.to_bytes(4, "little"),
            ))  # fmt: skip
        else:
            before = zlib.decompressobj(-zlib.MAX_WBITS).decompress(kept.before)
            body = before + fragment + kept.after
            if encoding == "br":
                body = brotli.compress(body, quality=4)
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _draw(self, key: tuple, number: int, environ, start_response):
        """Have the application answer, and cache the page if it is the same for everyone."""
        began = time.time()
        answered: list = []
        page = environ[IN_ENVIRON] = Page(for_cache=True)

        def start(status, headers, exc_info=None):
            answered[:] = status, headers, exc_info

        body = self._inner(environ, start)
        drawn = page.drawn
        status, headers, exc_info = answered
        if drawn is None:
            start_response(status, headers, exc_info)
            return body
        getattr(body, "close", lambda: None)()
        kept = self._pack(number, began, drawn, headers)
        named = dict(headers)
        if "Set-Cookie" not in named and "no-store" not in named.get("Cache-Control", ""):
            self.tell(environ, headers, drawn.body)
            pages, most = self._pages_like(key)
            with self._lock:
                if len(self.targets) > 8 * MOST_PAGES:
                    self.targets.clear()
                if not environ.get("SCRIPT_NAME"):  # a prefix is for gunicorn to take off
                    self.targets.add(environ.get("RAW_URI", "").encode("latin-1", "replace"))
                pages[key] = kept
                pages.move_to_end(key)
                while len(pages) > most:
                    pages.popitem(last=False)
        return self._serve(kept, drawn.fragment, drawn.figures, environ, start_response)

    def _pages_like(self, key: tuple) -> tuple[OrderedDict[tuple, Kept], int]:
        """The cache for this key, and its limit."""
        if key[QUERY]:
            return self._with_arguments, MOST_WITH_ARGUMENTS
        return self._pages, MOST_PAGES

    def _pack(self, number: int, began: float, drawn: Drawn, headers) -> Kept:
        before, _, after = drawn.body.partition(self.slot)
        of_this_answer = ("ETag", "Content-Length", "Content-Encoding")
        return Kept(
            number,
            began,
            self._holds_until(number, began),
            drawn.tag,
            [item for item in headers if item[0] not in of_this_answer],
            _pack(before, zlib.Z_FULL_FLUSH),
            len(before),
            zlib.crc32(before),
            after,
            _pack(after, zlib.Z_FINISH),
            drawn.about,
        )

    def _holds_until(self, number: int, began: float) -> float:
        """When a page drawn at ``began`` may next change by itself."""
        known, until = self._until
        if known != number or until <= began:
            with self.app.app_context():
                moment = self.next_change(began)
            until = float("inf") if moment is None else moment
            self._until = (number, until)
        return until


def _unchanged(etag: str, headers: list[tuple[str, str]], start_response):
    told = [item for item in headers if item[0] in ("Cache-Control", "Vary")]
    start_response("304 NOT MODIFIED", [*told, ("ETag", etag)])
    return []


@lru_cache(maxsize=256)
def _encoding(accept_encoding: str) -> str:
    """gzip if the client accepts it, else brotli if it accepts that, else none."""
    accepted = parse_accept_header(accept_encoding)
    return next((encoding for encoding in ("gzip", "br") if accepted[encoding] > 0), "")


def _pack(text: bytes, end: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush(end)


@lru_cache(maxsize=64)
def _pack_short(text: bytes) -> bytes:
    """Compress the figures' kilobyte. Small tables take a quarter of the time for the same size."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -11, 4)
    return packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)
