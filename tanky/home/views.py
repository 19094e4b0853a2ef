from flask import Blueprint, Response, current_app, render_template, request
from sqlalchemy import text

from ..base.db import db
from ..counters import tally
from ..front.arguments import reads
from ..news import search as news_search
from ..news.models import Article, Category
from ..procedures.models import Procedure
from ..records.public import current_nouns
from ..results import figures
from ..web.pagination import page_number, paginate
from ..web.templating import absolute

bp = Blueprint("home", __name__)
NEWEST = 5
IN_CATEGORY = 4
NOTICES = 6
FOUND_PER_PAGE = 15


@bp.get("/")
@reads()
def index():
    categories = Category.in_order()
    notices = [category for category in categories if category.is_notice]
    query = Article.published().join(Category).where(Category.is_notice.is_(False))
    newest = list(db.session.scalars(query.order_by(*Article.NEWEST).limit(NEWEST)))
    sections = []
    for category in categories:
        if not category.is_notice:
            # What stands at the top is not repeated beneath its category.
            articles = Article.newest(IN_CATEGORY + NEWEST, category)
            sections.append((category, [a for a in articles if a not in newest][:IN_CATEGORY]))
    version, latest = figures.latest_with_version()
    return render_template(
        "home/index.html",
        newest=newest,
        sections=[(category, articles) for category, articles in sections if articles],
        notices=[(category, Article.newest(NOTICES, category)) for category in notices],
        results=latest,
        results_version=version,
        procedures=list(
            db.session.scalars(Procedure.in_force().order_by(Procedure.title).limit(6))
        ),
    )


@bp.get("/tim-kiem")
@reads("q", "trang")
def search():
    """Everything public that holds the words: the nouns that most people look for, then news."""
    words = request.args.get("q", "").strip()[:200]
    number = page_number()
    if not words:
        return render_template("home/search.html", words="", groups=[], page=None)
    articles, order = news_search.matching(words)
    page = paginate(articles, Article.id, order, FOUND_PER_PAGE, number)
    groups = _found(words) if number == 1 else []
    return render_template("home/search.html", words=words, groups=groups, page=page)


def _found(words: str) -> list[tuple]:
    """The nouns that have something with the words, each with its rows."""
    groups = []
    for noun in current_nouns():
        query = noun.matching(words)
        rows = [] if query is None else list(db.session.scalars(query))
        if rows:
            groups.append((noun, rows))
    return groups


@bp.get("/cach-dem")
@reads()
def counting():
    """How visits are counted, by the very numbers that the counting uses."""
    return render_template("home/counting.html", tally=tally)


@bp.get("/robots.txt")
def robots():
    lines = ("User-agent: *", "Disallow: /bien-tap/", "Disallow: /partials/", "Disallow: /hien-thi")
    body = "\n".join((*lines, "", f"Sitemap: {absolute('/sitemap.xml')}", ""))
    return Response(body, mimetype="text/plain")


@bp.get("/favicon.svg")
def favicon():
    response = Response(render_template("home/favicon.svg"), mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = 24 * 3600
    return response


@bp.get("/healthz")
def healthz():
    """Whether the databases answer; for a supervisor."""
    db.session.execute(text("SELECT 1"))
    current_app.extensions["tally"].figures()
    response = Response("ok\n", mimetype="text/plain")
    response.cache_control.no_store = True
    return response
