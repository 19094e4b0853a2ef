"""What a noun gives residents' pages. ``create_app`` lists the nouns; page cache, files, search and
site map ask each of them."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any, ClassVar, NamedTuple

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, or_, select
from werkzeug.exceptions import HTTPException

from ..base.db import db
from . import references
from .ranking import Entry


@dataclass(frozen=True)
class Place:
    """A page of the site map."""

    path: str
    changed_at: datetime | None = None


class Outline(NamedTuple):
    """A page and those beneath it, as people find their way."""

    title: str
    path: str
    beneath: Sequence["Outline"] = ()


@dataclass(frozen=True)
class Catalogued:
    """A line of the list of information that must be public (Luật 104/2016/QH13, article 34)."""

    name: str
    number: str
    dated_on: date | None
    form: str
    since: date | None
    duration: str
    address: str  # a path of this site, or words


class Public:
    """A noun as residents see it. What is ``None`` or empty here, a noun need not have."""

    model: ClassVar[Any]
    # The part of an address before a row's id, where texts link to rows: /<path>/<id>.
    path: ClassVar[str] = ""
    # Whether its rows are ranked by the words that a person types: a few thousand at most.
    is_ranked: ClassVar[bool] = False
    # Whether they are things to get done, which the catalogue's search finds.
    is_service: ClassVar[bool] = False
    # Draws one row in a list of what was found: gets ``row``.
    row_template: ClassVar[str] = ""
    # Whether each row has a place of its own on the map.
    is_mapped: ClassVar[bool] = True

    # What a search calls its rows: in the address, and as people read it.
    found_as: ClassVar[tuple[str, str]] = ("", "")
    # The attribute by whose year a search is narrowed; "": its rows are of no year.
    dated_by: ClassVar[str] = ""

    # The endpoint of a row's page, and what tells rows apart there, argument and attribute; empty:
    # its rows have none.
    row_page: ClassVar[tuple[str, str]] = ("", "")

    def visible(self) -> Select[Any]:
        """The rows that residents may see now."""
        raise NotImplementedError

    def next_change(self, after: datetime) -> datetime | None:
        """The first moment after ``after`` at which a row appears or goes by itself."""
        return None

    def over(self) -> Select[Any] | None:
        """The rows that residents saw once and see no more by their time or a person's decision,
        but for those in the trash; None where nothing ends so."""
        return None

    def named_people(self) -> Select[Any] | None:
        """The rows that residents see for a time only since they name people: nobody on the way
        may keep what they show."""
        return None

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        """Where the rows are now, by their ids; of those that residents see."""
        return {}

    def named(self, name: str) -> Any | None:
        """The row that texts and other nouns name so: by its code, or the end of its address."""
        return None

    def present(self, keys: Collection[Any]) -> set[Any]:
        """Those of the keys in :attr:`row_page` of which residents see the row."""
        column = getattr(self.model, self.row_page[1])
        rows = self.visible().with_only_columns(column).where(column.in_(keys))
        return set(db.session.scalars(rows))

    def passed(self, secret: str) -> Select[Any] | None:
        """The row that the secret of a preview link leads to."""
        return None

    def exactly(self, words: str) -> Any | None:
        """The row that residents see of which this is the whole code or number."""
        return None

    def holding(
        self, words: str, understood: str, most: int, year: int | None = None
    ) -> Sequence[int]:
        """The ids of the rows, the newest first, whose long texts and files hold the words.

        :param understood: the same words as the ranking understood them, bare.
        :param year: of that year alone, where the noun can tell.
        """
        return ()

    def years(self, ids: Collection[int], zone: tzinfo) -> dict[int, int]:
        """The years that rows are of in a time zone, by their ids; of those that are of one."""
        if not self.dated_by:
            return {}
        columns = self.model.id, getattr(self.model, self.dated_by)
        rows = db.session.execute(select(*columns).where(self.model.id.in_(ids)))
        return {
            id: (told.astimezone(zone) if isinstance(told, datetime) else told).year
            for id, told in rows
            if told
        }

    def stamps(self) -> Mapping[int, Hashable]:
        """The rows to be ranked, by their ids; another stamp: found by other words."""
        return {}

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        """Those rows as they are ranked."""
        return ()

    def places(self, first: int, last: int) -> Iterable[Place]:
        """The pages of the rows whose ids are from ``first`` to ``last``; with the first rows also
        the pages that list them."""
        return ()

    def catalogued(self, year: int) -> Iterable[Catalogued]:
        """What of it belongs on the list of information that must be public, of one year."""
        return ()

    def outline(self) -> Outline | None:
        """Its part of the site map for people; None where it has no page of its own."""
        return None


def init_app(app: Flask, nouns: Iterable[Public]) -> None:
    app.extensions["public_nouns"] = tuple(nouns)


def current_nouns() -> tuple[Public, ...]:
    nouns: tuple[Public, ...] = current_app.extensions["public_nouns"]
    return nouns


def services() -> list[Public]:
    """The nouns that are things to get done."""
    return [noun for noun in current_nouns() if noun.is_service]


def others() -> list[Public]:
    """The other nouns that are ranked."""
    return [noun for noun in current_nouns() if noun.is_ranked and not noun.is_service]


def next_change(after: float) -> float | None:
    """When something appears or goes by itself after a moment; both in seconds since the epoch."""
    moment = datetime.fromtimestamp(after, UTC)
    changes = (noun.next_change(moment) for noun in current_nouns())
    first = min(filter(None, changes), default=None)
    return first.timestamp() if first else None


def gone(paths: Iterable[str]) -> list[str]:
    """Of pages and files that somebody keeps, those that residents see no more, by their paths."""
    nouns = {noun.row_page[0]: noun for noun in current_nouns()}
    adapter = current_app.url_map.bind("")
    asked: dict[Public, dict[Any, str]] = defaultdict(dict)
    lost = []
    for path in paths:
        with suppress(HTTPException):  # no address of ours, or one that was cut off
            endpoint, place = adapter.match(path, method="GET")
            if noun := nouns.get(endpoint):
                asked[noun][place[noun.row_page[1]]] = path
            elif endpoint == "media.file" and not shows(place["key"]):
                lost.append(path)
    for noun, pages in asked.items():
        present = noun.present(pages)
        lost += [path for key, path in pages.items() if key not in present]
    return lost


def shows(key: str) -> bool:
    """Whether something that residents see shows a file or links to it."""
    return any(references.among(key, noun.visible(), noun.model) for noun in _referring(key))


def was_shown(key: str) -> bool:
    """Whether residents could open a file once by something that is over."""
    ended = ((noun, noun.over()) for noun in _referring(key))
    return any(rows is not None and references.among(key, rows, noun.model) for noun, rows in ended)


def names_people(key: str) -> bool:
    """Whether a file is shown by something that names people."""
    named = ((noun, noun.named_people()) for noun in _referring(key))
    return any(rows is not None and references.among(key, rows, noun.model) for noun, rows in named)


def is_passed(key: str, secret: str) -> bool:
    """Whether a preview link leads to something that shows a file."""
    for noun in _referring(key):
        rows = noun.passed(secret)
        if rows is not None and references.among(key, rows, noun.model):
            return True
    return False


def _referring(key: str) -> list[Public]:
    """The nouns of which a row refers to a file: the others need not be asked."""
    subjects = references.subjects_of(key)
    return [noun for noun in current_nouns() if noun.model.SUBJECT in subjects]


def shown_keys(column: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """That a column holds the key of a file which residents see."""
    keys = (references.keys_of(noun.visible(), noun.model) for noun in current_nouns())
    return or_(*(column.in_(shown) for shown in keys))
