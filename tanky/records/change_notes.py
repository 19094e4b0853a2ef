"""What readers are told of a change to something that they may have read before.

A correction is told where the wrong words stood, in the same form (Luật 104/2016/QH13, article 22).
"""

import enum
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, UTCDateTime, db, enum_of
from ..text import formats
from .public import Public, current_nouns
from .recorded import Recorded

LONGEST = 500  # characters


class Size(enum.StrEnum):
    SMALL = "nhỏ"  # words, a picture
    LARGE = "lớn"  # what someone may have acted upon: stands at the top, and in the feed


class ChangeNote(Model):
    __tablename__ = "change_notes"
    __table_args__ = (Index("ix_change_notes_subject", "subject", "subject_id"),)

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


def newest(subject: str, limit: int) -> list[tuple[ChangeNote, Any]]:
    """The large notes on rows that residents see and that name nobody, each with its row."""
    noun = noun_of(subject)
    if noun is None:
        return []
    rows = noun.visible().with_only_columns(noun.model.id)
    query = select(ChangeNote).where(
        ChangeNote.subject == subject,
        ChangeNote.size == Size.LARGE,
        ChangeNote.subject_id.in_(rows.order_by(None)),
    )
    if (named := noun.named_people()) is not None:
        query = query.where(ChangeNote.subject_id.not_in(named.with_only_columns(noun.model.id)))
    notes = db.session.scalars(query.order_by(ChangeNote.id.desc()).limit(limit)).all()
    return [(note, db.session.get(noun.model, note.subject_id)) for note in notes]


def noun_of(subject: str) -> Public | None:
    """The noun of a subject, where its rows have pages that residents read."""
    nouns = (noun for noun in current_nouns() if noun.row_page[0])
    return next((noun for noun in nouns if subject == noun.model.SUBJECT), None)


def is_read(row: Recorded) -> bool:
    """Whether residents see the row now."""
    noun = noun_of(row.SUBJECT)
    if noun is None:
        return False
    return db.session.scalar(noun.visible().where(noun.model.id == row.id).limit(1)) is not None
