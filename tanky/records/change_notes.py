"""What readers are told of a change to something that they may have read before.

A correction is told where the wrong words stood, in the same form (Luật 104/2016/QH13, article 22).
"""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..text import formats
from .public import Public, current_nouns
from .recorded import Recorded

LONGEST = 500  # characters


class Size(enum.StrEnum):
    SMALL = "nhỏ"  # words, a picture
    LARGE = "lớn"  # what someone may have acted upon: stands first, and in the site's feed


class ChangeNote(Model):
    __tablename__ = "change_notes"
    # Feeds name a note by its number.
    __table_args__ = (Index("ix_change_notes_subject", "subject", "subject_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    size: Mapped[Size] = mapped_column(enum_of(Size, 10))
    text: Mapped[str] = mapped_column(String(LONGEST))
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    @property
    def is_large(self) -> bool:
        return self.size == Size.LARGE


def init_app(app: Flask) -> None:
    app.jinja_env.globals["change_notes"] = of


def of(row: Recorded) -> list[ChangeNote]:
    """The notes on a row, the newest first."""
    query = select(ChangeNote).filter_by(subject=row.SUBJECT, subject_id=row.id)
    return list(db.session.scalars(query.order_by(ChangeNote.id.desc())))


def newest(limit: int, subject: str = "") -> list[tuple[ChangeNote, Any]]:
    """The large notes on rows that residents see and that name nobody, each with its row.

    :param subject: of one noun; "" for all.
    """
    found = []
    for noun in _read_nouns():
        if subject in ("", noun.model.SUBJECT):
            found += [(note, noun.model) for note in _newest_of(noun, limit)]
    found.sort(key=lambda one: one[0].id, reverse=True)
    return [(note, db.session.get(model, note.subject_id)) for note, model in found[:limit]]


def _newest_of(noun: Public, limit: int) -> Sequence[ChangeNote]:
    rows = noun.visible().with_only_columns(noun.model.id)
    query = select(ChangeNote).where(
        ChangeNote.subject == noun.model.SUBJECT,
        ChangeNote.size == Size.LARGE,
        ChangeNote.subject_id.in_(rows.order_by(None)),
    )
    if (named := noun.named_people()) is not None:
        query = query.where(ChangeNote.subject_id.not_in(named.with_only_columns(noun.model.id)))
    return db.session.scalars(query.order_by(ChangeNote.id.desc()).limit(limit)).all()


def noun_of(subject: str) -> Public | None:
    """The noun of a subject, where its rows have pages that residents read."""
    return next((noun for noun in _read_nouns() if subject == noun.model.SUBJECT), None)


def _read_nouns() -> list[Public]:
    """The nouns whose rows have pages that residents read."""
    return [noun for noun in current_nouns() if noun.row_page[0]]


def is_read(row: Recorded) -> bool:
    """Whether residents see the row now."""
    noun = noun_of(row.SUBJECT)
    if noun is None:
        return False
    return db.session.scalar(noun.visible().where(noun.model.id == row.id).limit(1)) is not None
