import hashlib
from datetime import datetime

from flask import url_for
from sqlalchemy import CheckConstraint, Index, Select, String, Text, case, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..records import references
from ..records.trash import Trashable
from ..site import identity
from ..text import formats, sanitise
from ..text.folding import slugify
from .record import RECORD, WHOLE_COMMUNE, Category, Grade

PLAIN = ("title", "is_observed", "place", "advice", "body", "is_interruption", "late_because")
MOMENTS = ("begins_at", "ends_at", "stops_at", "resumes_at")
MOST_ALERTS = 3  # on every page


class Notice(Trashable, Model):
    """A notice. That it begins and ends is a question of time, with nothing running then."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("trashed_at IS NULL OR published_at IS NULL", name="trash"),
        Index("ix_notices_ends_at", "ends_at"),
        NEVER_REUSED,
    )
    SUBJECT = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    grade: Mapped[Grade] = mapped_column(enum_of(Grade, 20), default=Grade.NEWS)
    category: Mapped[Category] = mapped_column(enum_of(Category, 40), default=Category.OTHER)
    is_observed: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(RECORD["place"].most), default="")
    advice: Mapped[str] = mapped_column(String(RECORD["advice"].most), default="")
    body: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    begins_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # None: once published
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_interruption: Mapped[bool] = mapped_column(default=False)
    stops_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resumes_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    late_because: Mapped[str] = mapped_column(String(RECORD["late_because"].most), default="")
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="")
    published_version: Mapped[int | None]  # the version that was sent out first
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    is_sample: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}

    # The gravest first, then the newest.
    ORDER = (
        case({Grade.URGENT: 0, Grade.IMPORTANT: 1}, value=grade, else_=2),
        published_at.desc(),
        id.desc(),
    )

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash."""
        return select(cls).where(cls.trashed_at.is_(None))

    @classmethod
    def begun(cls) -> Select:
        """Those that the public saw, whether they still hold or not."""
        now = formats.now()
        begun = or_(cls.begins_at.is_(None), cls.begins_at <= now)
        in_time = or_(
            cls.withdrawn_at.is_(None),
            cls.begins_at.is_(None),
            cls.withdrawn_at > cls.begins_at,
        )
        return select(cls).where(cls.published_at <= now, begun, in_time)

    @classmethod
    def published(cls) -> Select:
        """The notices that hold now. Every public query begins here."""
        lasts = or_(cls.ends_at.is_(None), cls.ends_at > formats.now())
        return cls.begun().where(cls.withdrawn_at.is_(None), lasts)

    @classmethod
    def over(cls) -> Select:
        """The notices that the public saw once and sees no more."""
        return cls.begun().where(or_(cls.withdrawn_at.is_not(None), cls.ends_at <= formats.now()))

    @classmethod
    def alerts(cls) -> list["Notice"]:
        """Those that stand on every page."""
        return list(db.session.scalars(cls._alerting()))

    @classmethod
    def alerts_version(cls) -> str:
        """Changes whenever :meth:`alerts` does."""
        columns = cls._alerting().with_only_columns(cls.id, cls.version, cls.published_at)
        rows = db.session.execute(columns).all()
        return hashlib.sha256(repr(rows).encode()).hexdigest()[:8] if rows else "none"

    @classmethod
    def _alerting(cls) -> Select:
        query = cls.published().where(cls.grade != Grade.NEWS)
        return query.order_by(*cls.ORDER).limit(MOST_ALERTS)

    @classmethod
    def next_change(cls, after: datetime) -> datetime | None:
        """The first moment after ``after`` at which a notice appears or goes by itself."""
        rows = select(cls).where(cls.published_at.is_not(None), cls.withdrawn_at.is_(None))
        moments = [
            db.session.scalar(
                rows.with_only_columns(column).where(column > after).order_by(column).limit(1)
            )
            for column in (cls.begins_at, cls.ends_at)
        ]
        return min(filter(None, moments), default=None)

    @property
    def called(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return url_for("notices.notice", id=self.id, slug=slugify(self.title, 80))

    @property
    def is_urgent(self) -> bool:
        return self.grade == Grade.URGENT

    @property
    def is_over(self) -> bool:
        return bool(self.withdrawn_at or (self.ends_at and self.ends_at <= formats.now()))

    @property
    def is_public(self) -> bool:
        return self.since is not None and self.since <= formats.now() and not self.is_over

    @property
    def since(self) -> datetime | None:
        """From when residents see it."""
        moments = [moment for moment in (self.begins_at, self.published_at) if moment]
        return max(moments) if self.published_at else None

    @property
    def state(self) -> str:
        if self.published_at is None:
            return "Nháp"
        if self.is_over:
            return "Đã gỡ" if self.withdrawn_at else "Đã hết"
        return "Đang hiện" if self.is_public else "Hẹn giờ"

    @property
    def where(self) -> str:
        return self.place or WHOLE_COMMUNE

    @property
    def why_over(self) -> str:
        """Why the public sees it no more, as a sentence."""
        if self.withdrawn_at:
            return f"Lý do: {self.withdrawn_because}" if self.withdrawn_because else ""
        return f"Thông báo có hiệu lực đến {formats.moment(self.ends_at, identity.zone())}."

    @property
    def summary(self) -> str:
        if self.is_interruption:
            zone = identity.zone()
            stops, resumes = (formats.moment(m, zone) for m in (self.stops_at, self.resumes_at))
            return f"Ngừng từ {stops} đến {resumes}. {self.advice}".strip()
        return self.advice or sanitise.beginning(self.body)

    def publish(self) -> None:
        """Have it hold from its time on; the caller commits."""
        self.published_at = formats.now()
        self.published_version = self.version + 1  # of the row that is written with it
        self.withdrawn_at, self.withdrawn_because = None, ""

    def withdraw(self, because: str) -> None:
        self.withdrawn_at, self.withdrawn_because = formats.now(), because

    def snapshot(self) -> dict:
        """The record: what a revision keeps; moments in the site's time."""
        return {
            **{name: getattr(self, name) for name in PLAIN},
            **{name: identity.wall_clock(getattr(self, name)) for name in MOMENTS},
            "grade": self.grade.value,
            "category": self.category.value,
        }

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        if self.published_at and not self.is_public:  # nobody was sent it yet
            self.published_version = self.version + 1
        for name in PLAIN:
            setattr(self, name, record[name])
        for name in MOMENTS:
            setattr(self, name, identity.moment_of(record[name]))
        if self.is_interruption:
            self.ends_at = self.ends_at or self.resumes_at
        self.grade = Grade(record["grade"])
        self.category = Category(record["category"])
        self.updated_at = formats.now()
        self.is_sample = False


references.follow(Notice, lambda notice: [notice.body])
