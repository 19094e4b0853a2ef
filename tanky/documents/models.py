from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from sqlalchemy import ForeignKey, Index, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.alphabet import in_alphabet
from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..media.models import FileText, MediaFile
from ..records import references
from ..records.search import indexed
from ..records.slugs import free_slug
from ..records.trash import Trashable
from ..text import formats
from ..text.folding import fold
from .record import DAYS, RECORD, RELATIONS, Kind, Relation


def number_key(number: str) -> str:
    """By which a document's number is known however it was typed: ``12/2026/NQ-HĐND``."""
    return "".join(fold(number).split())


@dataclass(frozen=True)
class Tie:
    """What a document is to another."""

    told: str  # thay thế, được thay bằng
    number: str
    document: "Document | None"  # None where it is not on this site


class Document(Trashable, Model):
    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_issued", "issued_on", "id"), NEVER_REUSED)
    SUBJECT = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(RECORD["number"].most))
    number_key: Mapped[str] = mapped_column(String(120), index=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)  # stays when the number changes
    kind: Mapped[Kind] = mapped_column(enum_of(Kind, 40))
    title: Mapped[str] = mapped_column(String(RECORD["title"].most))
    issuer: Mapped[str] = mapped_column(String(RECORD["issuer"].most))
    signer: Mapped[str] = mapped_column(String(RECORD["signer"].most), default="")
    topic: Mapped[str] = mapped_column(String(RECORD["topic"].most), default="")
    issued_on: Mapped[date] = mapped_column()
    in_force_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    # The words of it and of its files; too long to be read with each row.
    search_text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    is_sample: Mapped[bool] = mapped_column(default=False)

    relations: Mapped[list["DocumentRelation"]] = relationship(
        order_by="DocumentRelation.position",
        cascade="all, delete-orphan",
        back_populates="document",
    )
    files: Mapped[list["DocumentFile"]] = relationship(
        order_by="DocumentFile.position", cascade="all, delete-orphan", back_populates="document"
    )

    NEWEST = (issued_on.desc(), id.desc())

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def listed(cls) -> Select:
        """All but those in the trash. Every public query begins here."""
        return select(cls).where(cls.trashed_at.is_(None))

    @classmethod
    def named(cls, number: str, until: date | None = None) -> "Document | None":
        """The document of a number. Numbers begin anew each year: of several the newest that is
        not after ``until``, else the newest."""
        rows = db.session.scalars(
            cls.listed().where(cls.number_key == number_key(number)).order_by(*cls.NEWEST)
        ).all()
        earlier = (row for row in rows if until and row.issued_on <= until)
        return next(earlier, rows[0] if rows else None)

    @classmethod
    def used(cls, column) -> list[str]:
        """What is written in a column of the documents that are listed, each once."""
        query = cls.listed().with_only_columns(column).where(column != "").group_by(column)
        return list(db.session.scalars(query.order_by(in_alphabet(column))))

    @property
    def called(self) -> str:
        return f"{self.kind.value} {self.number}"

    @property
    def url(self) -> str:
        return url_for("documents.document", slug=self.slug)

    def state(self, today: date) -> str:
        """Whether it is in force; "" where it does not say from when."""
        if self.ended_on and today >= self.ended_on:
            return "Hết hiệu lực"
        if self.in_force_on is None:
            return ""
        return "Chưa có hiệu lực" if today < self.in_force_on else "Còn hiệu lực"

    @property
    def ties(self) -> list[Tie]:
        """What it is to others, then what others are to it."""
        own = [
            Tie(row.relation.value, row.number, Document.named(row.number, self.issued_on))
            for row in self.relations
        ]
        rows = db.session.scalars(
            select(DocumentRelation)
            .join(DocumentRelation.document)
            .where(
                DocumentRelation.number_key == self.number_key,
                Document.trashed_at.is_(None),
                Document.id != self.id,
            )
            .order_by(*Document.NEWEST)
        )
        return own + [
            Tie(row.relation.other_way, row.document.number, row.document)
            for row in rows
            if Document.named(row.number, row.document.issued_on) is self
        ]

    @property
    def facts(self) -> dict:
        """The record without its files, whose typed texts lists have no use for."""
        plain = ("number", "title", "issuer", "signer", "topic")
        relations = [
            {"relation": row.relation.value, "number": row.number} for row in self.relations
        ]
        return {
            **{name: getattr(self, name) for name in plain},
            "kind": self.kind.value,
            **{name: _iso(getattr(self, name)) for name in DAYS},
            "relations": relations,
        }

    def snapshot(self) -> dict:
        """The record: what a revision keeps."""
        files = [{"file_id": row.file_id, "typed": row.typed} for row in self.files]
        return self.facts | {"files": files}

    def restore(self, record: dict) -> None:
        """Take over a record; the caller commits. There is no other door."""
        for name in ("number", "title", "issuer", "signer", "topic"):
            setattr(self, name, record[name])
        self.kind = Kind(record["kind"])
        for name in DAYS:
            setattr(self, name, _day(record[name]))
        self.relations = [
            DocumentRelation(
                position=position,
                relation=Relation(row["relation"]),
                number=row["number"],
                number_key=number_key(row["number"]),
            )
            for position, row in enumerate(record["relations"])
        ]
        self.files = [
            DocumentFile(position=position, **row) for position, row in enumerate(record["files"])
        ]
        self.number_key = number_key(self.number)
        self.slug = self.slug or free_slug(Document, f"{self.kind.value} {self.number}")
        texts = [row.text for row in self.files]
        named = f"{self.called} {self.title}"
        self.search_text = indexed(named, self.issuer, self.signer, self.topic, *texts)
        self.updated_at = formats.now()
        self.is_sample = False


class DocumentRelation(Model):
    __tablename__ = "document_relations"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    relation: Mapped[Relation] = mapped_column(enum_of(Relation, 30))
    number: Mapped[str] = mapped_column(String(RELATIONS["number"].most))
    number_key: Mapped[str] = mapped_column(String(120), index=True)

    document: Mapped[Document] = relationship(back_populates="relations")


class DocumentFile(Model):
    __tablename__ = "document_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("documents.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id"), index=True)
    typed: Mapped[str] = mapped_column(Text, default="", deferred=True)  # by a person, of a scan

    document: Mapped[Document] = relationship(back_populates="files")
    file: Mapped[MediaFile] = relationship(lazy="joined")

    @property
    def text(self) -> str:
        """What was read of it, else what was typed of it."""
        read = db.session.get(FileText, self.file_id) if self.file_id else None
        return (read.text if read else "") or self.typed or ""


references.follow(
    Document,
    lambda document: [],
    MediaFile,
    lambda document: [row.file_id for row in document.files],
)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
