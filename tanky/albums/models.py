from datetime import date, datetime

from flask import url_for
from sqlalchemy import ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import NEVER_REUSED, Model, UTCDateTime
from ..media import rich_text
from ..media.models import MediaFile
from ..records import references
from ..records.schema import Attribute, Day, Html, Id, Rows, Schema
from ..records.trash import Trashable
from ..text import formats, sanitise
from ..text.folding import slugify

ITEMS = Rows(
    name="items",
    label="Ảnh, video",
    parts=(
        Attribute(name="caption", label="Chú thích", most=300),
        Id(name="file_id", label="Tệp"),
    ),
)
RECORD = Schema(
    Attribute(name="title", label="Tên album", required=True, most=200),
    Day(name="taken_on", label="Ngày chụp, quay"),
    Html(name="description", label="Giới thiệu", most=50_000, clean=rich_text.from_form),
    ITEMS,
)


class Album(Trashable, Model):
    __tablename__ = "albums"
    __table_args__ = (NEVER_REUSED,)
    SUBJECT = "album"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    taken_on: Mapped[date | None]
    description: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    items: Mapped[list["AlbumItem"]] = relationship(
        order_by="AlbumItem.position",
        cascade="all, delete-orphan",
        back_populates="album",
        lazy="selectin",
    )

    NEWEST = (id.desc(),)

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
        return url_for("albums.album", id=self.id, slug=slugify(self.title, 80))

    @property
    def photos(self) -> list["AlbumItem"]:
        return [item for item in self.items if item.file.is_picture]

    @property
    def films(self) -> list["AlbumItem"]:
        return [item for item in self.items if item.file.is_film]

    @property
    def told(self) -> str:
        """What is in it: ``12 ảnh, 1 video``."""
        counts = ((len(self.photos), "ảnh"), (len(self.films), "video"))
        return ", ".join(f"{count} {noun}" for count, noun in counts if count)

    @property
    def summary(self) -> str:
        return sanitise.beginning(self.description) or f"{self.title}: {self.told}"

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {
            "title": self.title,
            "taken_on": self.taken_on.isoformat() if self.taken_on else None,
            "description": self.description,
            "items": [{"caption": row.caption, "file_id": row.file_id} for row in self.items],
        }

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        self.title = record["title"]
        self.description = record["description"]
        day = record["taken_on"]
        self.taken_on = date.fromisoformat(day) if day else None
        self.items = [
            AlbumItem(position=position, **row) for position, row in enumerate(record["items"])
        ]
        self.updated_at = formats.now()
        self.is_sample = False


class AlbumItem(Model):
    """A photo or a film of an album."""

    __tablename__ = "album_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    album_id: Mapped[int] = mapped_column(ForeignKey("albums.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[int] = mapped_column(ForeignKey(MediaFile.id), index=True)
    # What is to be seen: stands beneath it, and in place of it for who does not see.
    caption: Mapped[str] = mapped_column(String(ITEMS["caption"].most))

    album: Mapped[Album] = relationship(back_populates="items")
    file: Mapped[MediaFile] = relationship(lazy="joined")


references.follow(
    Album,
    lambda album: [album.description],
    MediaFile,
    lambda album: [item.file_id for item in album.items],
)
