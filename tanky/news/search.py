"""Finding articles by words, the newest first, at a cost that hardly grows with their number.

The index ``article_words`` (migration 0006) is FTS5 on SQLite and a GIN index on PostgreSQL. A
row's number is its article's second of publication times 2³¹ plus the article's id: read
backwards, the first matches of a common word are its newest, and the others are left unread.
"""

import re

from sqlalchemy import BigInteger, Select, cast, column, false, func, table

from ..extensions import db
from ..text import formats
from ..text.folding import words_of
from .models import Article

SHIFT = 2**31
article_words = table("article_words", column("rowid", BigInteger), column("words"))
NEWEST = (article_words.c.rowid.desc(),)
_ITEM = re.compile(r'"([^"]*)"|(\S+)')


def phrases(text: str) -> list[str]:
    """What has to be found: words, and phrases of words that are quoted or written as one
    (``42/2022/NĐ-CP`` → ``42 2022 nd cp``)."""
    items = (" ".join(words_of(quoted or bare)) for quoted, bare in _ITEM.findall(text))
    return list(dict.fromkeys(filter(None, items)))


def matching(text: str) -> Select:
    """The public articles that hold all that is asked for, with or without diacritics; in the
    order of :data:`NEWEST`. Signs alone are found nowhere.
    """
    asked = phrases(text)
    if not asked:
        holds = false()
    elif db.engine.dialect.name == "sqlite":
        query = " AND ".join(f'"{phrase}"' for phrase in asked)
        holds = column("article_words").op("MATCH")(query)
    else:
        query = func.phraseto_tsquery("simple", asked[0])
        for phrase in asked[1:]:
            query = query.op("&&")(func.phraseto_tsquery("simple", phrase))
        holds = article_words.c.words.op("@@")(query)
    # What is scheduled stands before all that is public: it is passed over at once.
    latest = (int(formats.now().timestamp()) + 1) * SHIFT
    id_of = cast(article_words.c.rowid.op("&")(SHIFT - 1), BigInteger)
    return (
        Article.published()
        .join(article_words, Article.id == id_of)
        .where(holds, article_words.c.rowid < latest)
    )
