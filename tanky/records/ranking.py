"""Ranks a few thousand rows by the words that a person typed; in memory, with no database.

Made for people who do not know the official title: they type some of its words, or what people
call the thing, without accents or with the wrong ones, in short forms, with slips, in raw keys. A
row is found by any word; rare words count more, and a name more than a text.

A row's score has two parts, each from 0 to 1, by the words' weights (inverse document frequency:
Spärck Jones 1972). *Name*: how much of what was asked is in its best name, how much of that name
was asked, and how far in the same order. *Coverage*: how much of what was asked it holds at all,
each word by the best place that it stands in.
"""

import math
import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from heapq import nlargest
from typing import NamedTuple

from ..text.filling import is_filling
from ..text.folding import fold
from ..text.short_forms import SHORT_FORMS
from ..text.telex import Typed, decoded, typed_words


class Place(IntEnum):
    """Where a word stands."""

    NAME = 0
    OUTCOME = 1
    PAPERS = 2
    STEPS = 3


PLACES = (1.0, 0.5, 0.25, 0.12)  # what a word counts there
# What a word counts that is not quite the one typed.
OTHER_ACCENTS = 0.35  # đỏ for do, where do is a word as well
WRONG_ACCENTS = 0.8  # where no word has these accents
INITIALS = 0.9  # gks
SLIP = 0.7
BEGUN = 0.6  # the last word, not yet typed whole
ALIAS = 0.97  # against the official title
WHOLE_NAME = 0.5  # more for a name that is just what was asked
COVERAGE = 0.35
# Rows below this part of the best one's score are not what was meant.
FAR_BELOW = 0.45
# The best row holds less of what was asked: it is near, but nothing was found.
FOUND = 0.45
MOST_RANKED = 200  # rows whose names are compared
NAMED = 0.5  # of the best one's coverage, that a row must have to be among them
_CODE = re.compile(r"(?<!\d)(\d)\.(\d{6})(?!\d)")
FILLING = 0.2  # a word around the thing that is meant
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Entry:
    """A row as it is ranked."""

    subject: str
    id: int
    names: tuple[str, ...]  # its title, then what people call it
    texts: tuple[tuple[Place, str], ...] = ()
    groups: tuple[str, ...] = ()  # by which a search is narrowed


@dataclass(frozen=True)
class Hit:
    subject: str
    id: int
    score: float


@dataclass(frozen=True)
class Ranked:
    hits: list[Hit]  # the best first
    # Whether the best holds what was asked; else the hits are the nearest there is.
    is_found: bool
    # The words as they were understood, without accents.
    understood: str = ""


@dataclass(slots=True)
class _Row:
    entry: tuple[str, int]
    title: str  # folded
    groups: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    initials: tuple[str, ...]  # of each name


@dataclass
class _Term:
    """A word that was asked: the words of the index that may be meant → how well they fit."""

    variants: dict[str, float]
    weight: float
    bare: str  # as it was understood
    by_initials: tuple[int, ...] = ()  # rows with a name that it is short for


class _Question(NamedTuple):
    terms: list[_Term]
    typed: tuple[str, ...]  # the keys of the words, as they were typed
    asked: float  # the weight of all terms
    meaning: dict[str, list[tuple[int, float]]]  # word → the places of its terms, how well it fits


class Ranking:
    """An index of entries. Not safe for threads: whoever changes or asks it holds a lock."""

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self._of: dict[str, set[int]] = defaultdict(set)  # subject → its rows
        self._in_group: dict[str, set[int]] = defaultdict(set)
        self._next = 0
        # Word → the rows that hold it, each with the best place of it: number << 2 | place.
        self._postings: dict[str, array[int]] = {}
        self._in_names: Counter[str] = Counter()  # word → rows that have it in a name
        self._by_bare: dict[str, set[str]] = defaultdict(set)
        self._in_order: list[str] = []  # bare words of names, sorted; made when first asked for

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, entry: Entry) -> None:
        key = (entry.subject, entry.id)
        self.remove(*key)
        number = self._numbers[key] = self._next
        self._next += 1
        names = [_words(name) for name in entry.names if name.strip()]
        places: dict[str, Place] = {}
        # The worst place first: a better one has the last word.
        for place, text in sorted(entry.texts, reverse=True):
            for word in _words(text):
                places[word.keys] = place
                self._by_bare[word.bare].add(word.keys)
        for words in names:
            for word in words:
                places[word.keys] = Place.NAME
                self._by_bare[word.bare].add(word.keys)
        for keys, place in places.items():
            if keys not in self._postings:
                self._postings[keys] = array("I")
            self._postings[keys].append(number << 2 | place)
            if place is Place.NAME:
                self._in_names[keys] += 1
        self._of[entry.subject].add(number)
        for group in entry.groups:
            self._in_group[group].add(number)
        self._rows[number] = _Row(
            key,
            fold(entry.names[0]),
            entry.groups,
            tuple(tuple(word.keys for word in words) for words in names),
            tuple("".join(word.bare[0] for word in words) for words in names),
        )
        self._in_order = []

    def remove(self, subject: str, id: int) -> None:
        number = self._numbers.pop((subject, id), None)
        if number is None:
            return
        self._of[subject].discard(number)
        for group in self._rows.pop(number).groups:
            self._in_group[group].discard(number)
        # A change is rare: to look through the index costs less than to keep each row's words.
        for keys, postings in list(self._postings.items()):
            at = bisect_left(postings, number << 2)
            if at == len(postings) or postings[at] >> 2 != number:
                continue
            if postings[at] & 3 == Place.NAME:
                self._in_names[keys] -= 1
            del postings[at]
            if not postings:
                del self._postings[keys]
        for bare in list(self._by_bare):
            self._by_bare[bare] &= self._postings.keys()
            if not self._by_bare[bare]:
                del self._by_bare[bare]
        self._in_order = []

    def rank(self, text: str, *kinds: frozenset[str], group: str = "") -> list[Ranked]:
        """The rows that a text may mean: for each set of subjects, the best of those.

        :param group: only rows of this group; "" for all.
        """
        words = _words(text)
        terms = [term for at, word in enumerate(words) for term in self._terms(word, at, words)]
        asked = sum(term.weight for term in terms)
        understood = " ".join(term.bare for term in terms)
        coverage = self._coverage(terms, asked) if asked else {}
        meaning: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, term in enumerate(terms):
            for keys, fit in term.variants.items():
                meaning[keys].append((at, fit))
        typed = tuple(word.keys for word in words)
        question = _Question(terms, typed, asked, meaning)
        return [
            self._best(
                question,
                {number: coverage[number] for number in coverage.keys() & among},
                understood,
            )
            for among in (self._among(subjects, group) for subjects in kinds)
        ]

    def _among(self, subjects: frozenset[str], group: str) -> set[int]:
        """The numbers of the rows of these subjects, and of the group if one is named."""
        found: set[int] = set().union(*(self._of[subject] for subject in subjects))
        return found & self._in_group[group] if group else found

    def _best(self, question: _Question, coverage: dict[int, float], understood: str) -> Ranked:
        if not coverage:
            return Ranked([], False, understood)
        # Below this coverage even a name that is all matched would be far below the best.
        least = NAMED * max(coverage.values())
        best_first = nlargest(
            MOST_RANKED,
            (number for number, share in coverage.items() if share >= least),
            key=coverage.__getitem__,
        )
        scores = {
            number: round(
                self._name_score(self._rows[number], question) + COVERAGE * coverage[number], 6
            )
            for number in best_first
        }
        least = FAR_BELOW * max(scores.values())

        def place(number: int) -> tuple[float, bool, str, tuple[str, int]]:
            row = self._rows[number]
            # "do" fits "do" and "đỏ" alike, as typed without accents; it is one of them.
            is_typed = row.names[:1] == (question.typed,)
            return -scores[number], not is_typed, row.title, row.entry

        in_order = sorted((n for n, score in scores.items() if score >= least), key=place)
        hits = [Hit(*self._rows[number].entry, scores[number]) for number in in_order]
        return Ranked(hits, coverage[in_order[0]] >= FOUND, understood)

    def _coverage(self, terms: list[_Term], asked: float) -> dict[int, float]:
        """How much of what was asked each row holds: 0 to 1."""
        held: dict[int, float] = defaultdict(float)
        for term in terms:
            best: dict[int, float] = {}
            for keys, fit in term.variants.items():
                postings = self._postings[keys]
                worth = [fit * place for place in PLACES]
                for posting in postings:
                    number, fitting = posting >> 2, worth[posting & 3]
                    if fitting > best.get(number, 0):
                        best[number] = fitting
            for number in term.by_initials:
                best[number] = max(best.get(number, 0), INITIALS)
            for number, fit in best.items():
                held[number] += term.weight * fit
        return {number: share / asked for number, share in held.items()}

    def _name_score(self, row: _Row, question: _Question) -> float:
        terms, _, asked, meaning = question
        best = 0.0
        for position, name in enumerate(row.names):
            # Most names hold nothing of what was asked.
            if meaning.keys().isdisjoint(name):
                continue
            fits: dict[int, float] = {}
            in_order = matched = 0
            before: set[int] = set()
            for keys in name:
                here = meaning.get(keys, ())
                for at, fit in here:
                    fits[at] = max(fits.get(at, 0), fit)
                matched += bool(here)
                in_order += any(at - 1 in before for at, _ in here)
                before = {at for at, _ in here}
            share = sum(terms[at].weight * fit for at, fit in fits.items()) / asked
            order = in_order / max(1, len(terms) - 1)
            score = share * (0.55 + 0.25 * matched / len(name) + 0.2 * min(1.0, order))
            if matched == len(name) == len(terms) and len(fits) == len(terms):
                score += WHOLE_NAME * share
            best = max(best, score * (ALIAS if position else 1.0))
        return best

    def _terms(self, word: Typed, at: int, words: list[Typed]) -> Iterator[_Term]:
        """What a typed word may mean: one term, or several where words were run together."""
        variants = self._as_typed(word)
        is_named = any(self._in_names[keys] for keys in variants)
        if is_named:
            yield self._term(variants, word)
            return
        if expanded := SHORT_FORMS.get(word.bare):
            for part in typed_words(expanded):
                yield self._term(self._as_typed(part), part)
            return
        if not variants and (meant := decoded(word.bare)) and meant.bare in self._by_bare:
            yield self._term(self._as_typed(meant), meant)
            return
        by_initials = self._short_for(word.bare)
        if not by_initials and not variants and (parts := self._parted(word.bare)):
            for bare in parts:
                piece = Typed(bare, bare)
                yield self._term(self._as_typed(piece), piece)
            return
        if at == len(words) - 1:
            variants = dict.fromkeys(self._begun(word.bare), BEGUN) | variants
        slips = self._slips(word.bare)
        understood = word if variants or not slips else Typed(slips[0], slips[0])
        for bare in slips:
            for keys in self._by_bare[bare]:
                variants.setdefault(keys, SLIP)
        term = self._term(variants, understood)
        if by_initials:
            term.by_initials = by_initials
            term.weight = self._weight(len(by_initials))
        yield term

    def _as_typed(self, word: Typed) -> dict[str, float]:
        known = self._by_bare.get(word.bare, set())
        if word.keys == word.bare:
            return dict.fromkeys(known, 1.0)
        if word.keys in known:
            return dict.fromkeys(known, OTHER_ACCENTS) | {word.keys: 1.0}
        return dict.fromkeys(known, WRONG_ACCENTS)

    def _term(self, variants: dict[str, float], word: Typed) -> _Term:
        rows = sum(self._in_names[keys] for keys in variants) or sum(
            len(self._postings[keys]) for keys in variants
        )
        weight = self._weight(rows)
        if not variants:
            # Of a word that nothing holds, nobody knows whether it matters.
            weight = 0.5 * math.log(1 + len(self._rows))
        if is_filling(word):
            weight *= FILLING
        return _Term(variants, weight, word.bare)

    def _weight(self, rows: int) -> float:
        """Of a word that so many rows hold."""
        return math.log(1 + len(self._rows) / (0.5 + min(rows, len(self._rows))))

    def _short_for(self, bare: str) -> tuple[int, ...]:
        """The rows with a name of which these are the initials of three to five words."""
        if not 3 <= len(bare) <= 5:
            return ()
        return tuple(
            number
            for number, row in self._rows.items()
            if any(bare in initials for initials in row.initials)
        )

    def _parted(self, bare: str) -> list[str]:
        """The fewest words of the index that a text without spaces consists of; none if it does
        not."""
        best: list[list[str] | None] = [[]]
        for end in range(1, min(len(bare), 60) + 1):
            found = None
            for start in range(max(0, end - 7), end):
                before, word = best[start], bare[start:end]
                if before is None or word not in self._by_bare or (len(word) == 1 and word != "i"):
                    continue
                if found is None or len(before) + 1 < len(found):
                    found = [*before, word]
            best.append(found)
        return (best[-1] or []) if len(best) == len(bare) + 1 else []

    def _begun(self, bare: str) -> list[str]:
        """The words of names that begin so."""
        if not self._in_order:
            self._in_order = sorted(
                bare
                for bare, known in self._by_bare.items()
                if any(self._in_names[keys] for keys in known)
            )
        first = bisect_left(self._in_order, bare)
        begun: list[str] = []
        for word in self._in_order[first : first + 20]:
            if not word.startswith(bare):
                break
            begun += self._by_bare[word]
        return begun

    def _slips(self, bare: str) -> list[str]:
        """The words that one slip of a letter makes of it; those of names where there are some."""
        if len(bare) < 3 or len(bare) > 12 or bare.isdigit():
            return []
        known = sorted(word for word in _edits(bare) if word in self._by_bare)
        named = [
            word for word in known if any(self._in_names[keys] for keys in self._by_bare[word])
        ]
        return named or known


def _words(text: str) -> list[Typed]:
    """The words of a text, a code being one: ``1.001193`` → ``1001193``."""
    return typed_words(_CODE.sub(r"\1\2", text))


def _edits(word: str) -> Iterable[str]:
    """What one letter more, less, or other makes of a word, or two that change places."""
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    edits = {a + b[1:] for a, b in splits if b}
    edits |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    edits |= {a + letter + b[1:] for a, b in splits if b for letter in _LETTERS}
    edits |= {a + letter + b for a, b in splits for letter in _LETTERS}
    return edits - {word}
