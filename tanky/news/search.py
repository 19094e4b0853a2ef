"""Finding articles by words, the newest first, at a cost that hardly grows with their number.

The index ``article_words`` (migration 0006) is FTS5 on SQLite and a GIN index on PostgreSQL. A
row's number is its article's second of publication times 2³¹ plus the article's id: read
backwards, the first matches of a common word are its newest, and the others are left unread.
"""

from sqlalchemy import BigInteger, Select, cast, column, false, func, select, table

from ..base.db import db
from ..records.search import match_query, phrases, ts_query
from ..text import formats
from .models import Article

SHIFT = 2**31
article_words = table("article_words", column("rowid", BigInteger), column("words"))
SAMPLE = 1000  # of the newest articles
COMMON = 10  # of the sample


def matching(text: str) -> tuple[Select, tuple]:
    """The public articles that hold all that is asked for, with or without diacritics, and the
    order in which to take them, the newest first. Signs alone are found nowhere.
    """
    words = article_words.c
    # What is scheduled stands before all that is public: it is passed over at once.
    is_past = words.rowid < (int(formats.now().timestamp()) + 1) * SHIFT
    asked = phrases(text)
    if not asked:
        found = article_words.select().where(false()).subquery()
    elif db.engine.dialect.name == "sqlite":
        query = match_query(asked)
        # As it stands in the query, so that its order is the index's own.
        holds = column("article_words").op("MATCH")(query)
        return _public(words.rowid).where(holds, is_past), (words.rowid.desc(),)
    else:
        found = _on_postgres(asked, is_past)
    return _public(found.c.rowid), (found.c.rowid.desc(),)


def _on_postgres(asked: list[str], is_past):
    """Common words are looked for from the newest on, others in the index alone: the planner, which
    knows how often the most common words come and no others, would read a million rows for a rare
    one.
    """
    words = article_words.c
    query = ts_query(asked)
    newest = article_words.select().where(is_past).order_by(words.rowid.desc()).limit(SAMPLE)
    sample = newest.subquery()
    hits = select(func.count()).where(sample.c.words.op("@@")(query))
    found = select(words.rowid).where(words.words.op("@@")(query), is_past)
    if db.session.scalar(hits) < COMMON:
        return found.cte("found").prefix_with("MATERIALIZED")
    return found.subquery()


def _public(place) -> Select:
    """The public articles at these places of the index."""
    id = cast(place.op("&")(SHIFT - 1), BigInteger)
    return Article.published().join(place.table, Article.id == id)
