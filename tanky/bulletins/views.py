from datetime import UTC, datetime, time
from email.utils import format_datetime

from flask import Blueprint, Response, redirect, render_template

from ..base.db import db
from ..front.arguments import reads
from ..records.trash import first_or_gone
from ..site import identity
from ..web.page import current_page, for_other_sites
from ..web.pagination import paginate
from .models import Bulletin

bp = Blueprint("bulletins", __name__, url_prefix="/truyen-thanh")
PER_PAGE = 20
NEWEST = 50  # in the feed


@bp.get("/")
@reads("trang")
def index():
    page = paginate(Bulletin.listed(), Bulletin.id, Bulletin.NEWEST, PER_PAGE)
    return render_template("bulletins/index.html", page=page)


@bp.get("/<id:id>")
@reads()
def by_id(id: int):
    return redirect(_bulletin(id).url, 301)


@bp.get("/<id:id>-<slug>")
@reads()
def bulletin(id: int, slug: str):
    found = _bulletin(id)
    if not found.url.endswith(f"/{id}-{slug}"):
        return redirect(found.url, 301)
    current_page().plays = True
    return render_template("bulletins/bulletin.html", bulletin=found)


@bp.get("/podcast.xml")
def podcast() -> Response:
    """RSS 2.0 with enclosures, and the iTunes and Podcasting 2.0 namespaces."""
    query = Bulletin.listed().order_by(*Bulletin.NEWEST).limit(NEWEST)
    body = render_template(
        "bulletins/podcast.xml", bulletins=db.session.scalars(query).all(), rfc822=_rfc822
    )
    return for_other_sites(body, "application/rss+xml")


def _rfc822(bulletin: Bulletin) -> str:
    """When it was on the air: its hour is not known, and the middle of the day is of no other."""
    noon = datetime.combine(bulletin.broadcast_on, time(12), identity.zone())
    return format_datetime(noon.astimezone(UTC))


def _bulletin(id: int) -> Bulletin:
    return first_or_gone(Bulletin.listed(), Bulletin.id == id)
