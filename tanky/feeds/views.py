import re
from email.utils import format_datetime

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import func, select

from ..base.db import db
from ..media.rich_text import short
from ..news.models import Article
from ..records import change_notes
from ..records.public import current_nouns
from ..text import sanitise
from ..web.page import current_page
from ..web.templating import absolute

bp = Blueprint("feeds", __name__)
ITEMS = 10
_LOCAL = re.compile(r'\b(src|href)="/(?!/)')
# The sitemap is cut by id, so that a part costs the same however many articles there are.
IDS_PER_PART = 5000


# Not before_request, which an error of the application's own hooks would leave out.
@bp.url_value_preprocessor
def for_other_sites(endpoint: str | None, values: dict | None) -> None:
    current_page().is_for_other_sites = True


@bp.get("/rss.xml")
def rss():
    body = render_template(
        "feeds/rss.xml",
        articles=Article.newest(ITEMS),
        rfc822=format_datetime,
        full_text=_full_text,
        changed=change_notes.newest(ITEMS),
    )
    response = Response(body, mimetype="application/rss+xml")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/sitemap.xml")
def sitemap():
    """The whole map where one part holds all rows, else the list of its parts."""
    parts = _parts()
    if parts > 1:
        body = render_template("feeds/sitemap_index.xml", parts=range(1, parts + 1))
        return Response(body, mimetype="application/xml")
    return _part(1)


@bp.get("/sitemap-<id:number>.xml")
def sitemap_part(number: int):
    if not 1 <= number <= _parts():
        abort(404)
    return _part(number)


def _full_text(article: Article) -> str:
    """With its pictures and links as full addresses: a reader shows them far from this site."""
    text = sanitise.from_editor(article.lede) + short(article.body)
    return _LOCAL.sub(rf'\1="{absolute("/")}', text)


def _parts() -> int:
    mapped = (noun.model for noun in current_nouns() if noun.is_mapped)
    newest = (db.session.scalar(select(func.max(model.id))) or 0 for model in mapped)
    return max(1, -(-max(newest) // IDS_PER_PART))


def _part(number: int) -> Response:
    first = (number - 1) * IDS_PER_PART + 1
    last = first + IDS_PER_PART - 1
    places = (place for noun in current_nouns() for place in noun.places(first, last))
    body = render_template("feeds/sitemap.xml", places=places)
    return Response(body, mimetype="application/xml")
