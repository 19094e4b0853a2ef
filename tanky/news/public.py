from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import Select, select

from ..base.db import db
from ..records.public import Outline, Place, Public
from . import search
from .models import Article, Category, PreviewLink


class PublicArticles(Public):
    model = Article
    path = "tin-tuc"
    row_page = ("news.article", "id")
    row_template = "news/_row.html"
    found_as = ("tin-tuc", "Tin tức")
    dated_by = "published_at"

    def visible(self) -> Select:
        return Article.published()

    def next_change(self, after: datetime) -> datetime | None:
        return Article.next_change(after)

    def over(self) -> Select:
        return Article.over()

    def holding(
        self, words: str, understood: str, most: int, year: int | None = None
    ) -> Sequence[int]:
        return search.ids(words, understood, most, year)

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        columns = (Article.id, Article.slug)
        rows = Article.published().with_only_columns(*columns).where(Article.id.in_(ids))
        return {
            id: url_for("news.article", id=id, slug=slug) for id, slug in db.session.execute(rows)
        }

    def passed(self, secret: str) -> Select | None:
        link = PreviewLink.by_secret(secret)
        return select(Article).where(Article.id == link.article_id) if link else None

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("news.index"))
            yield from (Place(category.url) for category in Category.in_order())
        columns = (Article.id, Article.slug, Article.updated_at, Article.published_at)
        articles = (
            Article.published()
            .with_only_columns(*columns)
            .where(Article.id.between(first, last))
            .order_by(Article.id)
        )
        for id, slug, updated_at, published_at in db.session.execute(articles):
            address = url_for("news.article", id=id, slug=slug)
            yield Place(address, max(updated_at, published_at))

    def outline(self) -> Outline:
        beneath = [Outline(category.name, category.url) for category in Category.in_order()]
        return Outline("Tin tức", url_for("news.index"), beneath)


ARTICLES = PublicArticles()
