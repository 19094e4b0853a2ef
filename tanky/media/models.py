from datetime import datetime

from flask import url_for
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import UTCDateTime, db
from ..text import formats


class MediaFile(db.Model):
    """A file in the instance's uploads, known by its content: the same file is kept once."""

    __tablename__ = "media_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of what was uploaded
    name: Mapped[str] = mapped_column(String(160))  # safe, with the extension of its kind
    mimetype: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]  # bytes as served; of the widest picture for a photo
    width: Mapped[int | None]  # pixels, upright
    height: Mapped[int | None]
    widths: Mapped[list[int]] = mapped_column(
        db.JSON, default=list
    )  # the widths a photo is kept in
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    @classmethod
    def by_digest(cls, digest: str) -> "MediaFile | None":
        return db.session.scalar(select(cls).where(cls.digest == digest))

    @classmethod
    def by_id(cls, id: int) -> "MediaFile | None":
        return db.session.get(cls, id) if id < 2**31 else None

    @property
    def is_picture(self) -> bool:
        return bool(self.widths)

    @property
    def key(self) -> str:
        """The part of the digest that stands in addresses: not to be guessed from another's."""
        return self.digest[:24]

    @property
    def url(self) -> str:
        if self.is_picture:
            return self.picture_url(self.widths[-1])
        return url_for("media.file", key=self.key, name=self.name)

    def picture_url(self, width: int) -> str:
        return url_for("media.picture", key=self.key, width=width)

    @property
    def srcset(self) -> str:
        return ", ".join(f"{self.picture_url(width)} {width}w" for width in self.widths)

    @property
    def kind(self) -> str:
        """What a resident calls it: ``PDF``, ``DOCX``."""
        return self.name.rpartition(".")[2].upper()
