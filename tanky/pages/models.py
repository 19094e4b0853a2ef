import enum
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from flask import url_for
from sqlalchemy import CheckConstraint, ForeignKey, Select, String, Text, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.alphabet import in_alphabet
from ..base.db import NEVER_REUSED, Model, UTCDateTime, db
from ..media import rich_text
from ..records import references
from ..records.schema import Attribute, Choice, Day, Html, Id, Number, Schema
from ..records.slugs import free_slug
from ..records.trash import Trashable
from ..site import identity
from ..text import formats, sanitise

DEEPEST = 3  # levels of the tree


class Slot(enum.StrEnum):
    """What the introduction must hold (Nghị định 224/2026/NĐ-CP, article 9)."""

    ORGANISATION = "tổ chức bộ máy"
    BOUNDARIES = "bản đồ địa giới"
    NATURE = "điều kiện tự nhiên"
    HISTORY = "lịch sử"
    CULTURE = "truyền thống văn hoá"
    MONUMENTS = "di tích"
    SCENERY = "danh thắng"


RECORD = Schema(
    Attribute(name="title", label="Tiêu đề", required=True, most=200),
    Id(name="parent_id", label="Thuộc trang"),
    Number(name="position", label="Thứ tự", hint="số nhỏ đứng trước", largest=999),
    Html(name="body", label="Nội dung", most=1_000_000, clean=rich_text.from_form),
    Choice(name="slot", label="Là mục theo Nghị định 224", choices=Slot),
    Day(name="review_on", label="Xem lại vào ngày"),
)


class Page(Trashable, Model):
    """A page of the introduction. Residents see it while it and all above it are published."""

    __tablename__ = "pages"
    __table_args__ = (
        CheckConstraint("trashed_at IS NULL OR published_at IS NULL", name="trash"),
        NEVER_REUSED,
    )
    SUBJECT = "page"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    slug: Mapped[str] = mapped_column(String(100), unique=True)  # stays when the title changes
    body: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="", server_default="")
    slot: Mapped[str] = mapped_column(String(40), default="", server_default="")
    review_on: Mapped[date | None]  # when someone should see whether it still holds
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    parent: Mapped["Page | None"] = relationship(remote_side=[id])

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def published(cls) -> Select:
        """The pages that the public may see. Every public query begins here."""
        hidden = select(cls.id).where(cls.published_at.is_(None)).cte("hidden", recursive=True)
        hidden = hidden.union(select(cls.id).where(cls.parent_id == hidden.c.id))
        return select(cls).where(cls.id.not_in(select(hidden.c.id)))

    @classmethod
    def over(cls) -> Select:
        """The pages that the public saw once and sees no more: withdrawn, or beneath such a one."""
        gone = select(cls.id).where(cls.withdrawn_at.is_not(None)).cte("gone", recursive=True)
        gone = gone.union(select(cls.id).where(cls.parent_id == gone.c.id))
        was_public = or_(cls.published_at.is_not(None), cls.withdrawn_at.is_not(None))
        seen = cls.published().with_only_columns(cls.id)
        return cls.listed().where(was_public, cls.id.in_(select(gone.c.id)), cls.id.not_in(seen))

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash."""
        return select(cls).where(cls.trashed_at.is_(None))

    @property
    def called(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return url_for("pages.page", slug=self.slug)

    @property
    def above(self) -> list["Page"]:
        """The pages that it lies beneath, the topmost first."""
        above: list[Page] = []
        page = self.parent
        while page is not None and page not in above:
            above.insert(0, page)
            page = page.parent
        return above

    @property
    def why_over(self) -> str:
        """Why the public sees it no more, as a sentence."""
        withdrawn = next(
            (page for page in (self, *reversed(self.above)) if page.withdrawn_at), None
        )
        because = withdrawn.withdrawn_because if withdrawn else ""
        return f"Lý do: {because}" if because else ""

    def publish(self) -> None:
        self.published_at = formats.now()
        self.withdrawn_at, self.withdrawn_because = None, ""

    def withdraw(self, because: str) -> None:
        self.published_at = None
        self.withdrawn_at, self.withdrawn_because = formats.now(), because

    @property
    def summary(self) -> str:
        """The beginning of its text, for those who see only that."""
        return sanitise.beginning(self.body) or self.title

    @property
    def trail(self) -> tuple[tuple[str, str], ...]:
        """Titles and paths of the pages above."""
        return tuple((page.title, page.url) for page in self.above)

    @property
    def is_due(self) -> bool:
        """Whether the day to look at it again has come."""
        return self.review_on is not None and self.review_on <= identity.today()

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {
            "title": self.title,
            "parent_id": self.parent_id,
            "position": self.position,
            "body": self.body,
            "slot": self.slot,
            "review_on": self.review_on.isoformat() if self.review_on else None,
        }

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        self.title = record["title"]
        # If the parent is gone, or now lies beneath the page, the page stays where it is.
        parent = db.session.get(Page, record["parent_id"] or 0)
        if record["parent_id"] is None or (parent and _can_hold(parent, self)):
            self.parent = parent
        self.position = record["position"] or 0
        self.body = record["body"]
        self.slot = record["slot"]
        day = record["review_on"]
        self.review_on = date.fromisoformat(day) if day else None
        self.slug = self.slug or free_slug(Page, self.title)
        self.updated_at = formats.now()
        self.is_sample = False


references.follow(Page, lambda page: [page.body])


class Branch(NamedTuple):
    """A page and what lies beneath it."""

    page: Page
    branches: list["Branch"]


def tree(rows: Select) -> list[Branch]:
    """The pages of a query as a tree. Where its parent is not among them, a page is at the top."""
    beneath: dict[int | None, list[Page]] = {}
    pages = db.session.scalars(rows.order_by(Page.position, in_alphabet(Page.title))).all()
    ids = {page.id for page in pages}
    for page in pages:
        beneath.setdefault(page.parent_id if page.parent_id in ids else None, []).append(page)

    def branches(parent_id: int | None) -> list[Branch]:
        return [Branch(page, branches(page.id)) for page in beneath.get(parent_id, ())]

    return branches(None)


def flat(branches: list[Branch], level: int = 0) -> Iterator[tuple[int, Page]]:
    """The pages of a tree as it is read, each with its level."""
    for page, smaller in branches:
        yield level, page
        yield from flat(smaller, level + 1)


def _can_hold(parent: Page, page: Page) -> bool:
    return not parent.is_trashed and page not in (parent, *parent.above)
