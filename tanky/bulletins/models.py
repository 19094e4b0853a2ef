from datetime import date, datetime

from flask import url_for
from sqlalchemy import ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import NEVER_REUSED, Model, UTCDateTime
from ..media import rich_text
from ..media.models import MediaFile
from ..records import references
from ..records.schema import Attribute, Day, Html, Id, Schema
from ..records.search import indexed
from ..records.trash import Trashable
from ..text import formats, sanitise
from ..text.folding import slugify

RECORD = Schema(
    Attribute(name="title", label="Tên bản tin", required=True, most=200),
    Day(name="broadcast_on", label="Ngày phát", required=True),
    Attribute(name="summary", label="Tóm tắt một câu", most=300),
    # For who does not hear it, and so that it is found (WCAG 2.2, 1.2.1).
    Html(
        name="transcript", label="Lời bản tin", required=True, most=200_000,
        clean=rich_text.from_form,
    ),
    Id(name="sound_id", label="Tệp âm thanh"),
)  # fmt: skip


class Bulletin(Trashable, Model):
    """What an editor saves is public at once: the commune has heard it already."""

    __tablename__ = "bulletins"
    __table_args__ = (NEVER_REUSED,)
    SUBJECT = "bulletin"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    broadcast_on: Mapped[date] = mapped_column(index=True)
    summary: Mapped[str] = mapped_column(String(RECORD["summary"].most), default="")
    transcript: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    sound_id: Mapped[int] = mapped_column(ForeignKey(MediaFile.id), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    # Too long to be read with each row.
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    is_sample: Mapped[bool] = mapped_column(default=False)

    sound: Mapped[MediaFile] = relationship(lazy="joined")

    NEWEST = (broadcast_on.desc(), id.desc())

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash. Every public query begins here."""
        return select(cls).where(cls.trashed_at.is_(None))

    @property
    def called(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return url_for("bulletins.bulletin", id=self.id, slug=slugify(self.title, 80))

    @property
    def told(self) -> str:
        """What it is about, for who sees only that."""
        return self.summary or sanitise.beginning(self.transcript)

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {
            "title": self.title,
            "broadcast_on": self.broadcast_on.isoformat(),
            "summary": self.summary,
            "transcript": self.transcript,
            "sound_id": self.sound_id,
        }

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for name in ("title", "summary", "transcript", "sound_id"):
            setattr(self, name, record[name])
        self.broadcast_on = date.fromisoformat(record["broadcast_on"])
        self.search_text = indexed(self.title, self.summary, sanitise.plain(self.transcript))
        self.updated_at = formats.now()
        self.is_sample = False


references.follow(
    Bulletin,
    lambda bulletin: [bulletin.transcript],
    MediaFile,
    lambda bulletin: [bulletin.sound_id],
)
