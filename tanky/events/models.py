from datetime import UTC, date, datetime, timedelta

from flask import url_for
from sqlalchemy import Index, Select, String, Text, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..records import references
from ..records.trash import Trashable
from ..site import identity
from ..text import formats
from ..text.folding import slugify
from .record import RECORD, Kind, Repeats

PLAIN = ("title", "place", "host", "participants", "body", "late_because")
USUALLY = timedelta(hours=1)  # that an event takes which does not say when it ends


class Event(Trashable, Model):
    """An event, once or again and again; ``changes`` has the occurrences that are otherwise."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_starts_at", "starts_at"), NEVER_REUSED)
    SUBJECT = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    kind: Mapped[Kind] = mapped_column(enum_of(Kind, 40))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    place: Mapped[str] = mapped_column(String(RECORD["place"].most), default="")
    host: Mapped[str] = mapped_column(String(RECORD["host"].most), default="")
    participants: Mapped[str] = mapped_column(String(RECORD["participants"].most), default="")
    body: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    repeats: Mapped[Repeats] = mapped_column(enum_of(Repeats, 40), default=Repeats.NEVER)
    repeats_until: Mapped[date | None]  # the last day; None: without an end
    # Rows of the record's ``changes``: day, change, starts_at (local, ISO 8601), reason.
    changes: Mapped[list[dict]] = mapped_column(db.JSON, default=list)
    late_because: Mapped[str] = mapped_column(String(RECORD["late_because"].most), default="")
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
    def reaching(cls, first: date) -> Select:
        """Those that may have an occurrence on or after a day; one that was moved comes half a year
        after its own at most (``record.MOVED_AT_MOST``)."""
        year_before = first - timedelta(days=366)
        last_day = or_(cls.repeats_until.is_(None), cls.repeats_until >= year_before)
        once = (cls.repeats == Repeats.NEVER) & (
            cls.starts_at >= datetime(year_before.year, year_before.month, 1, tzinfo=UTC)
        )
        return cls.listed().where(once | ((cls.repeats != Repeats.NEVER) & last_day))

    @property
    def called(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return url_for("events.event", id=self.id, slug=slugify(self.title, 80))

    @property
    def lasts(self) -> timedelta:
        return self.ends_at - self.starts_at if self.ends_at else USUALLY

    def snapshot(self) -> dict:
        """The record: what a revision keeps; moments in the site's time."""
        return {
            **{name: getattr(self, name) for name in PLAIN},
            "kind": self.kind.value,
            "starts_at": identity.wall_clock(self.starts_at),
            "ends_at": identity.wall_clock(self.ends_at),
            "repeats": self.repeats.value,
            "repeats_until": self.repeats_until and self.repeats_until.isoformat(),
            "changes": list(self.changes),
        }

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for name in PLAIN:
            setattr(self, name, record[name])
        self.kind = Kind(record["kind"])
        self.starts_at = identity.moment_of(record["starts_at"])
        self.ends_at = identity.moment_of(record["ends_at"])
        self.repeats = Repeats(record["repeats"])
        last = record["repeats_until"]
        self.repeats_until = date.fromisoformat(last) if last else None
        self.changes = list(record["changes"])
        self.updated_at = formats.now()
        self.is_sample = False


references.follow(Event, lambda event: [event.body])
