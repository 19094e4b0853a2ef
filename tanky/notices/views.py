from email.utils import format_datetime
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, render_template

from ..base.db import db
from ..front.arguments import reads
from ..front.heart import current_heartbeat
from ..records import change_notes
from ..records.trash import first_or_gone
from ..site import identity
from ..web.conditional import holds, not_modified, tagged
from ..web.page import for_other_sites
from ..web.templating import absolute
from .models import Notice
from .record import Grade

bp = Blueprint("notices", __name__)
NEWEST = 30  # in the feed


def init_app(app: Flask) -> None:
    """Give every page the notices that stand above it, and keep at hand which these are."""
    app.extensions["heartbeat"].keep("alerts", Notice.alerts_version)
    app.jinja_env.globals["alerts"] = Notice.alerts
    app.jinja_env.globals["alerts_version"] = Notice.alerts_version


@bp.get("/thong-bao/")
@reads()
def index():
    rows = db.session.scalars(Notice.published().order_by(*Notice.ORDER)).all()
    return render_template("notices/index.html", notices=rows)


@bp.get("/thong-bao/<id:id>")
@reads()
def by_id(id: int):
    return redirect(_notice(id).url, 301)


@bp.get("/thong-bao/<id:id>-<slug>")
@reads()
def notice(id: int, slug: str):
    found = _notice(id)
    if not found.url.endswith(f"-{slug}"):
        return redirect(found.url, 301)
    return render_template("notices/notice.html", notice=found)


@bp.get("/partials/alerts")
def banner():
    """The notices above every page, for pages that are open."""
    version = current_heartbeat().at_hand("alerts")
    if holds(version):
        return not_modified(version)
    # Read anew: what the beat knows may be a second old, and the tag must be of these rows.
    version = Notice.alerts_version()
    return tagged(render_template("notices/_alerts.html"), version)


@bp.get("/thong-bao/rss.xml")
def feed() -> Response:
    rows = db.session.scalars(Notice.published().order_by(Notice.id.desc()).limit(NEWEST)).all()
    changed = change_notes.newest(NEWEST, Notice.SUBJECT)
    body = render_template("notices/rss.xml", notices=rows, rfc822=format_datetime, changed=changed)
    return for_other_sites(body, "application/rss+xml")


@bp.get("/canh-bao.cap")
def newest_alert() -> Response:
    """The urgent notice that was published last, while it holds, as CAP 1.2."""
    query = Notice.published().where(Notice.grade == Grade.URGENT)
    found = db.session.scalar(query.order_by(Notice.published_at.desc(), Notice.id.desc()).limit(1))
    return _cap(found or abort(404))


@bp.get("/thong-bao/<id:id>.cap")
def alert(id: int) -> Response:
    """An urgent notice as CAP 1.2; after it was withdrawn, that it no longer holds."""
    query = Notice.begun().where(Notice.id == id, Notice.grade == Grade.URGENT)
    found = db.first_or_404(query)
    if found.withdrawn_at is None and not found.is_public:
        abort(404)
    return _cap(found)


def _cap(found: Notice) -> Response:
    site = identity.current()
    zone = identity.zone()

    def moment(value) -> str:
        return value.astimezone(zone).isoformat(timespec="seconds")

    # What an alert is known by has no blank, comma, "<" or "&".
    host = urlsplit(absolute("/")).netloc
    number = f"{host}.{found.id}"
    first = (site.email or host, f"{number}.{found.published_version}", moment(found.published_at))
    is_first = found.version == found.published_version
    state = "Cancel" if found.withdrawn_at else "Alert" if is_first else "Update"
    sent = found.withdrawn_at or max(found.updated_at, found.published_at)
    body = render_template(
        "notices/alert.xml",
        notice=found,
        state=state,
        sender=first[0],
        identifier=f"{number}.{found.version}",
        sent=moment(sent),
        reference="" if state == "Alert" else ",".join(first),
        moment=moment,
    )
    return for_other_sites(body, "application/cap+xml")


def _notice(id: int) -> Notice:
    was_public = Notice.published_at.is_not(None)
    return first_or_gone(Notice.published(), Notice.id == id, was_public, over=Notice.over())
