from datetime import datetime

from flask import url_for
from sqlalchemy import ForeignKey, String, Text, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.models import Person
from ..base.db import NEVER_REUSED, Model, UTCDateTime, db
from ..records.references import KEY_LENGTH
from ..records.trash import Trashable
from ..text.formats import duration, now, size

SHEETS = {"XLS", "XLSX", "ODS"}


class MediaFile(Trashable, Model):
    """A file in the instance's uploads, known by its content: the same file is kept once."""

    __tablename__ = "media_files"
    __table_args__ = NEVER_REUSED
    SUBJECT = "file"

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
    formats: Mapped[list[str]] = mapped_column(db.JSON, default=list)  # of a photo: avif, webp, jpg
    # A photo's mean red, green and blue, each in four steps ("310"): shown until it is there.
    tint: Mapped[str] = mapped_column(String(3), default="")
    # The point of a photo that a crop keeps, in percent from the left and from the top.
    focus_x: Mapped[int] = mapped_column(default=50)
    focus_y: Mapped[int] = mapped_column(default=50)
    pages: Mapped[int | None]  # of a document, where it says so
    seconds: Mapped[int | None]  # that a sound or film lasts, where it says so
    title: Mapped[str] = mapped_column(String(200), default="")  # as the person named it
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)

    uploaded_by: Mapped[Person | None] = relationship(foreign_keys=[uploaded_by_id])

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
    def is_film(self) -> bool:
        return self.mimetype.startswith("video/")

    @property
    def is_sound(self) -> bool:
        return self.mimetype.startswith("audio/")

    @hybrid_property
    def key(self) -> str:
        """The part of the digest that stands in addresses: not to be guessed from another's."""
        return self.digest[:KEY_LENGTH]

    @key.inplace.expression
    @classmethod
    def _key_of_row(cls):
        return func.substr(cls.digest, 1, KEY_LENGTH)

    @property
    def called(self) -> str:
        return self.title or self.name

    @property
    def url(self) -> str:
        if self.is_picture:
            return self.picture_url(self.widths[-1])
        return url_for("media.file", key=self.key, name=self.name)

    def picture_url(self, width: int, format: str = "") -> str:
        """Where a photo is in one of its widths; by default in the form that every device reads."""
        return url_for("media.picture", key=self.key, width=width, format=format or self.plainest)

    def height_at(self, width: int) -> int:
        """Of a photo in one of its widths, in pixels."""
        return max(1, round(self.height * width / self.width))

    def srcset(self, format: str = "") -> str:
        return ", ".join(f"{self.picture_url(width, format)} {width}w" for width in self.widths)

    @property
    def lighter(self) -> list[str]:
        """The forms to be offered before the plainest, the lightest first."""
        return [f for f in ("avif", "webp") if f in self.formats and f != self.plainest]

    @property
    def plainest(self) -> str:
        return "jpg" if "jpg" in self.formats else "webp"

    @property
    def focus(self) -> str:
        """The classes that keep the focal point within a crop, to the nearest tenth."""
        tenths = (f"{axis}{round(percent / 10)}" for axis, percent in
                  (("x", self.focus_x), ("y", self.focus_y)) if percent != 50)  # fmt: skip
        return " ".join(f"tk-{tenth}" for tenth in tenths)

    @property
    def tint_classes(self) -> str:
        steps = zip("rgb", self.tint, strict=False)
        return "tk-tint " + " ".join(f"tk-{c}{step}" for c, step in steps) if self.tint else ""

    @property
    def kind(self) -> str:
        """What a resident calls it: ``PDF``, ``DOCX``; ``Ảnh`` for a photo."""
        return "Ảnh" if self.is_picture else self.name.rpartition(".")[2].upper()

    @property
    def facts(self) -> str:
        """What to know before opening it: ``PDF, 1.2 MB, 3 trang``, ``MP3, 2.4 MB, 5 phút``."""
        parts = [self.kind, f"{self.width}×{self.height}" if self.is_picture else size(self.size)]
        if self.pages:
            parts.append(f"{self.pages} {'trang tính' if self.kind in SHEETS else 'trang'}")
        if self.seconds:
            parts.append(duration(self.seconds))
        return ", ".join(parts)


class FileText(Model):
    """What was read out of a file; kept once, as the file is."""

    __tablename__ = "file_texts"
    SHOWN = False  # a row that shows it changes as well

    file_id: Mapped[int] = mapped_column(
        ForeignKey("media_files.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    text: Mapped[str] = mapped_column(Text, default="")  # a form feed between pages
    # Why there is no text, or not all of it; "" where it was read whole.
    remark: Mapped[str] = mapped_column(String(300), default="")
