import hashlib
import json
from datetime import date, datetime, time, timedelta

from flask import url_for
from sqlalchemy import ForeignKey, Index, Select, String, Text, and_, exists, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db
from ..media.models import FileText, MediaFile
from ..records import references
from ..records.search import indexed
from ..records.trash import Trashable
from ..site import identity
from ..text import formats, sanitise
from ..text.folding import slugify
from ..upkeep.outages import Outage
from .headings import Heading
from .record import DAYS, RECORD

PLAIN = ("heading", "title", "number", "year", "body", "has_names", "shorter_because",
         "office_place", "responsible")  # fmt: skip
# The parts of an item that its digest covers: a change to one of them is another posting.
PROVED = ("title", "heading", "number", "decided_on", "year", "body", "files")


class Disclosure(Trashable, Model):
    """An item of công khai. Residents see it while one of its postings runs."""

    __tablename__ = "disclosures"
    __table_args__ = (Index("ix_disclosures_heading", "heading", "id"), NEVER_REUSED)
    SUBJECT = "disclosure"

    id: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str] = mapped_column(String(6))  # Heading.number
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    number: Mapped[str] = mapped_column(String(RECORD["number"].most), default="")
    decided_on: Mapped[date | None]
    year: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text, default="")  # canonical rich text
    has_names: Mapped[bool] = mapped_column(default=False)
    posted_until: Mapped[date | None]  # the last day; None: without an end
    shorter_because: Mapped[str] = mapped_column(String(RECORD["shorter_because"].most), default="")
    office_from: Mapped[date | None]
    office_until: Mapped[date | None]
    office_place: Mapped[str] = mapped_column(String(RECORD["office_place"].most), default="")
    broadcasts: Mapped[list[str]] = mapped_column(db.JSON, default=list)  # days, ISO 8601
    responsible: Mapped[str] = mapped_column(String(RECORD["responsible"].most), default="")
    planned_id: Mapped[int | None] = mapped_column(
        ForeignKey("disclosure_plans.id", ondelete="SET NULL"), index=True
    )
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="")
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    # The words of it and of its files; too long to be read with each row.
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)
    is_sample: Mapped[bool] = mapped_column(default=False)

    files: Mapped[list["DisclosureFile"]] = relationship(
        order_by="DisclosureFile.position", cascade="all, delete-orphan", back_populates="item"
    )
    postings: Mapped[list["Posting"]] = relationship(
        order_by="Posting.began_at, Posting.id",
        cascade="all, delete-orphan",
        back_populates="item",
        lazy="selectin",  # whether an item is public is asked of each row of a list
    )

    planned: Mapped["Plan | None"] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash."""
        return select(cls).where(cls.trashed_at.is_(None))

    @classmethod
    def published(cls) -> Select:
        """The items that the public may see now. Every public query begins here."""
        return cls.listed().where(exists().where(Posting.item_id == cls.id, Posting.running()))

    @classmethod
    def newest_first(cls) -> tuple:
        """The order of lists: what was posted last comes first."""
        last = select(func.max(Posting.began_at)).where(Posting.item_id == cls.id).scalar_subquery()
        return last.desc(), cls.id.desc()

    @classmethod
    def over(cls) -> Select:
        """The items that the public saw once and sees no more."""
        was_posted = exists().where(Posting.item_id == cls.id)
        running = exists().where(Posting.item_id == cls.id, Posting.running())
        return cls.listed().where(was_posted, ~running)

    @property
    def called(self) -> str:
        return self.title

    @property
    def url(self) -> str:
        return url_for("disclosures.item", id=self.id, slug=slugify(self.title, 80))

    @property
    def certificate_url(self) -> str:
        return url_for("disclosures.certificate", id=self.id)

    @property
    def posting(self) -> "Posting | None":
        """The one that runs now."""
        return next((posting for posting in self.postings if posting.is_running), None)

    @property
    def is_public(self) -> bool:
        return self.posting is not None and not self.is_trashed

    @property
    def state(self) -> str:
        if self.is_public:
            return "Đang đăng"
        if not self.postings:
            return "Nháp"
        return "Đã gỡ" if self.withdrawn_because else "Hết hạn đăng"

    @property
    def why_over(self) -> str:
        """Why the public sees it no more, as a sentence."""
        if self.withdrawn_because:
            return f"Lý do: {self.withdrawn_because}"
        until = self.postings[-1].told_until
        return f"Nội dung này được công khai đến {until}. Cần xem lại, hãy hỏi UBND xã."

    @property
    def under(self) -> Heading | None:
        return Heading.by(number=self.heading)

    @property
    def first_posted_on(self) -> date | None:
        return identity.day_of(self.postings[0].began_at) if self.postings else None

    @property
    def year_meant(self) -> int | None:
        """The year that it is of: the one that was said, else that of its decision."""
        return self.year or (self.decided_on and self.decided_on.year)

    @property
    def due_on(self) -> date | None:
        """By when it must be posted."""
        return self.under.due_on(self.decided_on, self.year) if self.under else None

    @property
    def days_late(self) -> int:
        """How many days after its term it was posted, or is still not."""
        if self.due_on is None:
            return 0
        return max(0, ((self.first_posted_on or identity.today()) - self.due_on).days)

    @property
    def forms(self) -> list[str]:
        """How it is made public besides this site."""
        told = []
        if self.office_from:
            until = f" – {formats.day(self.office_until)}" if self.office_until else ""
            place = self.office_place or "trụ sở UBND"
            told.append(f"niêm yết tại {place} từ {formats.day(self.office_from)}{until}")
        if self.broadcasts:
            days = ", ".join(formats.day(date.fromisoformat(day)) for day in self.broadcasts)
            told.append(f"phát trên loa ngày {days}")
        return told

    @property
    def digest(self) -> str:
        """SHA-256 of what residents are shown: the same for the same words and files."""
        record = self.snapshot() | {"files": [row.file.digest for row in self.files]}
        shown = {name: record[name] for name in PROVED}
        plain = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

    @property
    def ends_at(self) -> datetime | None:
        """The midnight after its last day."""
        if self.posted_until is None:
            return None
        return datetime.combine(self.posted_until + timedelta(days=1), time(), identity.zone())

    def post(self) -> None:
        """Have residents see it from now on; the caller commits."""
        self.withdrawn_because = ""
        # Changes the row, so that its version refuses the second of two who post or save at once.
        self.updated_at = formats.now()
        self.postings.append(
            Posting(
                began_at=formats.now(),
                ended_at=self.ends_at,
                title=self.title,
                heading=self.heading,
                number=self.number,
                decided_on=self.decided_on,
                has_names=self.has_names,
                responsible=self.responsible,
                forms=self.forms,
                digest=self.digest,
                files=[{"name": row.file.called, "digest": row.file.digest} for row in self.files],
            )
        )

    def follow_changes(self) -> None:
        """After a save of what residents see: other words are another posting, and another end
        moves the end of the one that runs."""
        posting = self.posting
        if posting is None:
            return
        if posting.digest == self.digest:
            posting.ended_at = self.ends_at
            posting.responsible, posting.forms = self.responsible, self.forms
        else:
            posting.ended_at = formats.now()
            self.post()

    def withdraw(self, because: str) -> None:
        if posting := self.posting:
            posting.ended_at = formats.now()
            posting.withdrawn_because = because
        self.withdrawn_because = because
        self.updated_at = formats.now()

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        return {
            **{name: getattr(self, name) for name in PLAIN},
            **{name: _iso(getattr(self, name)) for name in DAYS},
            "broadcasts": [{"day": day} for day in self.broadcasts],
            "files": [{"file_id": row.file_id} for row in self.files],
            "planned_id": self.planned_id,
        }

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for name in PLAIN:
            setattr(self, name, record[name])
        for name in DAYS:
            setattr(self, name, record[name] and date.fromisoformat(record[name]))
        self.broadcasts = [row["day"] for row in record["broadcasts"]]
        files = [db.session.get(MediaFile, row["file_id"]) for row in record["files"]]
        self.files = [
            DisclosureFile(position=position, file=file)
            for position, file in enumerate(filter(None, files))
        ]
        texts = (db.session.get(FileText, row.file.id) for row in self.files)
        words = (read.text for read in texts if read)
        self.search_text = indexed(self.title, self.number, sanitise.plain(self.body), *words)
        self.planned = db.session.get(Plan, record["planned_id"] or 0)
        self.updated_at = formats.now()
        self.is_sample = False
        self.follow_changes()
        # Lists of past postings hide titles that name people, also where that is found out later.
        if self.has_names:
            for posting in self.postings:
                posting.has_names = True


class DisclosureFile(Model):
    __tablename__ = "disclosure_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("disclosures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id"), index=True)

    item: Mapped[Disclosure] = relationship(back_populates="files")
    file: Mapped[MediaFile] = relationship(lazy="joined")


class Posting(Model):
    """A span in which residents could see the same words of an item."""

    __tablename__ = "disclosure_postings"
    __table_args__ = (Index("ix_disclosure_postings_span", "began_at", "ended_at"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(
        ForeignKey("disclosures.id", ondelete="CASCADE"), index=True
    )
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # may be to come; None: no end
    # Of the item then: what an editor makes of it later is no part of the proof.
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    heading: Mapped[str] = mapped_column(String(6))
    number: Mapped[str] = mapped_column(String(RECORD["number"].most), default="")
    decided_on: Mapped[date | None]
    has_names: Mapped[bool] = mapped_column(default=False)
    responsible: Mapped[str] = mapped_column(String(RECORD["responsible"].most), default="")
    forms: Mapped[list[str]] = mapped_column(db.JSON, default=list)  # besides this site
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="")
    digest: Mapped[str] = mapped_column(String(64))  # Disclosure.digest of then
    files: Mapped[list[dict[str, str]]] = mapped_column(db.JSON, default=list)  # name, SHA-256

    item: Mapped[Disclosure] = relationship(back_populates="postings")

    @classmethod
    def running(cls):
        """The condition that it runs now."""
        now = formats.now()
        return and_(cls.began_at <= now, or_(cls.ended_at.is_(None), cls.ended_at > now))

    @classmethod
    def next_end(cls, after: datetime) -> datetime | None:
        return db.session.scalar(select(func.min(cls.ended_at)).where(cls.ended_at > after))

    @property
    def is_running(self) -> bool:
        now = formats.now()
        return self.began_at <= now and (self.ended_at is None or self.ended_at > now)

    @property
    def listed_title(self) -> str:
        """For lists that stay: a title may name people, whose time ends."""
        return "Nội dung có dữ liệu cá nhân" if self.has_names else self.title

    @property
    def under(self) -> Heading | None:
        return Heading.by(number=self.heading)

    @property
    def told_until(self) -> str:
        """``hết ngày 31/12/2026``, a moment, or ``thường xuyên``."""
        if self.ended_at is None:
            return "thường xuyên"
        local = self.ended_at.astimezone(identity.zone())
        if local.time() == time():
            return f"hết ngày {formats.day(local.date() - timedelta(days=1))}"
        return formats.moment(self.ended_at, identity.zone())

    @property
    def interruptions(self) -> list[Outage]:
        """When the portal did not run within it."""
        return list(db.session.scalars(Outage.within(self.began_at, self.ended_at)))


class Plan(Model):
    """A line of a year's plan: what will be posted, when and by whom (Luật 10/2022, article 14)."""

    __tablename__ = "disclosure_plans"
    __table_args__ = (Index("ix_disclosure_plans_year", "year", "position"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    content: Mapped[str] = mapped_column(String(300))
    form: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date | None]
    duration: Mapped[str] = mapped_column(String(120), default="")
    responsible: Mapped[str] = mapped_column(String(120), default="")

    @classmethod
    def of_year(cls, year: int) -> list["Plan"]:
        rows = select(cls).where(cls.year == year).order_by(cls.position, cls.id)
        return list(db.session.scalars(rows))

    @classmethod
    def years(cls) -> list[int]:
        return list(db.session.scalars(select(cls.year).distinct().order_by(cls.year.desc())))


class ListedElsewhere(Model):
    """A line that a person adds to the list of information that must be public."""

    __tablename__ = "information_listed"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(300))
    number: Mapped[str] = mapped_column(String(60), default="")
    dated_on: Mapped[date | None]
    form: Mapped[str] = mapped_column(String(200), default="")
    duration: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(300), default="")

    @classmethod
    def in_order(cls) -> list["ListedElsewhere"]:
        return list(db.session.scalars(select(cls).order_by(cls.position, cls.id)))


references.follow(
    Disclosure,
    lambda item: [item.body],
    MediaFile,
    lambda item: [row.file.id for row in item.files],
)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
