"""Static files under addresses that change with their content, so that a phone keeps them a year.

``asset_url('css/tanky.css')`` gives ``/static/css/tanky.css?v=1f0c…``. A bundle is several files
sent as one, put together in memory: what a public page loads is one script.
"""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    make_response,
    request,
    url_for,
)
from werkzeug.utils import safe_join

bp = Blueprint("assets", __name__)
FOLDER = Path(__file__).parent / "static"
BUNDLES = {
    "tanky.js": ("vendor/htmx.min.js", "js/poll.js"),
    "editor.js": ("vendor/htmx.min.js", "js/editor.js", "js/upload.js"),
    "writing.js": ("vendor/tiptap.min.js", "js/writing.js"),
}
YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset_url"] = asset_url


def asset_url(name: str) -> str:
    return url_for("assets.asset", name=name, v=_fingerprint(name))


@bp.get("/static/<path:name>")
def asset(name: str) -> Response:
    if name not in BUNDLES:
        path = safe_join(str(FOLDER), name)
        if path is None or not Path(path).is_file():
            abort(404)
    response = make_response(_content(name))
    response.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response.set_etag(_fingerprint(name))
    # The address of a moment ago may still be asked for after an upgrade: its answer is not kept.
    return keep(response, unchanging=request.args.get("v") == _fingerprint(name))


def keep(response: Response, unchanging: bool = True) -> Response:
    """Let anyone keep an answer for a year where its address changes with its content."""
    response.cache_control.clear()
    response.cache_control.public = True
    response.cache_control.max_age = YEAR if unchanging else 0
    response.cache_control.immutable = unchanging
    return response


def _content(name: str) -> bytes:
    parts = BUNDLES.get(name, (name,))
    return b";\n".join((FOLDER / part).read_bytes() for part in parts)


@lru_cache(maxsize=256)
def _fingerprint(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]
