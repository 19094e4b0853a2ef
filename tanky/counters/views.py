"""The four lines on every page, and the fragment that keeps them current.

A page is rendered with a slot instead of figures: the page itself is the same for everyone and can
be cached, and the figures put in its place include the very view that asked for it.
"""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from wsgiref.types import WSGIEnvironment
from zoneinfo import ZoneInfo

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
from werkzeug.http import http_date, parse_date

from ..front.heart import current_heartbeat
from ..front.page_cache import CountAndFill
from ..text import formats
from ..web.conditional import tagged
from ..web.finish import View
from . import agents
from .stores import SqliteStore
from .tally import Figures, Tally, Unavailable

bp = Blueprint("counters", __name__)
# The sanitiser drops comments and templates escape "<", so no content can hold this.
SLOT = Markup("<!--tanky:counters-->")
TAB = "HTTP_TANKY_TAB"
_MARK = re.compile(r"[A-Za-z0-9_-]{16,40}")
# Figures that no portal reaches: where they stand in the fragment, the real ones go.
MARKS = Figures(*(10**15 + n for n in range(4)))


def init_app(
    app: Flask,
    zone: Callable[[], ZoneInfo],
    polls: set[str],
    uncounted: set[str],
    by_page: dict[str, str],
) -> Callable[[Response], View | None]:
    """What counts the pages that have the slot, but for those of the blueprints and endpoints
    ``uncounted``, which are for the people who run the site. The endpoints ``polls`` keep a
    visitor online.

    :param by_page: endpoints whose pages are counted each by itself → the argument with its id.
    :param zone: gives the site's time zone, without a database query where it can.
    """
    heartbeat = app.extensions["heartbeat"]
    tally = Tally(
        SqliteStore(app.extensions["instance"].counters),
        zone,
        beating=lambda: heartbeat.fresh,
    )
    app.extensions["tally"] = tally
    heartbeat.add(tally.beat)
    app.jinja_env.globals["counters_slot"] = SLOT

    def count(response: Response) -> View | None:
        """Count the view that an answer is, or keep a visitor online."""
        if request.endpoint in polls:
            if response.status_code in (200, 304):
                keep_online()
            return None
        if response.mimetype != "text/html" or response.is_streamed:
            return None
        if SLOT.encode() not in response.get_data():
            return None
        viewed = response.status_code == 200 and uncounted.isdisjoint(
            (*request.blueprints, request.endpoint)
        )
        argument = by_page.get(request.endpoint or "")
        about = (request.view_args or {})[argument] if argument else None
        figures = _figures(viewed, about)
        tag = figures.seen_by_a_person().tag if figures else ""
        return View(viewed and figures is not None, about, _fragment(figures), tag)

    return count


def current_tally() -> Tally:
    tally: Tally = current_app.extensions["tally"]
    return tally


def reason_left_out(is_page: bool) -> str:
    """As :func:`agents.left_out` of this request, or ``agents.EDITOR``."""
    reason = agents.left_out(request.environ, is_page)
    if reason:
        return reason
    # Reading the session marks the answer as varying by cookie; without one there is no need.
    if current_app.config["SESSION_COOKIE_NAME"] in request.cookies and "_user_id" in session:
        return agents.EDITOR
    return ""


def fill(app: Flask, environ: WSGIEnvironment, page: int | None) -> CountAndFill | None:
    """Begin the view of a page that is kept whole.

    :returns: a function that counts the view and gives its figures' fragment and tag, or None where
        the store is not at hand. None itself where the fragment is not at hand. In both cases the
        page is drawn, and what is wrong is said there.
    """
    tally, skeleton = app.extensions["tally"], app.extensions.get("counters_skeleton")
    if skeleton is None:
        return None
    figures_of = tally.figures
    # Where the day's salt cannot be had, nobody is told apart and the view is not counted.
    with suppress(Unavailable):
        if environ["REQUEST_METHOD"] == "GET":
            figures_of = _begun(tally, environ, agents.left_out(environ, is_page=True), page)

    def count_and_fill() -> tuple[bytes, str] | None:
        try:
            figures = figures_of()
        except Unavailable:
            figures = tally.latest
            if figures is None:
                return None
        shown = figures.seen_by_a_person()
        return _filled(skeleton, shown), shown.tag

    return count_and_fill


def _begun(
    tally: Tally, environ: WSGIEnvironment, reason: str, page: int | None
) -> Callable[[], Figures]:
    """Take a view of a page; the function given counts it, where it counts, and tells the figures.

    :param reason: see :func:`reason_left_out`.
    """
    who = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_USER_AGENT", "")
    if not reason:
        return partial(tally.figures_with, tally.begin(*who, page))
    if reason == agents.AHEAD:
        tally.ahead(*who)
    if reason != agents.EDITOR:
        tally.leave_out(reason)
    return tally.figures


def current_tag(app: Flask) -> str:
    """The validator of the fragment as of the last beat; empty before the first."""
    latest = app.extensions["tally"].latest
    return latest.seen_by_a_person().tag if latest else ""


def keep_online_in_front(app: Flask, environ: WSGIEnvironment) -> None:
    """A poll that was answered without the application: its visitor stays online."""
    if not agents.left_out(environ, is_page=False):
        agent = environ.get("HTTP_USER_AGENT", "")
        app.extensions["tally"].poll_unchanged(environ["REMOTE_ADDR"], agent, mark_of(environ))


def keep_online() -> None:
    """A poll that needs no figures: its visitor stays online."""
    if not reason_left_out(is_page=False):
        tally = current_tally()
        tally.poll_unchanged(
            request.remote_addr or "", request.user_agent.string, mark_of(request.environ)
        )
        if not current_heartbeat().fresh:
            tally.flush()


def mark_of(environ: WSGIEnvironment) -> str:
    """The mark that a tab sends with its polls; "" where there is none."""
    mark = environ.get(TAB, "")
    return mark if _MARK.fullmatch(mark) else ""


def answer_in_front(app: Flask, environ: WSGIEnvironment) -> list[tuple[str, str]]:
    """Hear a page's browser as the second witness; the headers of the answer, which has no body.

    ``Last-Modified`` is what the browser remembers of its view, and all that it remembers.
    """
    now = time.time()
    # Only our own script sends the header, empty where it may keep no mark.
    if TAB in environ and not agents.left_out(environ, is_page=False):
        told = parse_date(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
        now = app.extensions["tally"].answer(
            environ["REMOTE_ADDR"],
            environ.get("HTTP_USER_AGENT", ""),
            told and told.timestamp(),
            mark_of(environ),
        )
    return [
        ("Last-Modified", http_date(now)),
        ("Cache-Control", "private, no-cache"),
        ("Content-Length", "0"),
    ]


@bp.get("/partials/view")
def answer() -> Response:
    """Where :func:`answer_in_front` did not answer: to an editor who is signed in, perhaps."""
    response = Response()
    if not reason_left_out(is_page=False):
        for name, value in answer_in_front(current_app, request.environ):
            response.headers[name] = value
        if not current_heartbeat().fresh:
            current_tally().flush()
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/partials/counters")
def counters() -> Response:
    tally = current_tally()
    latest = tally.latest if current_heartbeat().fresh else None
    try:
        if not reason_left_out(is_page=False):
            who = request.remote_addr or "", request.user_agent.string
            figures = tally.poll(*who, latest, mark_of(request.environ))
        else:
            figures = tally.figures()
    except Unavailable as error:
        current_app.logger.error("the counters could not be reached: %s", error)
        if tally.latest is None:
            return Response(_fragment(None), mimetype="text/html")
        figures = tally.latest
    return tagged(_fragment(figures), figures.seen_by_a_person().tag)


def _figures(viewed: bool, page: int | None) -> Figures | None:
    """What the page shows, after counting it where it is a person's page view."""
    tally = current_tally()
    try:
        if viewed and request.method == "GET":
            return _begun(tally, request.environ, reason_left_out(is_page=True), page)()
        return tally.figures()
    except Unavailable as error:
        # A full disk must not take the page away; that it was not counted must not go unseen.
        current_app.logger.error("the counters could not be reached: %s", error)
        return tally.latest


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
