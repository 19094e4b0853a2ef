from flask import (
    Blueprint,
    Flask,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from ..base.db import db
from ..front.arguments import AS_ASKED, reads
from ..records import references
from ..web.errors import Withdrawn
from . import archive
from .models import Article, Category, PreviewLink

MOST_OUTSIDE = 10  # articles of a list that other sites show
bp = Blueprint("news", __name__, url_prefix="/tin-tuc")
PER_PAGE = 12


def init_app(app: Flask) -> None:
    """Keep at hand which articles are the newest, so that widgets need not ask the database."""
    app.extensions["heartbeat"].keep("news", lambda: Article.newest_version(MOST_OUTSIDE))


@bp.get("/")
@reads("trang", "nam")
def index():
    return _list("news/index.html", None, "news.index")


@bp.get("/chuyen-muc/<slug>")
@reads("trang", "nam")
def category(slug: str):
    found = db.first_or_404(db.select(Category).filter_by(slug=slug))
    return _list("news/category.html", found, "news.category", slug=slug)


def _list(template: str, category: Category | None, endpoint: str, **values):
    years = archive.years(category)
    year = archive.asked_year(years)
    if year is None and (place := archive.place_further_back(PER_PAGE, category)):
        trang = place.page if place.page > 1 else None
        return redirect(url_for(endpoint, **values, nam=place.year, trang=trang))
    return render_template(
        template,
        category=category,
        categories=Category.in_order(),
        year=year,
        years=years,
        page=archive.newest_page(PER_PAGE, category, year),
    )


@bp.get("/<id:id>-<slug>")
@reads()
def article(id: int, slug: str):
    found = _public_or_gone(id)
    if slug != found.slug:
        query = request.environ.get(AS_ASKED)
        return redirect(f"{found.url}?{query}" if query else found.url, 301)
    older, newer = found.neighbours()
    return render_template(
        "news/article.html",
        article=found,
        older=older,
        newer=newer,
        related=found.related(),
    )


@bp.get("/xem-truoc/<secret>")
def preview(secret: str):
    """An article before it is public, for whoever was given its secret address."""
    link = PreviewLink.by_secret(secret)
    if link is None or link.article.is_trashed:
        return render_template("news/preview_ended.html"), 404
    page = render_template(
        "news/article.html",
        article=link.article, older=None, newer=None, related=[],
        preview="link", expires_at=link.expires_at,
    )  # fmt: skip
    response = make_response(references.with_pass(page, secret))
    response.cache_control.no_store = True
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/<id:id>")
@bp.get("/<id:id>-")
def article_without_slug(id: int):
    """A link cut off in a message still leads to its article."""
    found = _public_or_gone(id)
    return redirect(url_for("news.article", id=id, slug=found.slug), 301)


def _public_or_gone(id: int) -> Article:
    """:raises Withdrawn: it was public, and is no more.
    :raises NotFound: there is none, or it never was.
    """
    article = db.session.scalar(Article.published().where(Article.id == id))
    if article is None:
        over = db.session.scalar(Article.over().where(Article.id == id))
        if over is None:
            abort(404)
        raise Withdrawn(over.why_over)
    return article
