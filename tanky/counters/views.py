"""The four lines on every page, and the fragment that keeps them current.

A page is rendered with a slot instead of figures: the page itself is the same for everyone and can
be cached, and the figures put in its place include the very view that asked for it.
"""

import hashlib
import sqlite3
from functools import lru_cache
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    render_template,
    request,
    session,
)
from markupsafe import Markup

from ..heartbeat import current_heartbeat
from ..htmx import tagged
from ..page_cache import KEEP
from ..text import formats
from .stores import SqliteStore
from .tally import Figures, Tally, is_prefetch, is_tool

bp = Blueprint("counters", __name__)
# The sanitiser drops comments and templates escape "<", so no content can hold this.
SLOT = Markup("<!--tanky:counters-->")
# Figures that no portal reaches: where they stand in the fragment, the real ones go.
MARKS = Figures(*(10**15 + n for n in range(4)))


def init_app(
    app: Flask, zone, polls: set[str], uncounted: set[str], by_page: dict[str, str]
) -> None:
    """Count the pages that have the slot, but for those of the blueprints and endpoints
    ``uncounted``, which are for the people who run the site. The endpoints ``polls`` keep a
    visitor online.

    :param by_page: endpoints whose pages are counted each by itself → the argument with its id.
    :param zone: gives the site's time zone, without a database query where it can.
    """
    heartbeat = app.extensions["heartbeat"]
    tally = Tally(
        SqliteStore(Path(app.instance_path) / "counters.sqlite3"),
        zone,
        beating=lambda: heartbeat.fresh,
    )
    app.extensions["tally"] = tally
    heartbeat.add(tally.beat)
    app.jinja_env.globals["counters_slot"] = SLOT

    @app.after_request
    def count(response: Response) -> Response:
        if request.endpoint in polls:
            if response.status_code in (200, 304):
                keep_online()
        elif response.mimetype == "text/html" and not response.is_streamed:
            body = response.get_data()
            if SLOT.encode() in body:
                seen = response.status_code == 200
                viewed = seen and not {request.blueprint, request.endpoint} & uncounted
                argument = by_page.get(request.endpoint)
                page = request.view_args[argument] if argument else None
                figures = _figures(viewed, page)
                if seen and figures:
                    # The page itself and the four lines: what else is in an answer is in these.
                    tag = hashlib.sha256(body).hexdigest()[:16]
                    response.set_etag(f"{tag}.{figures.seen_by_a_person().tag}")
                    if viewed and KEEP in request.environ:
                        request.environ[KEEP] = (body, tag, page)
                        # The cache in front tells whether the client has it.
                        request.environ.pop("HTTP_IF_NONE_MATCH", None)
                response.set_data(body.replace(SLOT.encode(), _fragment(figures)))
        return response


def current_tally() -> Tally:
    return current_app.extensions["tally"]


def is_person() -> bool:
    """Whether this request is counted at all: not a tool, a prefetch, or a signed-in editor."""
    return not (
        is_tool(request.user_agent.string)
        or is_prefetch(request.environ)
        # Reading the session marks the answer as varying by cookie; without one there is no need.
        or (current_app.config["SESSION_COOKIE_NAME"] in request.cookies and "_user_id" in session)
    )


def fill(app: Flask, environ: dict, page: int | None) -> tuple[bytes, str] | None:
    """Count the view of a page that is kept whole: its figures' fragment and tag.

    None where the store or the fragment is not at hand; the page is then drawn, and what is wrong
    is said there.
    """
    tally, skeleton = app.extensions["tally"], app.extensions.get("counters_skeleton")
    if skeleton is None:
        return None
    agent = environ.get("HTTP_USER_AGENT", "")
    try:
        looked_at = environ["REQUEST_METHOD"] == "GET" and not is_prefetch(environ)
        if is_tool(agent) or not looked_at:
            figures = tally.figures()
        else:
            figures = tally.view(environ["REMOTE_ADDR"], agent, page)
    except sqlite3.Error:
        return None
    shown = figures.seen_by_a_person()
    return _filled(skeleton, shown), shown.tag


def current_tag(app: Flask) -> str:
    """The validator of the fragment as of the last beat; empty before the first."""
    latest = app.extensions["tally"].latest
    return latest.seen_by_a_person().tag if latest else ""


def keep_online_in_front(app: Flask, environ: dict) -> None:
    """A poll that was answered without the application: its visitor stays online."""
    agent = environ.get("HTTP_USER_AGENT", "")
    if not (is_tool(agent) or is_prefetch(environ)):
        app.extensions["tally"].poll_unchanged(environ["REMOTE_ADDR"], agent)


def keep_online() -> None:
    """A poll that needs no figures: its visitor stays online."""
    if is_person():
        tally = current_tally()
        tally.poll_unchanged(request.remote_addr, request.user_agent.string)
        if not current_heartbeat().fresh:
            tally.flush()


@bp.get("/partials/counters")
def counters() -> Response:
    tally = current_tally()
    latest = tally.latest if current_heartbeat().fresh else None
    if is_person():
        figures = tally.poll(request.remote_addr, request.user_agent.string, latest)
    else:
        figures = tally.figures()
    return tagged(_fragment(figures), figures.seen_by_a_person().tag)


def _figures(viewed: bool, page: int | None) -> Figures | None:
    """What the page shows, after counting it where it is a person's page view."""
    tally = current_tally()
    try:
        if viewed and request.method == "GET" and is_person():
            return tally.view(request.remote_addr, request.user_agent.string, page)
        return tally.figures()
    except sqlite3.Error:
        # A full disk must not take the page away; that it was not counted must not go unseen.
        current_app.logger.exception("the counters could not be reached")
        return None


def _fragment(figures: Figures | None) -> bytes:
    if figures is None:
        return render_template("counters/_counters.html", figures=None).encode()
    skeleton = current_app.extensions.get("counters_skeleton")
    if skeleton is None:
        drawn = render_template("counters/_counters.html", figures=MARKS)
        skeleton = current_app.extensions["counters_skeleton"] = _skeleton(drawn)
    return _filled(skeleton, figures.seen_by_a_person())


def _skeleton(drawn: str) -> str:
    """The fragment as drawn with :data:`MARKS`, as a format for :func:`_filled`."""
    skeleton = drawn.replace("%", "%%").replace(MARKS.tag, "%(tag)s")
    for name, mark in MARKS._asdict().items():
        skeleton = skeleton.replace(formats.number(mark), f"%({name})s")
    return skeleton


@lru_cache(maxsize=64)  # most views start no visit, and so have the figures of the one before
def _filled(skeleton: str, figures: Figures) -> bytes:
    shown = {name: formats.number(figure) for name, figure in figures._asdict().items()}
    return (skeleton % {"tag": figures.tag, **shown}).encode()
