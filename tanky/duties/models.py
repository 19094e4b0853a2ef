"""Duties as data: ``duties.json`` comes with the software; what a site edits takes its place."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import url_for
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, db
from ..desk.section import Fulfilment, current_sections
from ..records.given import rows_given
from ..records.schema import Attribute, Day, Flag, Number, Schema
from ..site import identity
from ..text import formats

GIVEN = Path(__file__).parent / "duties.json"
SOON = timedelta(days=14)  # before its time is over
RECORD = Schema(
    Attribute(
        name="key", label="Mã", required=True, most=60, pattern="[a-z0-9-]{2,60}",
        example="cong-khai-5", says="Mã chỉ gồm chữ thường không dấu, chữ số và gạch nối.",
    ),
    Attribute(name="name", label="Nghĩa vụ", required=True, most=200),
    Attribute(name="citation", label="Căn cứ", required=True, most=200),
    Attribute(name="slot", label="Nơi thực hiện", most=60, hint="để trống: tự xác nhận"),
    Attribute(name="term", label="Thời hạn theo luật", most=120),
    Number(
        name="fresh_days", label="Xem lại sau (ngày)", hint="để trống: không", least=1, largest=3650
    ),
    Flag(name="is_read", label="Đã đọc nguyên văn", yes="có", no="không"),
    Day(name="checked_on", label="Đối chiếu ngày"),
    Flag(name="is_dropped", label="Không áp dụng", yes="có", no="không"),
)  # fmt: skip


class State(enum.StrEnum):
    LATE = "quá hạn"
    MISSING = "còn thiếu"
    SOON = "sắp đến hạn"
    MET = "đủ"
    DROPPED = "không áp dụng"


class Duty(Model):
    __tablename__ = "duties"
    SHOWN = False  # residents see what fulfils it

    key: Mapped[str] = mapped_column(String(RECORD["key"].most), primary_key=True)
    name: Mapped[str] = mapped_column(String(RECORD["name"].most))
    citation: Mapped[str] = mapped_column(String(RECORD["citation"].most))
    slot: Mapped[str] = mapped_column(String(RECORD["slot"].most), default="")
    term: Mapped[str] = mapped_column(String(RECORD["term"].most), default="")
    fresh_days: Mapped[int | None]
    is_read: Mapped[bool] = mapped_column(default=False)  # else second-hand: to be compared first
    checked_on: Mapped[date | None]
    is_dropped: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def in_order(cls) -> list["Duty"]:
        """Those that came with the software, as the site has them, then the site's own."""
        edited = {row.key: row for row in db.session.scalars(select(cls).order_by(cls.key))}
        given = [edited.pop(row["key"], None) or cls(**row) for row in rows_given(GIVEN)]
        return [*given, *edited.values()]

    @classmethod
    def by_key(cls, key: str) -> "Duty | None":
        return next((duty for duty in cls.in_order() if duty.key == key), None)

    @classmethod
    def keys_given(cls) -> set[str]:
        """Those of the duties that came with the software."""
        return {row["key"] for row in rows_given(GIVEN)}

    @property
    def is_edited(self) -> bool:
        """Whether the site says otherwise than the software."""
        return self in db.session

    def snapshot(self) -> dict[str, Any]:
        """The record, as sheets and differences take it."""
        record = {attribute.name: getattr(self, attribute.name) for attribute in RECORD}
        return record | {"checked_on": self.checked_on and self.checked_on.isoformat()}

    def restore(self, record: dict[str, Any]) -> None:
        """Take over a record; the caller commits."""
        for attribute in RECORD:
            setattr(self, attribute.name, record[attribute.name])
        self.checked_on = record["checked_on"] and date.fromisoformat(record["checked_on"])


class Confirmation(Model):
    """A person's word for a duty that nothing on the site fulfils."""

    __tablename__ = "duty_confirmations"
    SHOWN = False

    key: Mapped[str] = mapped_column(String(RECORD["key"].most), primary_key=True)
    confirmed_on: Mapped[date] = mapped_column()
    confirmed_by: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Standing:
    """How a duty stands today."""

    duty: Duty
    state: State
    since: date | None  # when it was last brought up to date, or confirmed
    due_on: date | None  # when it must be looked at again
    remark: str
    address: str  # where to act
    is_for_chiefs: bool  # who may act there


def standings() -> list[Standing]:
    """All duties, each with how it stands today."""
    found = {one.slot: one for one in fulfilments()}
    confirmed = {row.key: row for row in db.session.scalars(select(Confirmation))}
    return [
        _standing(duty, found.get(duty.slot), confirmed.get(duty.key)) for duty in Duty.in_order()
    ]


def fulfilments() -> Iterable[Fulfilment]:
    for section in current_sections():
        yield from section.fulfilments()


def _standing(duty: Duty, found: Fulfilment | None, word: Confirmation | None) -> Standing:
    edit = url_for("desk.duties.edit", key=duty.key)
    if duty.is_dropped:
        return Standing(duty, State.DROPPED, None, None, "", edit, True)
    if duty.slot and found is None:
        remark = f"Không còn nơi thực hiện “{duty.slot}”."
        return Standing(duty, State.MISSING, None, None, remark, edit, True)
    if found is None:
        since = word.confirmed_on if word else None
        remark = f"{word.confirmed_by} xác nhận." if word else "Chưa ai xác nhận."
        found = Fulfilment("", "", word is not None, since, edit, is_for_chiefs=True)
    else:
        since, remark = found.since, found.late
    today = identity.today()
    due_on = since + timedelta(days=duty.fresh_days) if since and duty.fresh_days else None
    if found.late or (due_on and due_on < today):
        state = State.LATE
    elif not found.is_there:
        state = State.MISSING
    elif due_on and due_on - min(SOON, timedelta(days=duty.fresh_days // 4)) <= today:
        state, remark = State.SOON, f"Xem lại chậm nhất ngày {formats.day(due_on)}."
    else:
        state = State.MET
    return Standing(duty, state, since, due_on, remark, found.address, found.is_for_chiefs)
