"""The record of an event of the calendar."""

import enum
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ..media import rich_text
from ..records.schema import Attribute, Choice, Day, Html, Moment, Rows, Schema
from ..site import identity

MOVED_AT_MOST = timedelta(days=183)
ANNOUNCED_BEFORE = 5  # working days (Luật Tiếp công dân 42/2013/QH13, article 24)


class Kind(enum.StrEnum):
    RECEPTION = "tiếp công dân"
    WEEK = "lịch làm việc của lãnh đạo"
    SESSION = "họp Hội đồng nhân dân"
    MEETING = "họp, hội nghị"
    OTHER = "việc khác"


class Repeats(enum.StrEnum):
    NEVER = "không lặp lại"
    WEEKLY = "hằng tuần"
    FORTNIGHTLY = "hai tuần một lần"
    MONTHLY_BY_DAY = "hằng tháng, cùng ngày trong tháng"
    MONTHLY_BY_WEEKDAY = "hằng tháng, cùng thứ cùng tuần"


class Change(enum.StrEnum):
    CANCELLED = "huỷ"
    MOVED = "dời"


CHANGES = Rows(
    name="changes",
    label="Buổi bị huỷ hoặc dời",
    in_sheet=False,
    parts=(
        Day(name="day", label="Buổi ngày"),
        Choice(name="change", label="Thay đổi", choices=Change),
        Moment(name="starts_at", label="Dời sang"),
        Attribute(name="reason", label="Lý do", most=200),
    ),
)
RECORD = Schema(
    Attribute(name="title", label="Việc", required=True, most=200),
    Choice(name="kind", label="Loại lịch", required=True, choices=Kind, otherwise=Kind.RECEPTION),
    Moment(name="starts_at", label="Bắt đầu", required=True),
    Moment(name="ends_at", label="Kết thúc"),
    Attribute(name="place", label="Ở đâu", most=200),
    Attribute(name="host", label="Người tiếp, chủ trì", most=200),
    Attribute(name="participants", label="Người cùng dự", most=300),
    Html(name="body", label="Nội dung", most=50_000, clean=rich_text.from_form),
    Choice(
        name="repeats", label="Lặp lại", required=True, choices=Repeats, otherwise=Repeats.NEVER
    ),
    Day(name="repeats_until", label="Lặp đến hết ngày"),
    CHANGES,
    Attribute(name="late_because", label="Lý do báo muộn", most=300),
)  # fmt: skip


def wrong(
    kind: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    repeats_until: date | None,
    must_be_announced: bool,
    has_reason: bool,
) -> Iterator[tuple[str, str]]:
    """What is wrong with an event: which attribute, and why as a sentence.

    :param must_be_announced: whether its beginning is new to residents.
    :param has_reason: whether a late announcement has one.
    """
    if starts_at is None:
        yield "starts_at", "Hãy ghi lúc bắt đầu."
        return
    if ends_at and ends_at <= starts_at:
        yield "ends_at", "Lúc kết thúc phải sau lúc bắt đầu."
    elif ends_at and (ends_at - starts_at).days >= 31:
        yield "ends_at", "Một buổi không dài quá một tháng. Việc lặp lại thì chọn ở ô Lặp lại."
    if repeats_until and repeats_until < starts_at.date():
        yield "repeats_until", "Ngày này không thể trước ngày bắt đầu."
    if kind == Kind.RECEPTION and must_be_announced and not has_reason:
        first = identity.due(identity.today(), ANNOUNCED_BEFORE, in_working_days=True)
        if starts_at.date() < first:
            yield (
                "starts_at",
                f"Lịch tiếp công dân phải báo trước ít nhất {ANNOUNCED_BEFORE} ngày làm việc: sớm "
                f"nhất là {first:%d/%m/%Y}, hoặc ghi lý do báo muộn.",
            )
