"""All that there is for some words: of which kinds and years, and how much of each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ..base.db import db
from ..records import finder, public
from ..records.public import Public
from ..site import identity

SERVICES = 8  # procedures and the like above the news
OTHERS = 4
TEXTS = 3  # rows whose long texts or files have the words
MOST_HELD = 500  # rows of a noun that are looked at by their long texts


@dataclass(frozen=True)
class Hit:
    noun: Public
    id: int
    year: int | None


@dataclass(frozen=True)
class Choice:
    """A way to narrow what was found."""

    value: str  # in the address
    label: str
    count: int


class Search:
    """What the words may mean.

    :param kind: only rows of this kind (``Public.found_as``); "" for all.
    :param year: only rows of this year; None for all.
    """

    def __init__(self, words: str, kind: str = "", year: int | None = None):
        self.kind, self.year = kind, year
        self.services, self.others = finder.find_each(
            words, (public.services(), slice(SERVICES)), (public.others(), slice(OTHERS))
        )
        nouns = [noun for noun in public.current_nouns() if noun.found_as[0]]
        # The row whose whole code or number was typed.
        self.exact = [(noun, row) for noun in nouns if (row := noun.exactly(words)) is not None]
        self._held = [
            (noun, id)
            for noun in nouns
            for id in noun.holding(words, self.services.understood, MOST_HELD)
        ]
        ranked = [
            hit for found in (self.services, self.others) if found.is_found for hit in found.hits
        ]
        exact = [(noun, row.id) for noun, row in self.exact]
        self._hits = _dated(dict.fromkeys([*exact, *ranked, *self._held]))

    @property
    def other_rows(self) -> list[tuple[Public, Any]]:
        """The best of what is nothing to get done, but for what was named exactly."""
        rows = self.others.rows if self.others.is_found else []
        return [hit for hit in rows if hit not in self.exact]

    @property
    def texts(self) -> list[tuple[Public, Any]]:
        """Rows that are found by their long texts or files alone; articles have a list of their
        own."""
        shown = {(noun, row.id) for noun, row in (*self.exact, *self.other_rows)}
        hits = [hit for hit in self._held if hit[0].is_ranked and hit not in shown]
        return finder.rows_of(hits[:TEXTS])

    @property
    def narrowed(self) -> list[tuple[Public, int]]:
        """What is of the kind and of the year, the best first."""
        return [
            (hit.noun, hit.id)
            for hit in self._hits
            if self._is_of_kind(hit) and self._is_of_year(hit)
        ]

    @property
    def kinds(self) -> list[Choice]:
        """The kinds that there are of the year, most rows first."""
        counted = Counter(hit.noun.found_as for hit in self._hits if self._is_of_year(hit))
        return [Choice(value, label, count) for (value, label), count in counted.most_common()]

    @property
    def years(self) -> list[Choice]:
        """The years that there are of the kind, the newest first."""
        counted = Counter(hit.year for hit in self._hits if hit.year and self._is_of_kind(hit))
        return [Choice(str(y), str(y), count) for y, count in sorted(counted.items(), reverse=True)]

    def _is_of_kind(self, hit: Hit) -> bool:
        return self.kind in ("", hit.noun.found_as[0])

    def _is_of_year(self, hit: Hit) -> bool:
        return self.year in (None, hit.year)


def kinds() -> set[str]:
    return {noun.found_as[0] for noun in public.current_nouns()} - {""}


def _dated(hits: Iterable[tuple[Public, int]]) -> list[Hit]:
    hits = list(hits)
    years: dict[tuple[Public, int], int] = {}
    for noun in {noun for noun, _ in hits if noun.dated_by}:
        ids = [id for of, id in hits if of is noun]
        columns = noun.model.id, getattr(noun.model, noun.dated_by)
        dates = select(*columns).where(noun.model.id.in_(ids))
        years |= {
            (noun, id): day.year
            for id, moment in db.session.execute(dates)
            if (day := _day(moment))
        }
    return [Hit(noun, id, years.get((noun, id))) for noun, id in hits]


def _day(moment: date | datetime | None) -> date | None:
    return identity.day_of(moment) if isinstance(moment, datetime) else moment


def suggestions(words: str) -> Sequence[tuple[Public, Any]]:
    """The rows that someone who is still typing may mean."""
    services, others = finder.find_each(
        words, (public.services(), slice(5)), (public.others(), slice(3))
    )
    return [row for found in (services, others) if found.is_found for row in found.rows]
