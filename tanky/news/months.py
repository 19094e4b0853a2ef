"""Lists of the newest articles, of which a page far back costs what the first does.

How many articles came out in each month is kept by triggers (migration 0007). A page far back is
looked for from its month on, instead of counting off the hundred thousand entries before it.
"""

from datetime import UTC, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import db
from ..text import formats
from ..web.pagination import Page, page_number, paginate, rows_before
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


def newest_page(per_page: int, category: Category | None = None, number: int | None = None) -> Page:
    """A page of the public articles, of one category or of all, the newest first.

    :raises NotFound: a page after the last.
    """
    number = number or page_number()
    query, skipped = _begin(rows_before(number, per_page), category)
    return paginate(query, Article.id, Article.NEWEST, per_page, number, skipped)


def _of(query: Select, category: Category | None) -> Select:
    return query.where(Article.category_id == category.id) if category else query


def _begin(skipped: int, category: Category | None) -> tuple[Select, int]:
    """The public articles, or those from some month back, and how many of these are to be skipped
    so that ``skipped`` are in all.
    """
    public = _of(Article.published(), category)
    if skipped < FAR:
        return public, skipped
    of_month = func.sum(ArticleMonth.articles)
    newer = func.sum(of_month).over(order_by=ArticleMonth.month.desc()) - of_month
    months = select(ArticleMonth.month, newer.label("newer")).group_by(ArticleMonth.month)
    if category:
        months = months.where(ArticleMonth.category_id == category.id)
    months = months.subquery()
    # What is newer than this month is skipped at least: some of it may not be public.
    month = db.session.execute(
        select(months).where(months.c.newer <= skipped).order_by(months.c.month).limit(1)
    ).first()
    now = formats.now()
    end = month and _first_moment(month.month + 1)
    if end is None or end > now:
        return public, skipped
    older = Article.not_over().where(Article.published_at < end)
    return _of(older, category), skipped - int(month.newer) + _hidden_since(end, now, category)


def _first_moment(month: int) -> datetime:
    year, month = divmod(month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _hidden_since(moment: datetime, now: datetime, category: Category | None) -> int:
    """How many articles that were given a time since then are still to come, or over."""
    published = Article.state == State.PUBLISHED
    to_come = _of(select(func.count()).where(published, Article.published_at > now), category)
    # What else it takes is asked of these few rows alone: as a condition of the query it would have
    # SQLite read the index of the list instead of that of the withdrawals.
    is_one = published & (Article.published_at >= moment) & (Article.published_at <= now)
    if category:
        is_one &= Article.category_id == category.id
    over = select(func.count().filter(is_one)).where(Article.withdraw_at <= now)
    return db.session.scalar(select(to_come.scalar_subquery() + over.scalar_subquery()))
