import hashlib
from functools import lru_cache
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    json,
    jsonify,
    render_template,
    request,
    url_for,
)
from rjsmin import jsmin

from ..front.arguments import reads
from ..records import public
from ..site import identity
from ..web.assets import asset_url, keep

bp = Blueprint("offline", __name__)
TEMPLATES = Path(__file__).parent.parent / "templates/offline"
MOST_ASKED = 100  # saved pages
LONGEST_ASKED = 3500  # characters; the server takes an address of 4,094
ICON_SIZES = (192, 512)  # pixels: what browsers ask of an app that can be installed


def init_app(app: Flask) -> None:
    app.jinja_env.globals["worker_url"] = worker_url


def worker_url() -> str:
    """Where pages find their worker; empty where the operator has switched it off."""
    if not current_app.config["TANKY"]["offline"]:
        return ""
    # Another address for each state of what it keeps: whoever has this one asks no more.
    return url_for("offline.worker", v=_version())


@bp.get("/sw.js")
def worker():
    """The service worker; where it is switched off, one that removes itself and all it kept.

    It stands at the root, since a worker has no power over pages above its own address.
    """
    serving = current_app.config["TANKY"]["offline"]
    name = "worker.js" if serving else "removal.js"
    kept = [url_for("offline.page"), asset_url("tanky.js"), url_for("home.favicon"),
            asset_url("css/print.css")]  # fmt: skip
    script = jsmin(
        render_template(f"offline/{name}", kept=kept, version=_version(), longest=LONGEST_ASKED)
    )
    response = Response(script, mimetype="text/javascript")
    # It lives under its own answer's policy: it fetches, and loads no other script.
    response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    # A browser asks again after a day all the same, and then meets the removal.
    return keep(response, unchanging=serving and request.args.get("v") == _version())


@bp.get("/ngoai-tuyen")
@reads()
def page():
    """What is shown for a page that was not saved: which ones were."""
    return render_template("offline/page.html")


@bp.get("/partials/gone")
def gone():
    """Of the pages and files that a phone has saved, those that are no more; by their paths."""
    paths = request.args.get("trang", "").split(",")[:MOST_ASKED]
    response = jsonify(public.gone(paths))
    response.cache_control.no_store = True
    return response


@bp.get("/manifest.webmanifest")
def manifest():
    """The site as an app (W3C Web Application Manifest)."""
    site = identity.current()
    icons = [
        {"src": asset_url(f"icons/{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in ICON_SIZES
    ]
    body = {
        "id": "/",
        "name": site.name,
        "short_name": site.called[:30],
        "description": site.description or site.name,
        "lang": "vi",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#fbf6ee",
        "theme_color": identity.current().theme_color,
        "icons": [icon | {"purpose": "any maskable"} for icon in icons],
        "shortcuts": [
            {"name": "Thủ tục hành chính", "url": url_for("procedures.index")},
            {"name": "Các trang đã lưu", "url": url_for("offline.page")},
        ],
    }
    response = Response(json.dumps(body), mimetype="application/manifest+json")
    response.cache_control.public = True
    response.cache_control.max_age = 24 * 3600
    return response


def _version() -> str:
    """Changes with what the worker puts into the browser."""
    parts = (_build(), asset_url("tanky.js"), identity.current().version)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]


@lru_cache(maxsize=1)
def _build() -> str:
    """The part of it that only an upgrade changes: the worker, its page and the page's frame."""
    files = [*sorted(TEMPLATES.iterdir()), TEMPLATES.parent / "base.html"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
