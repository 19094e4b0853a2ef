from flask import Blueprint, redirect, render_template, request, url_for

from ..extensions import db
from ..pagination import paginate
from .models import Article, Category

bp = Blueprint("news", __name__, url_prefix="/tin-tuc")
PER_PAGE = 12


@bp.get("/")
def index():
    page = paginate(Article.published(), Article.id, Article.NEWEST, PER_PAGE)
    return render_template("news/index.html", page=page, categories=Category.in_order())


@bp.get("/chuyen-muc/<slug>")
def category(slug: str):
    found = db.first_or_404(db.select(Category).filter_by(slug=slug))
    query = Article.published().where(Article.category_id == found.id)
    page = paginate(query, Article.id, Article.NEWEST, PER_PAGE)
    return render_template(
        "news/category.html", category=found, page=page, categories=Category.in_order()
    )


@bp.get("/<id:id>-<slug>")
def article(id: int, slug: str):
    found = db.first_or_404(Article.published().where(Article.id == id))
    if slug != found.slug:
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(found.url + query, 301)
    older, newer = found.neighbours()
    return render_template(
        "news/article.html",
        article=found,
        older=older,
        newer=newer,
        related=found.related(),
    )


@bp.get("/<id:id>")
@bp.get("/<id:id>-")
def article_without_slug(id: int):
    """A link cut off in a message still leads to its article."""
    found = db.first_or_404(Article.published().where(Article.id == id))
    return redirect(url_for("news.article", id=id, slug=found.slug), 301)
