"""The trash: what was thrown away and can be taken back."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ..base.db import UTCDateTime
from ..text import formats
from .recorded import Author


class Trashable:
    """A row that is thrown away by a mark; what is marked is nowhere but in the trash."""

    trashed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @declared_attr
    def trashed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("people.id"))

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None

    def trash(self, person: Author) -> None:
        self.trashed_at = formats.now()
        self.trashed_by_id = person.id

    def untrash(self) -> None:
        self.trashed_at = self.trashed_by_id = None
