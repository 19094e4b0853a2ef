"""A procedure and its rows, as the national database publishes it."""

import enum
import json
import re
from collections.abc import Mapping
from datetime import date, datetime

from flask import url_for
from sqlalchemy import Column, ColumnElement, ForeignKey, Select, String, Table, Text, or_, select
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
from . import kinds
from .kinds import Step, Sum, TimeLimit
from .record import CHANNELS, LEGAL_BASIS, PAPERS, RECORD, ChannelKind, Level, OnlineService

_AMOUNT = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d{4,})\s*(?:đồng|đ\b|vnđ|vnd)", re.I)
_FREE = re.compile(r"\b(?:mien|khong|0 dong)\b")
_CLAUSE = re.compile(r"\s*[;(]")
NO_LIMIT = json.dumps(CHANNELS["time_limit"].empty)


# The fields that a procedure stands in besides its first.
OTHER_FIELDS = Table(
    "procedure_fields",
    Model.metadata,
    Column("procedure_id", ForeignKey("procedures.id", ondelete="CASCADE"), primary_key=True),
    Column("field_id", ForeignKey("fields.id"), primary_key=True, index=True),
)


class Procedure(Trashable, Model):
    __tablename__ = "procedures"
    __table_args__ = NEVER_REUSED
    SUBJECT = "procedure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    # What people say for it; found by, and told on its page.
    also_called: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    keywords: Mapped[list[str]] = mapped_column(db.JSON, default=list, server_default="[]")
    decision: Mapped[str] = mapped_column(String(RECORD["decision"].most), default="")
    levels: Mapped[list[str]] = mapped_column(
        db.JSON, default=lambda: [Level.COMMUNE.value], server_default='["Xã"]'
    )
    kind: Mapped[str] = mapped_column(String(RECORD["kind"].most), default="")
    field_id: Mapped[int] = mapped_column(ForeignKey("fields.id"), index=True)
    online_service: Mapped[OnlineService] = mapped_column(
        enum_of(OnlineService, 40), default=OnlineService.INFORMATION
    )
    online_url: Mapped[str] = mapped_column(String(RECORD["online_url"].most), default="")
    description: Mapped[str] = mapped_column(Text, default="", server_default="")  # HTML
    steps: Mapped[list[Step]] = mapped_column(db.JSON, default=list, server_default="[]")
    copies: Mapped[int | None]
    applicants: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    agency: Mapped[str] = mapped_column(String(RECORD["agency"].most), default="")
    authority: Mapped[str] = mapped_column(String(RECORD["authority"].most), default="")
    authorised_agency: Mapped[str] = mapped_column(
        String(RECORD["authorised_agency"].most), default="", server_default=""
    )
    receiving_place: Mapped[str] = mapped_column(String(RECORD["receiving_place"].most), default="")
    partners: Mapped[str] = mapped_column(String(RECORD["partners"].most), default="")
    outcome: Mapped[list[dict[str, str]]] = mapped_column(db.JSON, default=list)
    conditions: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    related: Mapped[list[str]] = mapped_column(db.JSON, default=list, server_default="[]")  # codes
    source_url: Mapped[str] = mapped_column(String(RECORD["source_url"].most), default="")
    # When someone last compared the record with its source.
    checked_on: Mapped[date | None]
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
    more_fields: Mapped[list[Field]] = relationship(secondary=OTHER_FIELDS, order_by=Field.name)
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

    @classmethod
    def within(cls, field: Field) -> ColumnElement[bool]:
        """The condition that a procedure stands in a field, as its first or another."""
        return or_(cls.field_id == field.id, cls.more_fields.any(Field.id == field.id))

    @property
    def called(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def url(self) -> str:
        return url_for("procedures.procedure", code=self.code)

    @property
    def fields(self) -> list[Field]:
        return [self.field, *self.more_fields]

    @property
    def other_fields(self) -> list[str]:
        return sorted(field.name for field in self.more_fields)

    @property
    def is_prose(self) -> bool:
        """Whether what is done is told as one text rather than in steps."""
        return kinds.is_prose(self.steps)

    @property
    def related_here(self) -> list[tuple[str, "Procedure | None"]]:
        """The related ones: their code, and the procedure where residents see it here."""
        rows = db.session.scalars(Procedure.listed().where(Procedure.code.in_(self.related)))
        known = {row.code: row for row in rows}
        return [(code, known.get(code)) for code in self.related]

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
                if attribute in (CHANNELS, PAPERS, LEGAL_BASIS)
                else _plain(getattr(self, attribute.name))
            )
            for attribute in RECORD
        }
        return record | {
            "field": self.field.name,
            "replaced_by": self.replaced_by.code if self.replaced_by else "",
        }

    def restore(
        self, record: dict, fields: Mapping[str, Field] | None = None, successors=None
    ) -> None:
        """Take over a record; the caller commits. There is no other door.

        :param fields: the record's by their folded names, where they are at hand.
        :param successors: procedures by their code, where they are at hand.
        """
        code = record["replaced_by"]
        if successors is None:
            successors = {code: Procedure.by_code(code)} if code else {}
        first, *others = [
            fields[fold(name)] if fields else Field.named(name)
            for name in (record["field"], *record["other_fields"])
        ]
        values = record | {
            "levels": [Level(level).value for level in record["levels"]],
            "online_service": OnlineService(record["online_service"]),
            "field": first,
            "checked_on": _day(record["checked_on"]),
            "replaced_by": successors[code] if code else None,
            "channels": [
                Channel(position=position, **(row | {"kind": ChannelKind(row["kind"])}))
                for position, row in enumerate(record["channels"])
            ],
            "papers": [Paper.of(position, row) for position, row in enumerate(record["papers"])],
            "legal_basis": [
                LegalBasis(position=position, **(row | {"issued_on": _day(row["issued_on"])}))
                for position, row in enumerate(record["legal_basis"])
            ],
        }
        for attribute in RECORD:
            if attribute.name != "other_fields":
                # A list of the record stays the record's.
                value = values[attribute.name]
                setattr(self, attribute.name, list(value) if isinstance(value, list) else value)
        self.more_fields = [field for field in dict.fromkeys(others) if field is not first]
        self.is_sample = False
        self.updated_at = formats.now()
        self.refresh_derived()

    def refresh_derived(self) -> None:
        # A change of its rows alone is a save of it as well.
        flag_modified(self, "search_text")
        names = (field.name for field in self.fields)
        words = (self.code, self.title, *names, *self.also_called, *self.keywords)
        self.search_text = " ".join(words_of(" ".join(words)))


def _plain(value):
    """A column's value as JSON has it."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, list) else value


def _row_of(row, rows: Rows) -> dict:
    return {
        part.name: (
            [_row_of(inner, part) for inner in getattr(row, part.name)]
            if isinstance(part, Rows)
            else _plain(getattr(row, part.name))
        )
        for part in rows.parts
    }


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
    time_limit: Mapped[TimeLimit] = mapped_column(
        db.JSON, default=lambda: CHANNELS["time_limit"].empty, server_default=NO_LIMIT
    )
    fee: Mapped[list[Sum]] = mapped_column(db.JSON, default=list, server_default="[]")  # phí
    charge: Mapped[list[Sum]] = mapped_column(db.JSON, default=list, server_default="[]")  # lệ phí
    remark: Mapped[str] = mapped_column(String(CHANNELS["remark"].most), default="")

    @property
    def price(self) -> str:
        """What it costs, as a figure where there is one: ``8.000 đồng``, ``Từ 2.000 đồng``, ``Miễn
        phí``."""
        amounts = set()
        for part in (*self.fee, *self.charge):
            if part["amount"]:
                amounts.add(part["amount"])
            elif part["amount"] is None and (found := _AMOUNT.search(part["name"])):
                amounts.add(int(re.sub("[.,]", "", found[1])))
        if amounts:
            least = formats.money(min(amounts))
            return least if len(amounts) == 1 else f"Từ {least}"
        plain = fold(self.cost_told)
        return "Miễn phí" if not plain or _FREE.search(plain) else "Tuỳ trường hợp"

    @property
    def price_told(self) -> str:
        """What is said of the price beside the figure; "" where that is all."""
        told = self.cost_told
        return "" if fold(told) in ("", fold(self.price), "mien le phi", "khong") else told

    @property
    def fee_told(self) -> str:
        return kinds.told_sums(self.fee)

    @property
    def charge_told(self) -> str:
        return kinds.told_sums(self.charge)

    @property
    def cost_told(self) -> str:
        if self.fee and self.charge:
            return f"Phí: {self.fee_told}; lệ phí: {self.charge_told}"
        return self.fee_told or self.charge_told

    @property
    def first_limit(self) -> str:
        """The usual time limit, without what follows it."""
        return _CLAUSE.split(self.limit_told, maxsplit=1)[0] or "Theo quy định"

    @property
    def limit_told(self) -> str:
        return kinds.told_limit(self.time_limit)

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

    procedure: Mapped[Procedure] = relationship(back_populates="papers")
    forms: Mapped[list["PaperFile"]] = relationship(
        order_by="PaperFile.position",
        cascade="all, delete-orphan",
        back_populates="paper",
        lazy="selectin",
    )

    @classmethod
    def of(cls, position: int, row: Mapping) -> "Paper":
        """A row of the record as one of the table."""
        forms = [PaperFile(position=at, **form) for at, form in enumerate(row["forms"])]
        return cls(**{**row, "position": position, "forms": forms})

    @property
    def files(self) -> list[MediaFile]:
        return [form.file for form in self.forms]

    @property
    def form_ids(self) -> list[int]:
        return [form.file_id for form in self.forms]


class PaperFile(Model):
    """A form to fill in for a paper, as a file to download."""

    __tablename__ = "procedure_paper_forms"

    paper_id: Mapped[int] = mapped_column(
        ForeignKey("procedure_papers.id", ondelete="CASCADE"), primary_key=True
    )
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)

    paper: Mapped[Paper] = relationship(back_populates="forms")
    file: Mapped[MediaFile] = relationship(lazy="joined")


references.follow(
    Procedure,
    lambda procedure: [
        procedure.description,
        *(step["text"] for step in procedure.steps),
        procedure.conditions,
    ],
    MediaFile,
    lambda procedure: [form.file_id for paper in procedure.papers for form in paper.forms],
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
