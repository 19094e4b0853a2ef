"""Finding rows by words, with or without diacritics.

Each noun keeps a folded column ``search_text``. In the desk's lists, :func:`having` looks for parts
of words in it. Long texts have an index of words beside their table: FTS5 on SQLite, GIN on
PostgreSQL; :func:`indexed` says what is in it, :func:`readings` and :func:`holds` ask it. What
residents come for is ranked in memory (``ranking.py``).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    TableClause,
    bindparam,
    column,
    false,
    func,
    select,
    table,
)
from sqlalchemy.orm import InstrumentedAttribute

from ..base.db import db
from ..text.filling import is_filling
from ..text.folding import words_of
from ..text.short_forms import SHORT_FORMS
from ..text.telex import Typed, typed_words

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


TITLE = "qq"  # before a word of a title; no Vietnamese word begins so


def indexed(title: str, *texts: str) -> str:
    """What ``search_text`` holds for an index of words: all words bare, then in Telex, so that
    phrases stay whole in both; then those of the title, marked.
    """
    named = typed_words(title)
    words = named + typed_words(" ".join(texts))
    return " ".join((
        *(word.bare for word in words),
        *(word.keys for word in words),
        *(TITLE + word.bare for word in named),
    ))  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A word or phrase to be found: any of its forms will do."""

    forms: tuple[str, ...]  # words of the index, parted by spaces
    titles: tuple[str, ...]  # the same as the words of a title are marked


def readings(text: str, understood: str = "") -> list[tuple[Wanted, ...]]:
    """The ways to read what was asked, the strictest first; none where there are only signs.

    What is quoted or written as one is a phrase (``42/2022/NĐ-CP``).

    :param understood: the same words as something else understood them, bare.
    """
    items = [typed_words(quoted or bare) for quoted, bare in _ITEM.findall(text)]
    items = [item for item in items if item]
    meant = [[word] for word in typed_words(understood)]
    if [word.bare for item in items for word in item] == [word.bare for (word,) in meant]:
        meant = []
    bare = tuple(_wanted(item, with_accents=False) for item in items)
    core = tuple(
        _wanted(item, with_accents=False)
        for item in items
        if len(item) > 1 or not is_filling(item[0])
    )
    found = [
        tuple(_wanted(item, with_accents=True) for item in items),
        bare,
        tuple(_wanted(item, with_accents=False) for item in meant),
        core,
    ]
    return list(dict.fromkeys(filter(None, found)))


def _wanted(item: list[Typed], with_accents: bool) -> Wanted:
    written = [item]
    if len(item) == 1 and (expanded := SHORT_FORMS.get(item[0].bare)):
        written.append(typed_words(expanded))
    return Wanted(
        tuple(
            " ".join(word.keys if with_accents else word.bare for word in words)
            for words in written
        ),
        tuple(" ".join(TITLE + word.bare for word in words) for words in written),
    )


def asked(*wanted: Wanted, titled: bool | None = None) -> str:
    """A query for rows that hold all that is wanted, as the database's index writes it.

    :param titled: with all of it in its title, or with not all of it there; None for either.
    """
    signs = _FTS5 if _is_on_sqlite() else _TSQUERY
    query = signs.all_of(word.forms for word in wanted)
    if titled is None:
        return query
    in_title = signs.all_of(word.titles for word in wanted)
    return f"{query} {signs.with_ if titled else signs.without} {in_title}"


def holds(index: TableClause, query: str | None = None) -> ColumnElement[bool]:
    """That a row of an index of words (FTS5 or tsvector) answers a query.

    :param query: None for one that is given with the statement, as ``asked``.
    """
    given = bindparam("asked", query, String, required=query is None)
    if _is_on_sqlite():
        return column(index.name).op("MATCH", is_comparison=True)(given)
    return index.c.words.op("@@", is_comparison=True)(func.to_tsquery("simple", given))


def holding(
    query: Select[Any], id: InstrumentedAttribute[int], words: str, understood: str = ""
) -> Select[Any]:
    """``query`` narrowed to the rows whose index of words holds what was asked, in the strictest
    reading under which there are any.

    :param id: the key of the rows, whose table has an index ``<table>_words``.
    """
    index = table(f"{id.class_.__tablename__}_words", column("rowid", BigInteger), column("words"))
    narrowed = query.where(id.in_(()))
    for wanted in readings(words, understood):
        found = select(index.c.rowid).where(holds(index, asked(*wanted)))
        narrowed = query.where(id.in_(found))
        if db.session.scalar(narrowed.with_only_columns(id).limit(1)):
            break
    return narrowed


def _is_on_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


class _Signs(NamedTuple):
    """How a query of an index is written."""

    phrase: str
    next: str  # between the words of a phrase
    either: str
    with_: str
    without: str

    def all_of(self, wanted: Iterable[tuple[str, ...]]) -> str:
        every = (self.either.join(map(self._phrase, forms)) for forms in wanted)
        return "(" + self.with_.join(f" ({any_of}) " for any_of in every) + ")"

    def _phrase(self, words: str) -> str:
        return self.phrase.format(self.next.join(words.split()))


_FTS5 = _Signs('"{}"', " ", " OR ", "AND", "NOT")
# Words are letters and digits: none needs to be quoted.
_TSQUERY = _Signs("({})", " <-> ", " | ", "&", "& !")
