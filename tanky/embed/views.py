"""Widgets for other sites: the one place that may be framed."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request
from rjsmin import jsmin
from werkzeug.exceptions import HTTPException

from ..front.arguments import reads
from ..front.heart import current_heartbeat
from ..news.models import Article, Category
from ..news.views import MOST_OUTSIDE
from ..results import figures
from ..site import identity
from ..web import assets, errors
from ..web.conditional import holds, not_modified, tagged, wants_fragment
from ..web.page import current_page
from ..web.templating import absolute
from . import oembed as answers
from .widgets import COLUMNS, COUNTERS, NARROW, NEWS, TTHC, WIDGETS, Choice

bp = Blueprint("embed", __name__)
FRAMED = {"embed.tthc", "embed.counters", "embed.news"}
DAY = 24 * 3600
TEMPLATES = Path(__file__).parent.parent / "templates"


# Not before_request, which an error of the application's own hooks would leave out.
@bp.url_value_preprocessor
def for_other_sites(endpoint: str | None, values: dict | None) -> None:
    current_page().is_for_other_sites = True
    if endpoint in FRAMED:
        current_page().framed_by = identity.framed_by


@bp.get("/nhung/")
@reads("loai", "chuyen-muc", "so-tin", "nen")
def index():
    """To choose a widget, look at it and copy its line."""
    try:
        choice = Choice.of(request.args.get("loai", TTHC.name), request.args)
    except KeyError:
        choice = Choice(TTHC)
    template = "embed/_lines.html" if wants_fragment() else "embed/index.html"
    page = render_template(
        template,
        choice=choice,
        widgets=WIDGETS.values(),
        categories=Category.in_order(),
        most=MOST_OUTSIDE,
    )
    response = Response(page, mimetype="text/html")
    response.vary.add("HX-Request")
    return response


@bp.get(TTHC.path)
def tthc():
    version = current_heartbeat().at_hand("results")
    return _widget(version, lambda: {"choice": Choice(TTHC), "results": figures.latest()})


@bp.get(COUNTERS.path)
def counters():
    tally = current_app.extensions["tally"]
    latest = tally.latest if current_heartbeat().fresh else tally.figures()
    figures = latest.seen_by_a_person()
    return _widget(figures.tag, lambda: {"choice": Choice(COUNTERS), "figures": figures})


@bp.get(NEWS.path)
def news():
    def content() -> dict:
        try:
            choice = Choice.of(NEWS.name, request.args)
        except KeyError:
            return {"choice": Choice(NEWS), "articles": None}
        return {"choice": choice, "articles": Article.newest(choice.items, choice.category)}

    return _widget(current_heartbeat().at_hand("news"), content)


@bp.get("/nhung.js")
def loader():
    """The script of a pasted line. It names the portal itself, so that a line keeps working when
    the address it was copied from leads on to another.
    """
    heights = {
        name: [Choice(widget).height(width) for width in (NARROW, COLUMNS)]
        for name, widget in WIDGETS.items()
    }
    portal = absolute("/").rstrip("/")
    template = current_app.jinja_env.get_template("embed/nhung.js")
    script = jsmin(template.render(portal=portal, heights=heights, columns=COLUMNS))
    response = Response(script, mimetype="text/javascript")
    response.set_etag(hashlib.sha256(script.encode()).hexdigest()[:12])
    response.headers["Cache-Control"] = f"public, max-age={DAY}"
    # Whoever opens it as a page gets text and nothing that runs.
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@bp.get("/oembed")
def oembed():
    return answers.answer(request.args)


@bp.errorhandler(HTTPException)
@bp.errorhandler(500)
def error(problem: HTTPException) -> Response:
    """Within another site's page an error is a sentence and a link, never our whole page."""
    if current_page().framed_by is None:
        return errors.answer(problem)
    # Drawn without the site's identity: that the database is away may be the error.
    page = current_app.jinja_env.get_template("embed/error.html").render()
    response = Response(page, problem.code, mimetype="text/html")
    response.cache_control.no_store = True
    return response


def _widget(version: str, content: Callable[[], dict]) -> Response:
    """A widget's page, which is also what it polls: 304 and no database query while nothing of it
    changed.

    :param version: changes whenever ``content()``, the template's variables, may have.
    """
    beat = current_heartbeat()
    parts = (_build(), beat.at_hand("site"), beat.at_hand("alerts"), version)
    tag = hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]
    if holds(tag):
        return not_modified(tag)
    template = f"embed/{request.endpoint.partition('.')[2]}.html"
    response = tagged(render_template(template, build=_build(), **content()), tag)
    # In a sandboxed frame the widget's own poll comes from "another site".
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@lru_cache(maxsize=1)
def _build() -> str:
    """Changes with the widgets' templates, style and script: an upgrade reaches a held page."""
    files = sorted([*(TEMPLATES / "embed").glob("*.html"), TEMPLATES / "embed_base.html"])
    parts = [file.read_bytes() for file in files]
    parts += [(assets.FOLDER / name).read_bytes() for name in ("css/embed.css", "js/widget.js")]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]
