"""The pictures of shared links: drawn once, when first asked for, and then kept on disk."""

import hashlib
import html
import json
import os
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, send_file, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from ..base.instance import current_instance
from ..media.library import path_of
from ..site import identity
from ..web.assets import keep

bp = Blueprint("sharing", __name__)
DRAWING = Path(__file__).with_name("drawing.py")
MOST_KEPT = 2000  # some 20 kB each; the one that was drawn first goes first
MOST_SECONDS = 20


def init_app(app: Flask) -> None:
    app.jinja_env.globals["card_url"] = card_url
    # One at a time in each worker: whoever asks for a thousand at once waits for them in turn.
    app.extensions["share_card_lock"] = threading.Lock()


def card_url(title: str) -> str:
    """Where the picture of a page's title is, 1200 × 630.

    The title is signed, so that nobody has words of theirs drawn under the commune's name.

    :param title: as a template's block gives it, escaped.
    """
    token = _signer().dumps(html.unescape(title).strip())
    return url_for("sharing.card", token=token, v=_look())


@bp.get("/chia-se/<token>.png")
def card(token: str) -> Response:
    try:
        title = _signer().loads(token)
    except BadSignature:
        abort(404)
    look = _look()
    name = hashlib.sha256(f"{look}|{title}".encode()).hexdigest()[:32]
    path = _folder() / f"{name}.png"
    if not path.exists():
        with current_app.extensions["share_card_lock"]:
            if not path.exists():
                _draw(title, path)
    # Another address for another look: whoever has this one need not ask again.
    return keep(send_file(path, etag=name), unchanging=request.args.get("v") == look)


def _draw(title: str, path: Path) -> None:
    site = identity.current()
    particulars = {
        "title": title,
        "name": site.name,
        "above": site.superior,
        "colour": site.theme_color,
        "logo": str(path_of(site.logo, site.logo.widths[0])) if site.logo else "",
    }
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Under a name of its own until it is whole: a reader never meets half a picture.
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(DRAWING), str(fresh)],
            input=json.dumps(particulars).encode(),
            capture_output=True,
            timeout=MOST_SECONDS,
            check=True,
        )
    except subprocess.SubprocessError as error:
        fresh.unlink(missing_ok=True)
        current_app.logger.error("a shared link's picture was not drawn: %s",
                                 getattr(error, "stderr", error))  # fmt: skip
        abort(404)
    fresh.replace(path)
    drawn = sorted(path.parent.glob("*.png"), key=lambda path: path.stat().st_mtime)
    for old in drawn[:-MOST_KEPT]:
        old.unlink(missing_ok=True)


def _folder() -> Path:
    return current_instance().share_cards


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt="tanky.share-card")


def _look() -> str:
    """Changes with all that the pictures show beside the title."""
    site = identity.current()
    logo = site.logo.digest if site.logo else ""
    parts = (_build(), site.name, site.superior, site.theme_color, logo)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]


@lru_cache(maxsize=1)
def _build() -> str:
    """The part of the look that only an upgrade changes."""
    return hashlib.sha256(DRAWING.read_bytes()).hexdigest()
