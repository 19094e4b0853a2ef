"""Pages as files: what the server in front shows while the portal does not answer (502, 504).

Each page that a worker draws for everyone is written at the next beat, without the visitors'
figures and with a line that says from when it is. Once residents may no longer see one of the
copied pages, all copies are deleted, since lists and neighbours name it. ``deploy/nginx.conf`` has
what the server in front needs.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import text

from ..base.db import db
from ..text import formats
from .content_number import ASK

log = logging.getLogger(__name__)
MOST = 2_000  # pages, of some 30 kB
MOST_AT_ONCE = 20  # written in one beat
EXPIRED_SECONDS = 60.0  # that what goes by its time may still be there
LONGEST_NAME = 200  # bytes of a folder's name; Linux takes 255
BODY = re.compile(rb"<body[^>]*>")
HEAD = b"<head>"


class StaticCopy:
    """
    :param slot: the bytes of a page that each view replaces.
    :param gone: of paths, those that residents may see no more.
    :param variant: what a person chose, of a request's environment; pages of those who chose
        nothing are copied.
    """

    def __init__(
        self,
        app: Flask,
        slot: bytes,
        gone: Callable[[Iterable[str]], list[str]],
        variant: Callable[[dict], Hashable],
    ):
        self.app = app
        self.slot = slot
        self.gone = gone
        self.usual = variant({})
        self.variant = variant
        told = app.config["TANKY"]["static_copy"]
        self.folder = Path(told) if told else None
        self._waiting: dict[str, bytes] = {}
        # When the copies were last looked through: the content's number, and a clock's seconds.
        self._looked: tuple[int | None, float] = (None, 0.0)
        self._lock = threading.Lock()
        if self.folder:
            app.extensions["heartbeat"].add(self.write_or_say)

    def note(self, environ: dict, headers: list[tuple[str, str]], body: bytes) -> None:
        """Have a page written at the next beat."""
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        public = urlsplit(self.app.config["TANKY"]["public_url"])
        if (
            not self.folder
            or environ["QUERY_STRING"]
            or environ.get("SCRIPT_NAME")
            # Asked for under any other name, a page may name it in its links.
            or environ.get("HTTP_HOST") != public.netloc
            or self.variant(environ) != self.usual
            or not _is_plain(path)
        ):
            return
        policy = dict(headers).get("Content-Security-Policy", "")
        with self._lock:
            self._waiting[path] = dated(body.replace(self.slot, b""), policy, self._local_now())

    def write_or_say(self) -> None:
        """A folder that cannot be written takes nothing else of the site along."""
        try:
            self.write()
        except OSError as error:
            log.error("no static copy in %s: %s", self.folder, error.strerror)

    def write(self) -> None:
        """Write what waits; delete what is gone, once the content has changed and each minute."""
        with self._lock:
            paths = list(self._waiting)[:MOST_AT_ONCE]
            pages = [(path, self._waiting.pop(path)) for path in paths]
        if pages:
            has_room = sum(1 for _ in self.folder.rglob("index.html")) < MOST
            for path, page in pages:
                file = file_of(self.folder, path)
                if has_room or file.exists():
                    _make(file.parent, self.folder)
                    _put(file, page)
        number, now = db.session.execute(text(ASK)).scalar() or 0, time.monotonic()
        known, at = self._looked
        if number != known or now - at > EXPIRED_SECONDS:
            copied = self._copied()
            if self.gone(copied):
                # Lists and neighbours name what is gone: all copies go, and come again when drawn.
                for path in copied:
                    file_of(self.folder, path).unlink(missing_ok=True)
            self._looked = number, now

    def _copied(self) -> list[str]:
        """The paths of the pages that are there."""
        files = self.folder.rglob("index.html")
        return [f"/{file.parent.relative_to(self.folder)}" for file in files]

    def _local_now(self) -> datetime:
        zone = self.app.extensions.get("site_zone")
        return formats.now().astimezone(zone) if zone else formats.now()


def dated(page: bytes, policy: str, moment: datetime) -> bytes:
    """A page that says of itself from when it is, under the policy that it was sent with."""
    told = f"Bản lúc {moment:%H:%M %d/%m/%Y}. Cổng đang tạm ngừng: tin và số liệu có thể đã cũ."
    line = f'<p class="tk-banner tk-banner--saved" role="status">{told}</p>'.encode()
    # Who may frame a page is for a header alone to say.
    rules = "; ".join(rule for rule in policy.split("; ") if not rule.startswith("frame-ancestors"))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{rules}">'.encode()
    page = page.replace(HEAD, HEAD + meta, 1)
    return BODY.sub(lambda body: body.group() + line, page, count=1)


def file_of(folder: Path, path: str) -> Path:
    return folder / path.strip("/") / "index.html"


def _is_plain(path: str) -> bool:
    """Whether each part of a path may name a folder."""
    return all(
        0 < len(part.encode()) < LONGEST_NAME and part[0] != "." and "\0" not in part
        for part in path.strip("/").split("/")
        if path != "/"
    )


def _put(file: Path, page: bytes) -> None:
    made = file.with_name(f".{os.getpid()}")
    made.write_bytes(page)
    made.chmod(0o644)
    made.replace(file)


def _make(folder: Path, within: Path) -> None:
    """A folder that the server in front may read, whatever else is the site's owner's alone."""
    for one in (*reversed(folder.relative_to(within).parents), folder.relative_to(within)):
        if not (within / one).exists():
            (within / one).mkdir(exist_ok=True)
            (within / one).chmod(0o755)
