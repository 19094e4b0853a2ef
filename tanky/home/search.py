"""All that there is for some words: of which kinds and years, and how much of each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..records import finder, public
from ..records.public import Public
from ..records.ranking import MOST_RANKED
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
    count: int | None  # None: not all were counted, and so not these
    is_more: bool = False  # there are more than were counted


class Search:
    """What the words may mean.

    :param kind: only rows of this kind (``Public.found_as``); "" for all.
    :param year: only rows of this year; None for all.
    """

    def __init__(self, words: str, kind: str = "", year: int | None = None):
        self.words, self.kind, self.year = words, kind, year
        self._nouns = [noun for noun in public.current_nouns() if noun.found_as[0]]
        self.services, self.others = self._ranked(self._nouns)
        # The row whose whole code or number was typed.
        self.exact = [
            (noun, row) for noun in self._nouns if (row := noun.exactly(words)) is not None
        ]
        self._held = self._holding(self._nouns)
        self._hits = self._gathered(self.services, self.others, self._held)
        # The nouns of which there is more than was looked at.
        self._uncounted = {noun for noun, number in Counter(noun for noun, _ in self._held).items()
                           if number == MOST_HELD}  # fmt: skip
        for found in (self.services, self.others):
            if found.count == MOST_RANKED:
                self._uncounted |= {noun for noun, _ in found.hits}

    @property
    def service_rows(self) -> list[tuple[Public, Any]]:
        """The best of what there is to get done, else the nearest; what was named exactly stands
        above."""
        if self.exact and not self.services.is_found:
            return []
        return [hit for hit in self.services.rows if hit not in self.exact]

    @property
    def other_rows(self) -> list[tuple[Public, Any]]:
        rows = self.others.rows if self.others.is_found else []
        return [hit for hit in rows if hit not in self.exact]

    @property
    def texts(self) -> list[tuple[Public, Any]]:
        """Rows that are found by their long texts or files alone; articles have a list of their
        own."""
        shown = {(noun, row.id) for noun, row in (*self.exact, *self.other_rows)}
        hits = [hit for hit in self._held if hit[0].is_ranked and hit not in shown]
        return finder.rows_of(hits[:TEXTS])

    @cached_property
    def narrowed(self) -> list[tuple[Public, int]]:
        """What is of the kind and of the year, the best first."""
        nouns = [noun for noun in self._nouns if self.kind in ("", noun.found_as[0])]
        hits = self._hits
        if not self._uncounted.isdisjoint(nouns):
            # Of these alone, more of them are looked at.
            services, others = self._ranked(nouns)
            hits = self._gathered(services, others, self._holding(nouns, self.year))
        return [(hit.noun, hit.id) for hit in hits if hit.noun in nouns and self._is_of_year(hit)]

    @property
    def is_more(self) -> bool:
        """Whether there is more of the kind and year than :attr:`narrowed` has."""
        return len(self.narrowed) >= MOST_HELD

    @property
    def kinds(self) -> list[Choice]:
        """The kinds that there are of the year, most rows first."""
        counted = Counter(hit.noun for hit in self._hits if self._is_of_year(hit))
        # The chosen one first: on a phone the others may be beyond the screen.
        counts = sorted(counted.most_common(), key=lambda one: one[0].found_as[0] != self.kind)
        return [Choice(*noun.found_as, count, noun in self._uncounted) for noun, count in counts]

    @property
    def years(self) -> list[Choice]:
        """The years that there are of the kind, the newest first."""
        hits = [hit for hit in self._hits if self.kind in ("", hit.noun.found_as[0])]
        counted = Counter(hit.year for hit in hits if hit.year)
        is_whole = self._uncounted.isdisjoint(hit.noun for hit in hits)
        return [
            Choice(str(year), str(year), count if is_whole else None)
            for year, count in sorted(counted.items(), reverse=True)
        ]

    def _ranked(self, nouns: list[Public]) -> list[finder.Found]:
        ranked = [noun for noun in nouns if noun.is_ranked]
        return finder.find_each(
            self.words,
            ([noun for noun in ranked if noun.is_service], slice(SERVICES)),
            ([noun for noun in ranked if not noun.is_service], slice(OTHERS)),
        )

    def _holding(self, nouns: list[Public], year: int | None = None) -> list[tuple[Public, int]]:
        understood = self.services.understood
        return [
            (noun, id)
            for noun in nouns
            for id in noun.holding(self.words, understood, MOST_HELD, year)
        ]

    def _gathered(
        self, services: finder.Found, others: finder.Found, held: list[tuple[Public, int]]
    ) -> list[Hit]:
        """Each row once: what was named exactly, what is ranked, what holds the words."""
        exact = [(noun, row.id) for noun, row in self.exact]
        ranked = [hit for found in (services, others) if found.is_found for hit in found.hits]
        return _dated(dict.fromkeys([*exact, *ranked, *held]))

    def _is_of_year(self, hit: Hit) -> bool:
        return self.year in (None, hit.year)


def kinds() -> set[str]:
    return {noun.found_as[0] for noun in public.current_nouns()} - {""}


def _dated(hits: Iterable[tuple[Public, int]]) -> list[Hit]:
    hits = list(hits)
    years: dict[tuple[Public, int], int] = {}
    for noun in {noun for noun, _ in hits}:
        ids = [id for of, id in hits if of is noun]
        years |= {(noun, id): year for id, year in noun.years(ids, identity.zone()).items()}
    return [Hit(noun, id, years.get((noun, id))) for noun, id in hits]


def suggestions(words: str) -> Sequence[tuple[Public, Any]]:
    """The rows that someone who is still typing may mean."""
    services, others = finder.find_each(
        words, (public.services(), slice(5)), (public.others(), slice(3))
    )
    return [row for found in (services, others) if found.is_found for row in found.rows]
