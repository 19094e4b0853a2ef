"""The record of a procedure as the national database publishes it, and the results by month."""

import enum
from datetime import date, datetime

from flask import url_for
from sqlalchemy import ForeignKey, Select, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db
from ..records import references
from ..records.search import having
from ..records.trash import Trashable
from ..site.fields import Field
from ..text import formats
from ..text.folding import words_of

CODE = r"\d\.\d{6}"  # 1.001193


class Level(enum.StrEnum):
    MINISTRY = "Bộ"
    PROVINCE = "Tỉnh"
    COMMUNE = "Xã"
    OTHER = "khác"


class OnlineService(enum.StrEnum):
    """Nghị định 42/2022/NĐ-CP, điều 11: how far a procedure is done online."""

    INFORMATION = "cung cấp thông tin"
    PARTIAL = "một phần"
    FULL = "toàn trình"


class ChannelKind(enum.StrEnum):
    IN_PERSON = "Trực tiếp"
    ONLINE = "Trực tuyến"
    POST = "Bưu chính"


def _values(kind: type[enum.StrEnum], length: int):
    return db.Enum(
        kind,
        native_enum=False,
        length=length,
        values_callable=lambda e: [m.value for m in e],
    )


class Procedure(Trashable, Model):
    __tablename__ = "procedures"
    __table_args__ = NEVER_REUSED
    SUBJECT = "procedure"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(500))
    decision: Mapped[str] = mapped_column(String(200), default="")
    level: Mapped[Level] = mapped_column(_values(Level, 20), default=Level.COMMUNE)
    kind: Mapped[str] = mapped_column(String(200), default="")
    field_id: Mapped[int] = mapped_column(ForeignKey("fields.id"), index=True)
    online_service: Mapped[OnlineService] = mapped_column(
        _values(OnlineService, 40), default=OnlineService.INFORMATION
    )
    online_url: Mapped[str] = mapped_column(String(500), default="")
    steps: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    copies: Mapped[int | None]
    applicants: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    agency: Mapped[str] = mapped_column(String(300), default="")
    authority: Mapped[str] = mapped_column(String(300), default="")
    receiving_place: Mapped[str] = mapped_column(String(500), default="")
    partners: Mapped[str] = mapped_column(String(500), default="")
    outcome: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    conditions: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    source_url: Mapped[str] = mapped_column(String(500), default="")
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
    def matching(cls, words: str, field: Field | None = None) -> Select:
        """Those in force that hold all the words, with or without diacritics, in title or code."""
        query = cls.in_force()
        if field:
            query = query.where(cls.field_id == field.id)
        return having(query, cls.search_text, words)

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
    def paper_groups(self) -> list[tuple[str, list["Paper"]]]:
        """The papers under the case that they belong to, in their order."""
        groups: dict[str, list[Paper]] = {}
        for paper in self.papers:
            groups.setdefault(paper.case, []).append(paper)
        return list(groups.items())

    PLAIN = (
        "code", "title", "decision", "level", "kind", "online_service", "online_url", "steps",
        "conditions", "copies", "agency", "authority", "receiving_place", "partners",
        "source_url", "is_retired",
    )  # fmt: skip

    def snapshot(self) -> dict:
        """The whole record as plain JSON values: what a revision keeps and an import compares."""
        record = {name: getattr(self, name) for name in self.PLAIN}
        record |= {
            "level": self.level.value,
            "online_service": self.online_service.value,
            "field": self.field.name,
            "applicants": list(self.applicants),
            "outcome": list(self.outcome),
            "replaced_by": self.replaced_by.code if self.replaced_by else "",
            "channels": [
                {
                    "kind": row.kind.value,
                    "time_limit": row.time_limit,
                    "fee": row.fee,
                    "charge": row.charge,
                    "remark": row.remark,
                }
                for row in self.channels
            ],
            "papers": [
                {
                    "case": row.case,
                    "name": row.name,
                    "originals": row.originals,
                    "copies": row.copies,
                    "form_id": row.form_id,
                }
                for row in self.papers
            ],
            "legal_basis": [
                {
                    "number": row.number,
                    "summary": row.summary,
                    "issued_on": row.issued_on.isoformat() if row.issued_on else None,
                    "issuer": row.issuer,
                }
                for row in self.legal_basis
            ],
        }
        return record

    def restore(self, record: dict, field: Field | None = None, successors=None) -> None:
        """Take over a record of the form that :meth:`snapshot` gives; the caller commits.

        :param field: the record's, where it is at hand.
        :param successors: procedures by their code, where they are at hand.
        """
        for name in self.PLAIN:
            setattr(self, name, record[name])
        self.level = Level(record["level"])
        self.online_service = OnlineService(record["online_service"])
        self.field = field or Field.named(record["field"])
        self.applicants = list(record["applicants"])
        self.outcome = list(record["outcome"])
        code = record["replaced_by"]
        if successors is None:
            successors = {code: Procedure.by_code(code)} if code else {}
        self.replaced_by = successors[code] if code else None
        self.channels = [
            Channel(position=position, **(row | {"kind": ChannelKind(row["kind"])}))
            for position, row in enumerate(record["channels"])
        ]
        self.papers = [
            Paper(position=position, **row) for position, row in enumerate(record["papers"])
        ]
        self.legal_basis = [
            LegalBasis(
                position=position,
                **(row | {"issued_on": row["issued_on"] and date.fromisoformat(row["issued_on"])}),
            )
            for position, row in enumerate(record["legal_basis"])
        ]
        self.is_sample = False
        self.updated_at = formats.now()
        self.refresh_derived()

    def refresh_derived(self) -> None:
        # A change of its rows alone is a save of it as well.
        flag_modified(self, "search_text")
        words = f"{self.code} {self.title} {self.field.name}"
        self.search_text = " ".join(words_of(words))


class Channel(Model):
    """One way to hand in (cách thức thực hiện), with its time limit and fee."""

    __tablename__ = "procedure_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(
        ForeignKey("procedures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[ChannelKind] = mapped_column(_values(ChannelKind, 20))
    time_limit: Mapped[str] = mapped_column(String(200), default="")  # "03 ngày làm việc"
    fee: Mapped[str] = mapped_column(String(300), default="")  # phí
    charge: Mapped[str] = mapped_column(String(300), default="")  # lệ phí
    remark: Mapped[str] = mapped_column(String(1000), default="")

    procedure: Mapped[Procedure] = relationship(back_populates="channels")


class Paper(Model):
    """One paper of the dossier (thành phần hồ sơ), with its form to download."""

    __tablename__ = "procedure_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(
        ForeignKey("procedures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    case: Mapped[str] = mapped_column(String(300), default="")  # the case it is asked in
    name: Mapped[str] = mapped_column(String(1000))
    originals: Mapped[int] = mapped_column(default=1)
    copies: Mapped[int] = mapped_column(default=0)
    form_id: Mapped[int | None] = mapped_column(ForeignKey("media_files.id"), index=True)

    procedure: Mapped[Procedure] = relationship(back_populates="papers")
    form = relationship("MediaFile", lazy="joined")


references.follow(
    Procedure,
    lambda procedure: [procedure.steps, procedure.conditions],
    lambda procedure: [p.form.id if p.form else p.form_id for p in procedure.papers],
)


references.follow_part(Paper, Procedure, "procedure_id", "form_id")


class LegalBasis(Model):
    __tablename__ = "procedure_legal_basis"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(
        ForeignKey("procedures.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int] = mapped_column(default=0)
    number: Mapped[str] = mapped_column(String(100))  # 60/2014/QH13
    summary: Mapped[str] = mapped_column(String(500), default="")
    issued_on: Mapped[date | None]
    issuer: Mapped[str] = mapped_column(String(200), default="")

    procedure: Mapped[Procedure] = relationship(back_populates="legal_basis")
