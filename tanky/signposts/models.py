from datetime import datetime

from flask import url_for
from sqlalchemy import Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db
from ..records.schema import Attribute, Html, Lines, Link, Schema
from ..records.slugs import free_slug
from ..records.trash import Trashable
from ..text import formats, sanitise
from ..text.folding import words_of

RECORD = Schema(
    Attribute(name="title", label="Việc", required=True, most=200),
    Lines(
        name="also_called", label="Người dân còn gọi là", most=2000,
        hint="mỗi dòng một cách gọi",
    ),
    Attribute(name="place", label="Làm ở đâu", required=True, most=200),
    Attribute(name="address", label="Địa chỉ", most=300),
    Attribute(name="phone", label="Điện thoại", most=40),
    Link(name="online_url", label="Trang để làm trực tuyến"),
    Html(name="advice", label="Cần biết", most=20_000, clean=sanitise.from_editor),
)  # fmt: skip


class Signpost(Trashable, Model):
    __tablename__ = "signposts"
    __table_args__ = NEVER_REUSED
    SUBJECT = "signpost"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    slug: Mapped[str] = mapped_column(String(100), unique=True)  # stays when the title changes
    also_called: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    place: Mapped[str] = mapped_column(String(RECORD["place"].most))
    address: Mapped[str] = mapped_column(String(RECORD["address"].most), default="")
    phone: Mapped[str] = mapped_column(String(RECORD["phone"].most), default="")
    online_url: Mapped[str] = mapped_column(String(RECORD["online_url"].most), default="")
    advice: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    search_text: Mapped[str] = mapped_column(Text, default="")
    is_sample: Mapped[bool] = mapped_column(default=False)

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
        return url_for("signposts.signpost", slug=self.slug)

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {attribute.name: getattr(self, attribute.name) for attribute in RECORD}

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for attribute in RECORD:
            setattr(self, attribute.name, record[attribute.name])
        self.slug = self.slug or free_slug(Signpost, self.title)
        self.search_text = " ".join(words_of(" ".join((self.title, *self.also_called, self.place))))
        self.updated_at = formats.now()
        self.is_sample = False
