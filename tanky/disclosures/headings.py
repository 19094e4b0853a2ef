"""The headings that items are posted under, with the terms that laws set.

``headings.json`` has them as Luật 10/2022/QH15, article 11, and TT 26/2026/TT-BTC, article 34, give
them. Laws change: what a site edits takes the place of the line that came with the software.
"""

import calendar
from datetime import date
from pathlib import Path

from flask import g, url_for
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, db
from ..records.given import rows_given
from ..records.schema import Attribute, Day, Flag, Number, Schema
from ..site import identity

RECORD = Schema(
    Attribute(name="name", label="Tên mục", required=True, most=200),
    Attribute(name="citation", label="Căn cứ", most=200),
    Number(
        name="least_days", label="Đăng ít nhất (ngày)", hint="để trống: đăng thường xuyên",
        least=1, largest=3650,
    ),
    Number(name="due_days", label="Phải đăng trong vòng (ngày)", largest=365),
    Flag(name="due_is_working", label="Tính theo ngày làm việc", yes="có", no="không"),
    Attribute(name="due_from", label="Kể từ", most=120),
    Flag(name="is_spoken", label="Phát thêm trên loa ít nhất 3 ngày", yes="có", no="không"),
    Flag(name="holds_names", label="Thường có dữ liệu cá nhân", yes="có", no="không"),
    Day(name="checked_on", label="Đối chiếu với văn bản ngày"),
)  # fmt: skip
GIVEN = Path(__file__).parent / "headings.json"
SPOKEN_DAYS = 3  # Luật 10/2022/QH15, article 13


class Heading(Model):
    """A heading, or a part of one: ``2.3`` is of ``2``."""

    __tablename__ = "disclosure_headings"
    number: Mapped[str] = mapped_column(String(6), primary_key=True)
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(RECORD["name"].most))
    citation: Mapped[str] = mapped_column(String(RECORD["citation"].most), default="")
    least_days: Mapped[int | None]  # None: it stays posted
    due_days: Mapped[int | None]
    due_is_working: Mapped[bool] = mapped_column(default=True)
    due_from: Mapped[str] = mapped_column(String(RECORD["due_from"].most), default="")
    period_months: Mapped[int | None]  # of each year, with whose end its term begins
    is_spoken: Mapped[bool] = mapped_column(default=False)
    holds_names: Mapped[bool] = mapped_column(default=False)
    link: Mapped[str] = mapped_column(String(200), default="")  # where the site shows it anyway
    checked_on: Mapped[date | None]

    @classmethod
    def in_order(cls) -> list["Heading"]:
        """All of them; read once in a request, since each row of a list asks."""
        if "disclosure_headings" not in g:
            edited = {row.number: row for row in db.session.scalars(select(cls))}
            g.disclosure_headings = [
                edited.get(row["number"]) or cls(**row) for row in rows_given(GIVEN)
            ]
        return list(g.disclosure_headings)

    @classmethod
    def by(cls, **wanted: str) -> "Heading | None":
        """The heading of a ``number`` or a ``slug``."""
        ((name, value),) = wanted.items()
        return next((row for row in cls.in_order() if getattr(row, name) == value), None)

    @property
    def called(self) -> str:
        return f"{self.number}. {self.name}"

    @property
    def url(self) -> str:
        return url_for("disclosures.heading", slug=self.slug)

    @property
    def parent_number(self) -> str:
        return self.number.partition(".")[0] if "." in self.number else ""

    @property
    def is_edited(self) -> bool:
        """Whether the site says otherwise than the software."""
        return self in db.session

    @property
    def told_term(self) -> str:
        """``trong 5 ngày làm việc kể từ ngày có quyết định``; "" where no term is set."""
        if self.due_days is None:
            return ""
        unit = "ngày làm việc" if self.due_is_working else "ngày"
        return f"trong {self.due_days} {unit} kể từ {self.due_from}"

    @property
    def told_posting(self) -> str:
        least = self.least_days
        return "đăng thường xuyên" if least is None else f"đăng liên tục ít nhất {least} ngày"

    def due_on(self, begins: date | None, year: int | None = None) -> date | None:
        """Until when an item must be posted; None where that cannot be told.

        :param begins: the day that the term is counted from, where the heading has no period.
        :param year: which the period is of.
        """
        if self.period_months and year:
            last = calendar.monthrange(year, self.period_months)[1]
            begins = date(year, self.period_months, last)
        if begins is None or self.due_days is None:
            return None
        return identity.due(begins, self.due_days, self.due_is_working)


def tree() -> list[tuple[Heading, list[Heading]]]:
    """Each heading with its parts."""
    rows = Heading.in_order()
    tops = [row for row in rows if not row.parent_number]
    return [(top, [row for row in rows if row.parent_number == top.number]) for top in tops]
