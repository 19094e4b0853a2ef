"""Finding articles by words, at a cost that hardly grows with their number.

The index ``article_words`` (migration 0006) is FTS5 on SQLite and a GIN index on PostgreSQL. A
row's number is its article's second of publication times 2³¹ plus the article's id: read
backwards, the first matches of a common word are its newest, and the others are left unread. What
is in it, :func:`~tanky.records.search.indexed` says.

What was asked is read in several ways, the strictest first: with the accents that were typed,
without any, as the ranking of procedures understood it, and at last fewer words, the rarest. Shown
is the first reading under which there are articles: those whose title has it, then the others, each
the newest first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    cast,
    column,
    func,
    select,
    table,
)

from ..base.db import db
from ..records.search import Wanted, asked, holds, readings
from ..site import identity
from ..text import formats
from ..web.pagination import AHEAD, Page, page_of, rows_before
from .models import Article

SHIFT = 2**31
article_words = table("article_words", column("rowid", BigInteger), column("words"))
SAMPLE = 200  # of the newest articles
COMMON = 3  # of the sample
A_FEW = 4
MOST_COUNTED = 500  # articles, to tell rare words from common ones


@dataclass(frozen=True)
class Found:
    page: Page
    # Whether they hold all that was asked, and not only its rarest words.
    is_whole: bool

    @property
    def is_found(self) -> bool:
        return self.is_whole and bool(self.page.items)


def find(text: str, understood: str, per_page: int, number: int) -> Found:
    """A page of the public articles that hold what is asked for. Signs alone are found nowhere.

    :param understood: the same words as something else understood them, bare.
    :raises NotFound: a page after the last.
    """
    index = _Index()
    ways = readings(text, understood)
    for wanted in ways:
        if not all(map(index.count, wanted)):
            continue
        if keys := _keys(wanted, per_page, number):
            return Found(page_of(keys, Article.id, per_page, number), True)
        # A page after the last is not looked for under another reading.
        if number > 1 and _is_held(wanted):
            break
    # Of what was typed: to what else it may mean, news that has a part of it is no nearer.
    typed = readings(text)
    for wanted in _fewer(typed[-1], index) if typed and number == 1 else ():
        if keys := _keys(wanted, per_page, 1):
            return Found(page_of(keys[:per_page], Article.id, per_page, 1), False)
    return Found(page_of([], Article.id, per_page, number), False)


def ids(text: str, understood: str, most: int, year: int | None = None) -> list[int]:
    """The newest public articles that hold all that is asked for, at most so many.

    :param year: of that year of the site's alone.
    """
    index = _Index()
    for wanted in readings(text, understood):
        if not all(map(index.count, wanted)):
            continue
        query = _newest(wanted, None)
        if year:
            begins, ends = (datetime(of, 1, 1, tzinfo=identity.zone()) for of in (year, year + 1))
            query = query.where(Article.published_at >= begins, Article.published_at < ends)
        if found := list(db.session.scalars(query.limit(most))):
            return found
    return []


class _Index:
    """How often words are in the index; each is asked once."""

    def __init__(self) -> None:
        self._counts: dict[Wanted, int] = {}

    def count(self, word: Wanted) -> int:
        """The rows that hold a word, at most :data:`MOST_COUNTED`."""
        if word not in self._counts:
            counted = db.session.scalar(_counting(db.engine.dialect.name), {"asked": asked(word)})
            self._counts[word] = counted or 0
        return self._counts[word]


@lru_cache
def _counting(dialect: str) -> Select:
    """Built once for each kind of database: a search counts a handful of words."""
    found = select(article_words.c.rowid).where(holds(article_words)).limit(MOST_COUNTED)
    return select(func.count()).select_from(found.subquery())


def newest_about(words: str) -> list[Article]:
    """A few articles that hold all these words, those with them in the title first."""
    found = find(words, "", A_FEW, 1)
    return found.page.items if found.is_whole else []


def _fewer(wanted: tuple[Wanted, ...], index: _Index) -> Iterator[tuple[Wanted, ...]]:
    """The rarest words alone, ever fewer; those that are nowhere are left out."""
    rare = sorted(filter(index.count, wanted), key=index.count)
    for number in range(min(len(rare), len(wanted) - 1), 0, -1):
        yield tuple(rare[:number])


def _keys(wanted: tuple[Wanted, ...], per_page: int, number: int) -> list[int]:
    """The ids of this page's articles and of the next ones: those with it in their titles, then the
    others, which begin where the titles end."""
    before, left = rows_before(number, per_page), per_page * (AHEAD + 1)
    if not before and len(all_keys := _some(wanted, None, 0, left)) < left:
        # All there is: which of them have it in their titles?
        titled = _some(wanted, True, 0, left) if all_keys else []
        return titled + [key for key in all_keys if key not in titled]
    keys = _some(wanted, True, before, left)
    if len(keys) < left:
        titled_before = before + len(keys) if keys or not before else _count_titled(wanted, before)
        keys += _some(wanted, False, max(0, before - titled_before), left - len(keys))
    return keys


def _some(wanted: tuple[Wanted, ...], titled: bool | None, offset: int, limit: int) -> list[int]:
    return list(db.session.scalars(_newest(wanted, titled).offset(offset).limit(limit)))


def _is_held(wanted: tuple[Wanted, ...]) -> bool:
    return db.session.scalar(_newest(wanted, None).limit(1)) is not None


def _count_titled(wanted: tuple[Wanted, ...], most: int) -> int:
    found = _newest(wanted, True).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def _newest(wanted: tuple[Wanted, ...], titled: bool | None) -> Select:
    """The ids of the public articles, the newest first."""
    words = article_words.c
    # What is scheduled stands before all that is public: it is passed over at once.
    is_past = words.rowid < (int(formats.now().timestamp()) + 1) * SHIFT
    condition = holds(article_words, asked(*wanted, titled=titled))
    if db.engine.dialect.name == "sqlite" or _is_common(condition, is_past):
        places: FromClause = article_words
        condition &= is_past
    else:
        found = select(words.rowid).where(condition, is_past)
        places = found.cte("found").prefix_with("MATERIALIZED")
        condition = places.c.rowid > 0
    id = cast(places.c.rowid.op("&")(SHIFT - 1), BigInteger)
    public = Article.published().with_only_columns(Article.id).join(places, Article.id == id)
    return public.where(condition).order_by(places.c.rowid.desc())


def _is_common(condition: ColumnElement[bool], is_past: ColumnElement[bool]) -> bool:
    """Whether PostgreSQL does well to look for it from the newest on. Else it must look in the
    index alone: the planner, which knows how often the most common words come and no others, would
    read a million rows for a rare one.
    """
    words = article_words.c
    newest = select(words.rowid).where(is_past).order_by(words.rowid.desc()).limit(SAMPLE)
    hits = select(func.count()).where(words.rowid.in_(newest), condition)
    return db.session.scalar(hits) >= COMMON
