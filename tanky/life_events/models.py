from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.alphabet import in_alphabet
from ..base.db import NEVER_REUSED, Model, UTCDateTime, db
from ..records.public import services
from ..records.schema import Attribute, Html, Lines, Number, Rows, Schema
from ..records.slugs import free_slug
from ..records.trash import Trashable
from ..site.icons import ICON
from ..text import formats, sanitise

STEPS = Rows(
    name="steps",
    label="Các việc, theo thứ tự",
    parts=(
        Attribute(name="label", label="Việc", most=200),
        Attribute(
            name="target", label="Dẫn đến", most=500,
            hint="mã thủ tục, phần cuối địa chỉ của việc không làm ở xã, hoặc địa chỉ trang",
        ),
        Attribute(name="remark", label="Nhắc", hint="trong 60 ngày từ khi sinh", most=300),
    ),
)  # fmt: skip
RECORD = Schema(
    Attribute(name="title", label="Việc trong đời", required=True, most=120),
    Lines(
        name="also_called", label="Người dân còn gọi là", most=2000,
        hint="mỗi dòng một cách gọi",
    ),
    ICON,
    Number(name="position", label="Thứ tự", hint="số nhỏ đứng trước", largest=999),
    Attribute(name="lede", label="Một câu giới thiệu", most=300),
    STEPS,
    Html(name="advice", label="Cần biết", most=50_000, clean=sanitise.from_editor),
    Attribute(
        name="news_words", label="Tin liên quan có chữ", most=100,
        hint="để trống: không hiện tin",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A thing to do, with what it leads to."""

    label: str
    remark: str
    url: str  # "" if it leads nowhere
    service: Any | None  # the procedure or signpost that is named, while residents see it


class LifeEvent(Trashable, Model):
    __tablename__ = "life_events"
    __table_args__ = NEVER_REUSED
    SUBJECT = "life_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    slug: Mapped[str] = mapped_column(String(100), unique=True)  # stays when the title changes
    also_called: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    icon: Mapped[str] = mapped_column(String(20), default="")
    position: Mapped[int] = mapped_column(default=0)
    lede: Mapped[str] = mapped_column(String(RECORD["lede"].most), default="")
    steps: Mapped[list[dict]] = mapped_column(db.JSON, default=list)  # rows of STEPS
    advice: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    news_words: Mapped[str] = mapped_column(String(RECORD["news_words"].most), default="")
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash. Every public query begins here."""
        return select(cls).where(cls.trashed_at.is_(None))

    @classmethod
    def in_order(cls) -> list["LifeEvent"]:
        return list(db.session.scalars(cls.listed().order_by(cls.position, in_alphabet(cls.title))))

    @property
    def called(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return url_for("life_events.life_event", slug=self.slug)

    @property
    def things_to_do(self) -> list[Step]:
        return [_step(row) for row in self.steps]

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {attribute.name: getattr(self, attribute.name) for attribute in RECORD}

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for attribute in RECORD:
            setattr(self, attribute.name, record[attribute.name])
        self.position = self.position or 0
        self.slug = self.slug or free_slug(LifeEvent, self.title)
        self.updated_at = formats.now()
        self.is_sample = False


def is_address(target: str) -> bool:
    """Whether a target is a page, here (``/lien-he``) or elsewhere, and not a service's name."""
    return target.startswith(("https://", "http://")) or (
        target.startswith("/") and not target.startswith("//")
    )


def service_named(target: str) -> Any | None:
    """The procedure or signpost that a step's target names."""
    found = (noun.named(target) for noun in services())
    return next((row for row in found if row is not None), None)


def _step(row: dict) -> Step:
    target = row["target"]
    if is_address(target):
        return Step(row["label"], row["remark"], target, None)
    service = service_named(target) if target else None
    return Step(row["label"], row["remark"], service.url if service else "", service)
