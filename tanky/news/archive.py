"""Lists of the newest articles, whole or of one year.

A page far back costs the index entries before it. A year bounds them: the list of all years ends
after MOST_PAGES, and what is older is read year by year.
"""

from datetime import datetime
from typing import NamedTuple

from flask import abort, request
from sqlalchemy import Select, func

from ..base.db import db
from ..site import identity
from ..web.pagination import Page, page_number, paginate, rows_before
from .models import Article, Category

MOST_PAGES = 100  # of a list that is not of one year


class Place(NamedTuple):
    """Where an article stands in the list of its year."""

    year: int
    page: int


def asked_year(known: range) -> int | None:
    """``?nam=``, one of the known years; None if no year is asked for.

    :raises NotFound: it is none of them.
    """
    text = request.args.get("nam")
    if text is None:
        return None
    return next((year for year in known if text == str(year)), None) or abort(404)


def years(category: Category | None = None) -> range:
    """From the year of the newest public article down to that of the oldest, where the site is."""
    moments = _of(Article.published(), category).with_only_columns(Article.published_at)
    newest = db.session.scalar(moments.order_by(*Article.NEWEST).limit(1))
    oldest = db.session.scalar(moments.order_by(Article.published_at, Article.id).limit(1))
    return range(_year(newest), _year(oldest) - 1, -1) if newest else range(0)


def newest_page(
    per_page: int,
    category: Category | None = None,
    year: int | None = None,
    number: int | None = None,
) -> Page:
    """A page of the public articles, of one category or year or of all, the newest first.

    :raises NotFound: a page after the last.
    """
    query = _of(Article.published(), category)
    if year:
        query = _within(query, year)
    return paginate(query, Article.id, Article.NEWEST, per_page, number)


def place_further_back(per_page: int, category: Category | None = None) -> Place | None:
    """Where the asked page of the list of all years begins, if that list has ended before it.

    :raises NotFound: a page after the last.
    """
    number = page_number()
    if number <= MOST_PAGES:
        return None
    public = _of(Article.published(), category)
    moments = public.with_only_columns(Article.published_at).order_by(*Article.NEWEST)
    moment = db.session.scalar(moments.offset(rows_before(number, per_page)).limit(1))
    if moment is None:
        abort(404)
    year = _year(moment)
    newer = _within(public, year).where(Article.published_at > moment)
    count = db.session.scalar(newer.with_only_columns(func.count()))
    return Place(year, count // per_page + 1)


def _of(query: Select, category: Category | None) -> Select:
    return query.where(Article.category_id == category.id) if category else query


def _within(query: Select, year: int) -> Select:
    zone = identity.zone()
    return query.where(
        Article.published_at >= datetime(year, 1, 1, tzinfo=zone),
        Article.published_at < datetime(year + 1, 1, 1, tzinfo=zone),
    )


def _year(moment: datetime) -> int:
    return moment.astimezone(identity.zone()).year
