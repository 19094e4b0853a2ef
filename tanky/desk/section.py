"""What a noun gives the desk. ``create_app`` lists the sections; the frame asks each of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from flask import Blueprint, abort, current_app, url_for
from flask_login import current_user
from sqlalchemy import Select, false, select

from ..accounts.models import Person
from ..base.db import db
from ..records import journal, revisions
from ..records.recorded import Snapshot
from ..records.schema import Schema
from ..records.trash import Trashable
from . import roles


@dataclass(frozen=True)
class Entry:
    """A line of the desk's menu."""

    endpoint: str
    label: str
    is_for: Callable[[Person], bool] = roles.everyone


@dataclass(frozen=True)
class Card:
    """A part of the board: the template that draws it, and its variables."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Warning:
    """A sentence at the top of the board, and where the person can do something about it."""

    sentence: str
    address: str
    label: str
    rest: str = ""  # of the sentence, after the link


@dataclass(frozen=True)
class Fulfilment:
    """What a noun has, samples apart, of something that must be published (see the duties page).

    :param slot: by which a duty names it: ``trang:lịch sử``.
    :param label: what it is, for who chooses the slot of a duty.
    :param since: when it was last brought up to date, where it is there.
    :param late: what of it is late, as a sentence; "" if nothing.
    """

    slot: str
    label: str
    is_there: bool
    since: date | None
    address: str
    late: str = ""
    is_for_chiefs: bool = False  # who may act there


class StillUsed(Exception):
    """Why a row cannot be deleted for good, as a sentence."""


class NotRestored(Exception):
    """Why a revision cannot be taken back, as a sentence."""


class Section:
    """A noun on the desk. What is ``None`` or empty here, a noun need not have."""

    subject: ClassVar[str] = ""  # as in journal, revisions and references
    noun: ClassVar[str] = ""  # after a verb: "bỏ bài vào thùng rác"
    blueprint: Blueprint
    menu: Sequence[Entry] = ()
    # Of a noun whose rows refer to files, or go to the trash, or have revisions.
    model: ClassVar[Any] = None
    # The part of the address before a row's own: /bien-tap/<path>/<ref>.
    path: ClassVar[str] = ""
    schema: ClassVar[Schema] = Schema()  # of what a revision keeps
    # Draws a revision whole: gets ``content``.
    revision_template: ClassVar[str] = ""

    def address(self, row: Any) -> str:
        """The page of a row on the desk: the endpoint ``edit``, unless a noun says otherwise."""
        return url_for(f"desk.{self.blueprint.name}.edit", id=row.id)

    @staticmethod
    def id_of(ref: str) -> int:
        """The id that an address names.

        :raises NotFound: it is none.
        """
        if not (ref.isascii() and ref.isdigit() and len(ref) <= 10 and 0 < int(ref) < 2**31):
            abort(404)
        return int(ref)

    def told(self, row: Any) -> str:
        """The row as it is named within a sentence: ``bài “Được mùa”``."""
        return f"{self.noun} “{row.called}”"

    def row_for(self, person: Person, ref: str) -> Any:
        """The row that an address names.

        :raises NotFound: there is none.
        :raises Forbidden: it is not this person's to see.
        """
        abort(404)

    def own(self, person: Person) -> Select[Any] | None:
        """The person's own rows, whose files they may see without being an editor."""
        return None

    def trashed(self, person: Person) -> Select[Any]:
        """The rows in the trash that the person sees there; by default all, for an editor."""
        rows = select(self.model).where(self.model.trashed_at.is_not(None))
        return rows if person.edits_all else rows.where(false())

    def delete(self, row: Any) -> None:
        """Remove a row for good; the caller commits.

        :raises StillUsed: something would lack it.
        """
        db.session.delete(row)

    def may_restore(self, person: Person, row: Any) -> bool:
        """Whether the person may take an earlier version back; nobody unless the noun says so."""
        return False

    def restore(self, row: Any, content: Snapshot, note: str) -> None:
        """Take an earlier version back, as one more revision, and commit.

        :raises NotRestored: the row would be incomplete.
        """
        with db.session.no_autoflush:
            row.restore(content)
        db.session.flush()
        revisions.keep(row, current_user, note)
        journal.record("restored_revision", row, current_user, note)
        db.session.commit()

    def cards(self, person: Person) -> Sequence[Card]:
        """What the noun shows on the board."""
        return ()

    def warnings(self, person: Person) -> Sequence[Warning]:
        return ()

    def fulfilments(self) -> Iterable[Fulfilment]:
        """What the noun has of what must be published."""
        return ()

    def totals(self) -> Mapping[str, int]:
        """How much of it the site has: label → count."""
        return {}


def current_sections() -> tuple[Section, ...]:
    sections: tuple[Section, ...] = current_app.extensions["desk_sections"]
    return sections


def with_trash() -> list[Section]:
    """The sections whose rows go to the trash."""
    return [
        section
        for section in current_sections()
        if section.model is not None and issubclass(section.model, Trashable)
    ]
