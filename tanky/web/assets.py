"""Static files under addresses that change with their content, so that a phone keeps them a year.

``asset_url('tanky.js')`` gives ``/static/tanky.js?v=1f0c…``. A bundle is several files sent as one,
put together in memory. A public page has the style sheets that it needs within it, so that it is
drawn after one round trip, and fetches its one script when all that is seen is there.
"""

import base64
import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

import brotli
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    make_response,
    request,
    url_for,
)
from markupsafe import Markup
from rcssmin import cssmin
from rjsmin import jsmin
from werkzeug.http import parse_accept_header
from werkzeug.utils import safe_join

from .page import current_page

bp = Blueprint("assets", __name__)
FOLDER = Path(__file__).parent.parent / "static"
STYLES = (
    "base", "finding", "chips", "tasks", "articles", "results", "article", "onward", "procedures",
    "cards", "documents", "recordings", "disclosures", "organisation", "events", "sheet", "tables",
    "figures", "forms", "offline", "embedding", "photos", "home", "hamlets", "site_map", "palettes",
    "display", "print",
)  # fmt: skip
PUBLIC = (
    "vendor/htmx.min.js", "js/visit.js", "js/poll.js", "js/copy.js", "js/share.js",
    "js/offline.js", "js/listen.js", "js/tap.js", "js/find.js",
    "js/suggest.js",
)  # fmt: skip
BUNDLES = {
    "tanky.css": tuple(f"css/{part}.css" for part in STYLES),
    "tanky.js": PUBLIC,
    "sign_in.js": (*PUBLIC, "js/passkeys.js"),
    "desk.js": ("js/trusted.js", "vendor/htmx.min.js", "js/copy.js", "js/desk.js", "js/upload.js"),
    "writing.js": ("vendor/tiptap.min.js", "js/writing.js"),
}  # fmt: skip
YEAR = 365 * 24 * 3600
# From short to long, as measured on our own files.
PACKERS = {
    # Its last two levels take seconds for the editor's half megabyte.
    "br": lambda content: brotli.compress(content, quality=11 if len(content) < 100_000 else 9),
    "gzip": lambda content: gzip.compress(content, 9, mtime=0),
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals["asset_url"] = asset_url
    app.jinja_env.globals["inlined"] = inlined


def asset_url(name: str) -> str:
    return url_for("assets.asset", name=name, v=_fingerprint(name))


@bp.get("/static/<path:name>")
def asset(name: str) -> Response:
    if name not in BUNDLES:
        path = safe_join(str(FOLDER), name)
        if path is None or not Path(path).is_file():
            abort(404)
    encoding = _encoding_for(name, request.headers.get("Accept-Encoding", ""))
    response = make_response(_packed(name, encoding) if encoding else _content(name))
    response.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if encoding:
        response.content_encoding = encoding
    response.set_etag(f"{_fingerprint(name)}:{encoding}" if encoding else _fingerprint(name))
    # The address of a moment ago may still be asked for after an upgrade: its answer is not kept.
    return keep(response, unchanging=request.args.get("v") == _fingerprint(name))


def keep(response: Response, unchanging: bool = True) -> Response:
    """Let anyone keep an answer for a year where its address changes with its content."""
    response.cache_control.clear()
    response.cache_control.public = True
    response.cache_control.max_age = YEAR if unchanging else 0
    response.cache_control.immutable = unchanging
    return response


@lru_cache(maxsize=64)
def _content(name: str) -> bytes:
    parts = [(part, _short(FOLDER / part)) for part in BUNDLES.get(name, (name,))]
    if name in ("tanky.js", "sign_in.js"):
        # Each in a task of its own: as one they hold up a slow phone for a tenth of a second.
        parts = [
            (part, script if part.startswith("vendor/") else b"setTimeout(()=>{%b})" % script)
            for part, script in parts
        ]
    return (b";\n" if name.endswith(".js") else b"\n").join(script for _, script in parts)


def _short(path: Path) -> bytes:
    """A file without its comments and indentation; what came from elsewhere is short already."""
    if path.suffix not in (".css", ".js") or path.is_relative_to(FOLDER / "vendor"):
        return path.read_bytes()
    return (cssmin if path.suffix == ".css" else jsmin)(path.read_bytes())


def inlined(*names: str) -> Markup:
    """Style sheets or scripts of ours as one, as they stand within a page."""
    content, source = _joined(names)
    page = current_page()
    (page.scripts if names[0].endswith(".js") else page.styles).append(source)
    return content


@lru_cache(maxsize=64)
def _joined(names: tuple[str, ...]) -> tuple[Markup, str]:
    content = b"\n".join(map(_content, names))
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    return Markup(content.decode()), f"'sha256-{digest}'"  # noqa: S704 – written by us


@lru_cache(maxsize=256)
def _encoding_for(name: str, accepted: str) -> str:
    """The shortest form that a browser takes; "" for what is short already."""
    if not name.endswith((".css", ".js", ".svg")):
        return ""
    accept = parse_accept_header(accepted)
    return next((encoding for encoding in PACKERS if accept[encoding] > 0), "")


@lru_cache(maxsize=64)
def _packed(name: str, encoding: str) -> bytes:
    """Compressed as far as it goes: done once in each worker, when first asked for."""
    return PACKERS[encoding](_content(name))


@lru_cache(maxsize=256)
def _fingerprint(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]
