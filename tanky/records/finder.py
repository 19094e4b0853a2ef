"""What residents come for, found by words: one :class:`~.ranking.Ranking` in each worker.

It is brought up to date when it is asked and the content number is another, or something has come
or gone by its time: the nouns say which rows changed, and those alone are read again.
"""

import threading
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy import text

from ..base.db import db
from ..front.content_number import ASK
from ..text import formats
from .public import Public, current_nouns, next_change
from .ranking import MOST_RANKED, Hit, Ranked, Ranking

# To take out a row costs a look through the index; beyond this many it is made anew.
MOST_TAKEN_OUT = 100
AT_ONCE = 100  # rows that are read


class Finder:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ranking = Ranking()
        self._stamps: dict[tuple[str, int], Hashable] = {}
        self._number = -1
        self._until = 0.0  # when something appears or goes by itself; seconds since the epoch

    def rank(self, words: str, *kinds: frozenset[str], group: str) -> list[Ranked]:
        """The rows that the words may mean (:meth:`Ranking.rank`)."""
        number, now = db.session.scalar(text(ASK)) or 0, formats.now().timestamp()
        with self._lock:
            if number != self._number or now >= self._until:
                self._refresh()
                self._number, self._until = number, next_change(now) or float("inf")
            return self._ranking.rank(words, *kinds, group=group)

    def _refresh(self) -> None:
        nouns = [noun for noun in current_nouns() if noun.is_ranked]
        stamps = {
            (noun.model.SUBJECT, id): stamp for noun in nouns for id, stamp in noun.stamps().items()
        }
        gone = [key for key in self._stamps if stamps.get(key) != self._stamps[key]]
        if len(gone) > MOST_TAKEN_OUT:
            self._ranking, self._stamps, gone = Ranking(), {}, []
        for key in gone:
            self._ranking.remove(*key)
            del self._stamps[key]
        for noun in nouns:
            self._take_in(noun, stamps)
        self._stamps = stamps

    def _take_in(self, noun: Public, stamps: dict[tuple[str, int], Hashable]) -> None:
        subject = noun.model.SUBJECT
        new = [id for of, id in stamps if of == subject and (of, id) not in self._stamps]
        for first in range(0, len(new), AT_ONCE):
            for entry in noun.entries(new[first : first + AT_ONCE]):
                self._ranking.put(entry)


def init_app(app: Flask) -> None:
    app.extensions["finder"] = Finder()
    app.jinja_env.globals["most_ranked"] = MOST_RANKED


@dataclass(frozen=True)
class Found:
    rows: list[tuple[Public, Any]]  # each with its noun, the best first
    is_found: bool  # else they are the nearest there is
    hits: list[tuple[Public, int]]  # all that were found, at most MOST_RANKED: noun and id
    understood: str  # the words, without accents

    @property
    def count(self) -> int:
        return len(self.hits)


def find(words: str, nouns: Iterable[Public], part: slice, group: str = "") -> Found:
    """The rows of some nouns that the words may mean.

    :param part: which of them; all are counted.
    """
    return find_each(words, (nouns, part), group=group)[0]


def find_each(words: str, *wanted: tuple[Iterable[Public], slice], group: str = "") -> list[Found]:
    """The same for several sets of nouns, by one look at the index."""
    finder: Finder = current_app.extensions["finder"]
    kinds = [{noun.model.SUBJECT: noun for noun in nouns} for nouns, _ in wanted]
    ranked = finder.rank(words, *map(frozenset, kinds), group=group)
    return [
        Found(
            _rows(best.hits[part], nouns),
            best.is_found,
            [(nouns[hit.subject], hit.id) for hit in best.hits],
            best.understood,
        )
        for nouns, best, (_, part) in zip(kinds, ranked, wanted, strict=True)
    ]


def _rows(hits: list[Hit], nouns: dict[str, Public]) -> list[tuple[Public, Any]]:
    return rows_of([(nouns[hit.subject], hit.id) for hit in hits])


def rows_of(hits: Sequence[tuple[Public, int]]) -> list[tuple[Public, Any]]:
    """The rows that residents see still, each with its noun, in the order of the hits."""
    rows: dict[tuple[Public, int], Any] = {}
    for noun in {noun for noun, _ in hits}:
        ids = [id for of, id in hits if of is noun]
        found = db.session.scalars(noun.visible().where(noun.model.id.in_(ids)))
        rows |= {(noun, row.id): row for row in found}
    return [(noun, rows[noun, id]) for noun, id in hits if (noun, id) in rows]
