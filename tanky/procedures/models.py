"""A procedure and its rows, as the national database publishes it."""

import enum
import re
from datetime import date, datetime

from flask import url_for
from sqlalchemy import ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..media.models import MediaFile
from ..records import references
from ..records.schema import Rows
from ..records.trash import Trashable
from ..site.fields import Field
from ..text import formats
from ..text.folding import fold, slugify, words_of
from .record import CHANNELS, LEGAL_BASIS, PAPERS, RECORD, ChannelKind, Level, OnlineService

_AMOUNT = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d{4,})\s*(?:đồng|đ\b|vnđ|vnd)", re.I)
_FREE = re.compile(r"\b(?:mien|khong|0 dong)\b")
_CLAUSE = re.compile(r"\s*[;(]")


class Procedure(Trashable, Model):
    __tablename__ = "procedures"
    __table_args__ = NEVER_REUSED
    SUBJECT = "procedure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    # What people say for it; found by, and told on its page.
    also_called: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    decision: Mapped[str] = mapped_column(String(RECORD["decision"].most), default="")
    level: Mapped[Level] = mapped_column(enum_of(Level, 20), default=Level.COMMUNE)
    kind: Mapped[str] = mapped_column(String(RECORD["kind"].most), default="")
    field_id: Mapped[int] = mapped_column(ForeignKey("fields.id"), index=True)
    online_service: Mapped[OnlineService] = mapped_column(
        enum_of(OnlineService, 40), default=OnlineService.INFORMATION
    )
    online_url: Mapped[str] = mapped_column(String(RECORD["online_url"].most), default="")
    steps: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    copies: Mapped[int | None]
    applicants: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    agency: Mapped[str] = mapped_column(String(RECORD["agency"].most), default="")
    authority: Mapped[str] = mapped_column(String(RECORD["authority"].most), default="")
    receiving_place: Mapped[str] = mapped_column(String(RECORD["receiving_place"].most), default="")
    partners: Mapped[str] = mapped_column(String(RECORD["partners"].most), default="")
    outcome: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    conditions: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    source_url: Mapped[str] = mapped_column(String(RECORD["source_url"].most), default="")
    # The date of the record, as its source gives it.
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    # A retired procedure keeps its page, which says so: people come with its old code.
    is_retired: Mapped[bool] = mapped_column(default=False)
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("procedures.id"))
    search_text: Mapped[str] = mapped_column(Text, default="")
    is_sample: Mapped[bool] = mapped_column(default=False)

    field: Mapped[Field] = relationship(lazy="joined")
    replaced_by: Mapped["Procedure | None"] = relationship(remote_side=[id])
    channels: Mapped[list["Channel"]] = relationship(
        order_by="Channel.position",
        cascade="all, delete-orphan",
        back_populates="procedure",
    )
    papers: Mapped[list["Paper"]] = relationship(
        order_by="Paper.position",
        cascade="all, delete-orphan",
        back_populates="procedure",
    )
    legal_basis: Mapped[list["LegalBasis"]] = relationship(
        order_by="LegalBasis.position",
        cascade="all, delete-orphan",
        back_populates="procedure",
    )

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def listed(cls) -> Select:
        """All that have a page: in force or retired, not in the trash."""
        return select(cls).where(cls.trashed_at.is_(None))

    @classmethod
    def in_force(cls) -> Select:
        return cls.listed().where(cls.is_retired.is_(False))

    @classmethod
    def by_code(cls, code: str) -> "Procedure | None":
        """Also one in the trash: it keeps its code."""
        return db.session.scalar(select(cls).where(cls.code == code))

    @property
    def called(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def url(self) -> str:
        return url_for("procedures.procedure", code=self.code)

    @property
    def cases(self) -> list[tuple[str, str]]:
        """The cases that papers depend on: the end of each one's address, and what it is called."""
        return [(slugify(case), case) for case, _ in self.paper_groups if case]

    def papers_for(self, case: str) -> list["Paper"]:
        """What is always needed, and what one case asks for besides: never of several, which may
        exclude each other.

        :param case: the end of its address; any other text for what is always needed.
        """
        return [p for p in self.papers if not p.case or (case and slugify(p.case) == case)]

    @property
    def paper_groups(self) -> list[tuple[str, list["Paper"]]]:
        """The papers under the case that they belong to, in their order."""
        groups: dict[str, list[Paper]] = {}
        for paper in self.papers:
            groups.setdefault(paper.case, []).append(paper)
        return list(groups.items())

    @property
    def paper_groups_to_read(self) -> list[tuple[str, list["Paper"]]]:
        """The same, what everyone needs first."""
        return sorted(self.paper_groups, key=lambda group: bool(group[0]))

    def snapshot(self) -> dict:
        """The record (``record.py``): what a revision keeps and an import compares."""
        record = {
            attribute.name: (
                [_row_of(row, attribute) for row in getattr(self, attribute.name)]
                if isinstance(attribute, Rows)
                else _plain(getattr(self, attribute.name))
            )
            for attribute in RECORD
        }
        return record | {
            "field": self.field.name,
            "replaced_by": self.replaced_by.code if self.replaced_by else "",
        }

    def restore(self, record: dict, field: Field | None = None, successors=None) -> None:
        """Take over a record; the caller commits. There is no other door.

        :param field: the record's, where it is at hand.
        :param successors: procedures by their code, where they are at hand.
        """
        code = record["replaced_by"]
        if successors is None:
            successors = {code: Procedure.by_code(code)} if code else {}
        values = record | {
            "level": Level(record["level"]),
            "online_service": OnlineService(record["online_service"]),
            "field": field or Field.named(record["field"]),
            "replaced_by": successors[code] if code else None,
            "applicants": list(record["applicants"]),
            "outcome": list(record["outcome"]),
            "also_called": list(record["also_called"]),
            "channels": [
                Channel(position=position, **(row | {"kind": ChannelKind(row["kind"])}))
                for position, row in enumerate(record["channels"])
            ],
            "papers": [
                Paper(position=position, **row) for position, row in enumerate(record["papers"])
            ],
            "legal_basis": [
                LegalBasis(position=position, **(row | {"issued_on": _day(row["issued_on"])}))
                for position, row in enumerate(record["legal_basis"])
            ],
        }
        for attribute in RECORD:
            setattr(self, attribute.name, values[attribute.name])
        self.is_sample = False
        self.updated_at = formats.now()
        self.refresh_derived()

    def refresh_derived(self) -> None:
        # A change of its rows alone is a save of it as well.
        flag_modified(self, "search_text")
        words = (self.code, self.title, self.field.name, *self.also_called)
        self.search_text = " ".join(words_of(" ".join(words)))


def _plain(value):
    """A column's value as JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, list) else value


def _row_of(row, rows: Rows) -> dict:
    return {part.name: _plain(getattr(row, part.name)) for part in rows.parts}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class Channel(Model):
    """One way to hand in (cách thức thực hiện), with its time limit and fee."""

    __tablename__ = "procedure_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(
        ForeignKey("procedures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[ChannelKind] = mapped_column(enum_of(ChannelKind, 20))
    time_limit: Mapped[str] = mapped_column(String(CHANNELS["time_limit"].most), default="")
    fee: Mapped[str] = mapped_column(String(CHANNELS["fee"].most), default="")  # phí
    charge: Mapped[str] = mapped_column(String(CHANNELS["charge"].most), default="")  # lệ phí
    remark: Mapped[str] = mapped_column(String(CHANNELS["remark"].most), default="")

    @property
    def price(self) -> str:
        """What it costs, as a figure where there is one: ``8.000 đồng``, ``Miễn phí``."""
        told = " ".join(filter(None, (self.fee, self.charge)))
        if found := _AMOUNT.search(told):
            return f"{found[1]} đồng"
        plain = fold(told)
        return "Miễn phí" if not plain or _FREE.search(plain) else "Tuỳ trường hợp"

    @property
    def price_told(self) -> str:
        """What is said of the price beside the figure; "" where that is all."""
        told = "; ".join(filter(None, (self.fee, self.charge)))
        return "" if fold(told) in ("", fold(self.price), "mien le phi", "khong") else told

    @property
    def first_limit(self) -> str:
        """The usual time limit, without what follows it."""
        return _CLAUSE.split(self.time_limit, maxsplit=1)[0] or "Theo quy định"

    procedure: Mapped[Procedure] = relationship(back_populates="channels")


class Paper(Model):
    """One paper of the dossier (thành phần hồ sơ), with its form to download."""

    __tablename__ = "procedure_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(
        ForeignKey("procedures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    case: Mapped[str] = mapped_column(String(PAPERS["case"].most), default="")
    name: Mapped[str] = mapped_column(String(PAPERS["name"].most))
    originals: Mapped[int] = mapped_column(default=1)
    copies: Mapped[int] = mapped_column(default=0)
    form_id: Mapped[int | None] = mapped_column(ForeignKey("media_files.id"), index=True)

    procedure: Mapped[Procedure] = relationship(back_populates="papers")
    form: Mapped[MediaFile | None] = relationship(lazy="joined")


references.follow(
    Procedure,
    lambda procedure: [procedure.steps, procedure.conditions],
    MediaFile,
    lambda procedure: [paper.form_id for paper in procedure.papers],
)


class LegalBasis(Model):
    __tablename__ = "procedure_legal_basis"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(
        ForeignKey("procedures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    number: Mapped[str] = mapped_column(String(LEGAL_BASIS["number"].most))  # 60/2014/QH13
    summary: Mapped[str] = mapped_column(String(LEGAL_BASIS["summary"].most), default="")
    issued_on: Mapped[date | None]
    issuer: Mapped[str] = mapped_column(String(LEGAL_BASIS["issuer"].most), default="")

    procedure: Mapped[Procedure] = relationship(back_populates="legal_basis")
