from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import NEVER_REUSED, Model, UTCDateTime
from ..site.fields import Field
from ..text import formats
from .record import FIGURES


class MonthlyResult(Model):
    """The dossiers of one field in one month, or of several months where a source sums them up.

    All figures are dossiers (hồ sơ). A figure that the source does not give is None, never 0.
    """

    __tablename__ = "results"
    SUBJECT = "result"
    __table_args__ = (
        CheckConstraint("first_month BETWEEN 1 AND month AND month <= 12", name="months"),
        CheckConstraint("settled_early_or_on_time >= 0 AND settled_late >= 0", name="settled"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    # Equal to month, but where the source gives only a sum since first_month.
    first_month: Mapped[int]
    month: Mapped[int]
    # None where the source sums all fields up.
    field_id: Mapped[int | None] = mapped_column(ForeignKey("fields.id"), index=True)
    received: Mapped[int | None]
    received_online: Mapped[int | None]  # of those received
    received_in_person: Mapped[int | None]  # of those received; by post as well
    carried_over: Mapped[int | None]
    settled_early: Mapped[int | None]
    settled_on_time: Mapped[int | None]
    settled_early_or_on_time: Mapped[int]
    settled_late: Mapped[int]
    open_in_time: Mapped[int | None]
    open_late: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now, index=True)
    is_sample: Mapped[bool] = mapped_column(default=False)

    field: Mapped[Field | None] = relationship(lazy="joined")

    @property
    def settled(self) -> int:
        return self.settled_early_or_on_time + self.settled_late

    @property
    def months(self) -> str:
        """``06``, or ``01–06`` for a sum."""
        if self.first_month == self.month:
            return f"{self.month:02}"
        return f"{self.first_month:02}–{self.month:02}"

    @property
    def called(self) -> str:
        return f"{self.months}/{self.year}, {self.field.name if self.field else 'mọi lĩnh vực'}"

    def snapshot(self) -> dict[str, Any]:
        """What a revision keeps: which row it is, and its figures."""
        given = {name: getattr(self, name) for name in FIGURES}
        return {
            "year": self.year,
            "months": self.months,
            "field": self.field.name if self.field else "",
        } | given

    def overlaps(self, other: "MonthlyResult") -> bool:
        """Whether the two would count the same dossiers twice."""
        return (
            self.year == other.year
            and self.first_month <= other.month
            and other.first_month <= self.month
            and (self.field_id is None or other.field_id is None or self.field_id == other.field_id)
        )


class ResultsChange(Model):
    """When the results last changed, also by a deletion: what "Cập nhật lúc" shows."""

    __tablename__ = "results_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)
