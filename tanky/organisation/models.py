import enum
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from flask import url_for
from sqlalchemy import ForeignKey, Select, String, Text, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.alphabet import in_alphabet
from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..media import rich_text
from ..media.models import MediaFile
from ..records import references
from ..records.schema import Attribute, Day, Flag, Html, Id, Number, Schema
from ..records.slugs import free_slug
from ..records.trash import Trashable
from ..site import identity
from ..site.hours import Hours
from ..text import formats, sanitise

DEEPEST = 4  # levels of the chart
PHONE = r"[\d\s.+()-]*"
UNIT = Schema(
    Attribute(name="name", label="Tên đơn vị", required=True, most=200),
    Id(name="parent_id", label="Thuộc đơn vị"),
    Number(name="position", label="Thứ tự", hint="số nhỏ đứng trước", largest=999),
    Attribute(
        name="phone", label="Điện thoại", most=40, pattern=PHONE,
        says="Số điện thoại chỉ gồm chữ số, dấu cách và + . ( ) -",
    ),
    Attribute(name="email", label="Thư điện tử", most=120),
    Attribute(name="address", label="Nơi làm việc", most=300),
    Html(
        name="functions", label="Chức năng, nhiệm vụ, quyền hạn", most=200_000,
        clean=rich_text.from_form,
    ),
)  # fmt: skip
OFFICIAL = Schema(
    Attribute(name="name", label="Họ tên", required=True, most=120),
    Attribute(name="post", label="Chức vụ", required=True, most=200),
    Id(name="unit_id", label="Đơn vị"),
    Number(name="position", label="Thứ tự", hint="số nhỏ đứng trước", largest=999),
    Flag(name="is_leader", label="Lãnh đạo xã", yes="có", no="không"),
    Id(name="portrait_id", label="Chân dung"),
    Attribute(
        name="phone", label="Điện thoại", most=40, pattern=PHONE,
        says="Số điện thoại chỉ gồm chữ số, dấu cách và + . ( ) -",
    ),
    Attribute(
        name="email", label="Thư điện tử công vụ", most=120, pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
        says="Email không đúng.",
    ),
    Html(name="tasks", label="Nhiệm vụ đảm nhiệm", most=50_000, clean=rich_text.from_form),
    Html(name="biography", label="Tiểu sử tóm tắt", most=50_000, clean=rich_text.from_form),
    Flag(name="is_spokesperson", label="Người phát ngôn", yes="có", no="không"),
    Attribute(name="decision", label="Quyết định giao phát ngôn", most=60),
    Day(name="decided_on", label="Ngày quyết định"),
)  # fmt: skip


class Unit(Trashable, Model):
    """A unit of the authority, or a body that works with it."""

    __tablename__ = "organisation_units"
    __table_args__ = NEVER_REUSED
    SUBJECT = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_units.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(UNIT["name"].most))
    phone: Mapped[str] = mapped_column(String(UNIT["phone"].most), default="")
    email: Mapped[str] = mapped_column(String(UNIT["email"].most), default="")
    address: Mapped[str] = mapped_column(String(UNIT["address"].most), default="")
    functions: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    parent: Mapped["Unit | None"] = relationship(remote_side=[id])

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash. Every public query begins here."""
        return select(cls).where(cls.trashed_at.is_(None))

    @property
    def called(self) -> str:
        return self.name

    @property
    def anchor(self) -> str:
        return f"don-vi-{self.id}"

    @property
    def above(self) -> list["Unit"]:
        """The units that it belongs to, the topmost first."""
        above: list[Unit] = []
        unit = self.parent
        while unit is not None and unit not in above:
            above.insert(0, unit)
            unit = unit.parent
        return above

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {attribute.name: getattr(self, attribute.name) for attribute in UNIT}

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for name in ("name", "phone", "email", "address", "functions"):
            setattr(self, name, record[name])
        self.position = record["position"] or 0
        parent = db.session.get(Unit, record["parent_id"] or 0)
        # A parent that is gone, or now belongs to this unit, is no parent.
        if parent is None or not (parent.is_trashed or self in (parent, *parent.above)):
            self.parent = parent
        self.updated_at = formats.now()
        self.is_sample = False


class Official(Trashable, Model):
    """A person who holds a post."""

    __tablename__ = "officials"
    __table_args__ = NEVER_REUSED
    SUBJECT = "official"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("organisation_units.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(OFFICIAL["name"].most))
    slug: Mapped[str] = mapped_column(String(100), unique=True)  # stays when the name changes
    post: Mapped[str] = mapped_column(String(OFFICIAL["post"].most))
    is_leader: Mapped[bool] = mapped_column(default=False)
    portrait_id: Mapped[int | None] = mapped_column(ForeignKey("media_files.id"), index=True)
    phone: Mapped[str] = mapped_column(String(OFFICIAL["phone"].most), default="")
    email: Mapped[str] = mapped_column(String(OFFICIAL["email"].most), default="")
    tasks: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    biography: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    is_spokesperson: Mapped[bool] = mapped_column(default=False)
    decision: Mapped[str] = mapped_column(String(OFFICIAL["decision"].most), default="")
    decided_on: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    unit: Mapped[Unit | None] = relationship()
    portrait: Mapped[MediaFile | None] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}

    ORDER = (position, in_alphabet(name))

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash. Every public query begins here."""
        return select(cls).where(cls.trashed_at.is_(None))

    @classmethod
    def in_order(cls, *which) -> list["Official"]:
        return list(db.session.scalars(cls.listed().where(*which).order_by(*cls.ORDER)))

    @classmethod
    def without_unit(cls, *which) -> list["Official"]:
        """Those of no unit, or of one in the trash."""
        listed = Unit.listed().with_only_columns(Unit.id)
        return cls.in_order(or_(cls.unit_id.is_(None), cls.unit_id.not_in(listed)), *which)

    @property
    def called(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return url_for("organisation.official", slug=self.slug)

    @property
    def summary(self) -> str:
        return sanitise.beginning(self.tasks) or sanitise.beginning(self.biography) or self.post

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        record = {attribute.name: getattr(self, attribute.name) for attribute in OFFICIAL}
        return record | {"decided_on": self.decided_on and self.decided_on.isoformat()}

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        plain = ("name", "post", "is_leader", "phone", "email", "tasks", "biography",
                 "is_spokesperson", "decision")  # fmt: skip
        for name in plain:
            setattr(self, name, record[name])
        self.position = record["position"] or 0
        day = record["decided_on"]
        self.decided_on = date.fromisoformat(day) if day else None
        unit = db.session.get(Unit, record["unit_id"] or 0)
        self.unit = unit if unit and not unit.is_trashed else None
        self.portrait = db.session.get(MediaFile, record["portrait_id"] or 0)
        self.slug = self.slug or free_slug(Official, self.name)
        self.updated_at = formats.now()
        self.is_sample = False


references.follow(Unit, lambda unit: [unit.functions])
references.follow(
    Official,
    lambda official: [official.tasks, official.biography],
    MediaFile,
    lambda official: [official.portrait.id if official.portrait else None],
)


class Branch(NamedTuple):
    """A unit, who works there, and the units that belong to it."""

    unit: Unit
    officials: list[Official]
    branches: list["Branch"]


def chart() -> list[Branch]:
    """The units as a tree, each with its people."""
    beneath: dict[int | None, list[Unit]] = {}
    units = db.session.scalars(Unit.listed().order_by(Unit.position, in_alphabet(Unit.name))).all()
    ids = {unit.id for unit in units}
    for unit in units:
        beneath.setdefault(unit.parent_id if unit.parent_id in ids else None, []).append(unit)
    people: dict[int | None, list[Official]] = {}
    for official in Official.in_order():
        people.setdefault(official.unit_id, []).append(official)

    def branches(parent_id: int | None) -> list[Branch]:
        return [
            Branch(unit, people.get(unit.id, []), branches(unit.id))
            for unit in beneath.get(parent_id, ())
        ]

    return branches(None)


def flat(branches: list[Branch], level: int = 0) -> Iterator[tuple[int, Branch]]:
    """The branches of a chart as it is read, each with its level."""
    for branch in branches:
        yield level, branch
        yield from flat(branch.branches, level + 1)


class OfficialChannel(Model):
    """An official channel besides this site: a page, a Zalo account, a hotline."""

    __tablename__ = "official_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(300))

    @classmethod
    def in_order(cls) -> list["OfficialChannel"]:
        return list(db.session.scalars(select(cls).order_by(cls.position, cls.id)))

    @property
    def link(self) -> str:
        """Where it leads; "" where it is words alone."""
        if self.address.startswith(("http://", "https://")):
            return self.address
        dialled = formats.dialled(self.address)
        return f"tel:{dialled}" if len(dialled) >= 3 else ""


class CentreState(enum.StrEnum):
    BY_HOURS = "theo giờ làm việc"
    OPEN = "đang tiếp nhận"
    CLOSED = "tạm đóng"
    LIMITED = "chỉ nhận một số việc"
    DOWN = "hệ thống đang lỗi"


class ServiceCentre(Model):
    """The one row of the Trung tâm Phục vụ hành chính công (Nghị định 118/2025/NĐ-CP)."""

    __tablename__ = "service_centre"
    SUBJECT = "service_centre"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    working_hours: Mapped[str] = mapped_column(String(300), default="")  # as site/hours.py reads
    state: Mapped[CentreState] = mapped_column(enum_of(CentreState, 40))
    note: Mapped[str] = mapped_column(String(200), default="")
    state_until: Mapped[datetime | None] = mapped_column(UTCDateTime)  # then by its hours again

    @classmethod
    def current(cls) -> "ServiceCentre":
        """The centre; a nameless one before anyone filled it in."""
        return db.session.scalar(select(cls)) or cls(state=CentreState.BY_HOURS)

    @property
    def called(self) -> str:
        return self.name

    @property
    def hours(self) -> Hours | None:
        site = identity.current()
        return Hours.of(self.working_hours or site.working_hours, site.days_off)

    @property
    def is_set(self) -> bool:
        """Whether a person said how it is, until a moment still to come."""
        by_person = self.state != CentreState.BY_HOURS
        return by_person and bool(self.state_until and self.state_until > formats.now())

    @property
    def is_open(self) -> bool:
        if self.is_set:
            return self.state in (CentreState.OPEN, CentreState.LIMITED)
        now = identity.current().now
        return bool(self.hours and self.hours.state(now).is_open)

    @property
    def told(self) -> str:
        """How it is now: ``Đang mở cửa, đến 17 giờ``; ``Hệ thống đang lỗi: …``; "" if unknown."""
        if self.is_set:
            words = self.state.value[0].upper() + self.state.value[1:]
            return f"{words}: {self.note}" if self.note else words
        now = identity.current().now
        return self.hours.state(now).told(now) if self.hours else ""

    def set_state(self, state: CentreState, note: str) -> None:
        """Say how it is, until the end of the day; the caller commits."""
        self.state, self.note = state, note
        tomorrow = identity.today() + timedelta(days=1)
        self.state_until = datetime.combine(tomorrow, time(), identity.zone())

    def next_change(self, after: datetime) -> datetime | None:
        moments = [self.state_until]
        if self.hours:
            moments.append(self.hours.state(after.astimezone(identity.zone())).until)
        return min((moment for moment in moments if moment and moment > after), default=None)
