"""Finding rows by words, with or without diacritics.

Each noun keeps a folded column ``search_text``. Among the few thousand rows that a desk or a
catalogue has, :func:`having` looks for parts of words in it. What residents search in full texts
has an index of words beside its table (``op.indexes_words``): FTS5 on SQLite, GIN on PostgreSQL.
"""

import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    column,
    false,
    func,
    select,
    table,
)

from ..base.db import db
from ..text.folding import words_of

_ITEM = re.compile(r'"([^"]*)"|(\S+)')


def having(query: Select[Any], column: SQLColumnExpression[str], words: str) -> Select[Any]:
    """``query`` narrowed to the rows whose folded ``column`` holds every word; signs alone are
    found nowhere."""
    asked = words_of(words)
    if words.strip() and not asked:
        return query.where(false())
    for word in asked:
        query = query.where(column.contains(word, autoescape=True))
    return query


def phrases(text: str) -> list[str]:
    """What has to be found: words, and phrases of words that are quoted or written as one
    (``42/2022/NĐ-CP`` → ``42 2022 nd cp``)."""
    items = (" ".join(words_of(quoted or bare)) for quoted, bare in _ITEM.findall(text))
    return list(dict.fromkeys(filter(None, items)))


def match_query(asked: list[str]) -> str:
    """The phrases as FTS5 asks for them."""
    return " AND ".join(f'"{phrase}"' for phrase in asked)


def ts_query(asked: list[str]) -> ColumnElement[Any]:
    """The phrases as PostgreSQL asks for them."""
    query: ColumnElement[Any] = func.phraseto_tsquery("simple", asked[0])
    for phrase in asked[1:]:
        query = query.op("&&")(func.phraseto_tsquery("simple", phrase))
    return query


def holding(model: Any, text: str) -> Select[Any]:
    """The ids of the rows of a model whose words are all that is asked for; signs alone are found
    nowhere."""
    index = table(f"{model.__tablename__}_words", column("rowid", BigInteger), column("words"))
    asked = phrases(text)
    if not asked:
        return select(index.c.rowid).where(false())
    if db.engine.dialect.name == "sqlite":
        matches = column(index.name).op("MATCH")(match_query(asked))
    else:
        matches = index.c.words.op("@@")(ts_query(asked))
    return select(index.c.rowid).where(matches)
