"""The trash: what was thrown away and can be taken back."""

from datetime import datetime
from typing import Any

from flask import abort
from sqlalchemy import ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..base.db import UTCDateTime, db
from ..text import formats
from ..web.errors import Withdrawn
from .recorded import Author

LONGEST_REASON = 300  # characters


def first_or_gone(
    visible: Select[Any], is_it: Any, *was_public: Any, over: Select[Any] | None = None
) -> Any:
    """The row that residents see under a condition.

    :param visible: the rows that they see.
    :param was_public: what tells of a row in the trash that they saw it once; nothing where all
        rows are public.
    :param over: the rows that residents saw once and see no more; each says ``why_over``.
    :raises Withdrawn: it is over, or lies in the trash.
    :raises NotFound: there was none.
    """
    row = db.session.scalar(visible.where(is_it))
    if row is not None:
        return row
    gone = db.session.scalar(over.where(is_it)) if over is not None else None
    if gone is not None:
        raise Withdrawn(gone.why_over)
    model = visible.column_descriptions[0]["entity"]
    reasons = select(model.trashed_because).where(is_it, *was_public, model.trashed_at.is_not(None))
    because = db.session.scalar(reasons.limit(1))
    if because is not None:
        raise Withdrawn(f"Lý do: {because}" if because else "")
    abort(404)


class Trashable:
    """A row that is thrown away by a mark; what is marked is nowhere but in the trash."""

    trashed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Told to who comes by the old address; "" where nobody said.
    trashed_because: Mapped[str] = mapped_column(
        String(LONGEST_REASON), default="", server_default=""
    )

    @declared_attr
    def trashed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("people.id"))

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None

    def trash(self, person: Author, because: str = "") -> None:
        self.trashed_at = formats.now()
        self.trashed_by_id = person.id
        self.trashed_because = because[:LONGEST_REASON]

    def untrash(self) -> None:
        self.trashed_at = self.trashed_by_id = None
        self.trashed_because = ""
