"""Lists of the newest articles, of which a page far back costs what the first does.

How many articles came out in each month is kept by triggers (migration 0007). A page far back is
looked for from its month on, instead of counting off the hundred thousand entries before it.
"""

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import Select, extract, false, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import db
from ..pagination import Page, paginate
from ..text import formats
from .models import Article, Category, State

FAR = 5_000  # articles; to count off fewer takes no longer than to look at the months


class ArticleMonth(db.Model):
    """The articles of a category that were given a time in one month, past, to come or over.

    Months are counted in UTC since the year 0.
    """

    __tablename__ = "article_months"
    SHOWN = False

    category_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: of none
    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    articles: Mapped[int]


_MONTH = extract("year", Article.published_at) * 12 + extract("month", Article.published_at) - 1


def newest_page(per_page: int, category: Category | None = None, number: int | None = None) -> Page:
    """A page of the public articles, of one category or of all, the newest first.

    :raises NotFound: a page after the last.
    """
    public = _of(Article.published(), category)
    return paginate(
        public, Article.id, Article.NEWEST, per_page, number,
        begin=lambda skipped: _begin(public, skipped, category),
    )  # fmt: skip


def _of(query: Select, category: Category | None) -> Select:
    return query.where(Article.category_id == category.id) if category else query


def _begin(query: Select, skipped: int, category: Category | None) -> tuple[Select, int]:
    if skipped < FAR:
        return query, skipped
    now = formats.now()
    hidden = _hidden(now, category)
    months = select(ArticleMonth.month, func.sum(ArticleMonth.articles))
    if category:
        months = months.where(ArticleMonth.category_id == category.id)
    newer = 0
    for month, articles in db.session.execute(
        months.group_by(ArticleMonth.month).order_by(ArticleMonth.month.desc())
    ):
        public = int(articles) - hidden[month]
        if newer + public > skipped:
            end = _first_moment(month + 1)
            if end > now:
                return query, skipped
            older = Article.not_over().where(Article.published_at < end)
            return _of(older, category), skipped - newer
        newer += public
    return query.where(false()), 0


def _first_moment(month: int) -> datetime:
    year, month = divmod(month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _hidden(now: datetime, category: Category | None) -> Counter[int]:
    """How many of the articles of each month are still to come, or over."""
    published = Article.state == State.PUBLISHED
    to_come = _of(
        select(_MONTH, func.count()).where(published, Article.published_at > now), category
    )
    # What else it takes is asked of these few rows alone: as a condition of the query it would have
    # SQLite read the index of the list instead of that of the withdrawals.
    is_counted = published & (Article.published_at <= now)
    if category:
        is_counted &= Article.category_id == category.id
    over = select(_MONTH, func.count().filter(is_counted)).where(Article.withdraw_at <= now)
    hidden = Counter()
    for query in (to_come, over):
        for month, articles in db.session.execute(query.group_by(_MONTH)):
            if articles:
                hidden[int(month)] += articles
    return hidden
