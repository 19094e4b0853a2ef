"""The record of a notice, and what CAP calls its parts (OASIS Common Alerting Protocol 1.2)."""

import enum
from collections.abc import Iterator
from datetime import datetime

from ..media import rich_text
from ..records.schema import Attribute, Choice, Flag, Html, Moment, Schema
from ..site import identity

ANNOUNCED_BEFORE = 7  # working days (Nghị định 224/2026/NĐ-CP, article 13)


class Grade(enum.StrEnum):
    NEWS = "tin"
    IMPORTANT = "quan trọng"
    URGENT = "khẩn cấp"


class Category(enum.StrEnum):
    """What a notice is about; ``cap`` is the word of CAP."""

    WEATHER = "thời tiết, thiên tai"
    FIRE = "cháy nổ"
    HEALTH = "dịch bệnh, sức khoẻ"
    ENVIRONMENT = "môi trường"
    TRANSPORT = "giao thông"
    SUPPLY = "điện, nước, mạng"
    ORDER = "an ninh, trật tự"
    RESCUE = "cứu nạn"
    OTHER = "việc khác"

    @property
    def cap(self) -> str:
        return {
            Category.WEATHER: "Met",
            Category.FIRE: "Fire",
            Category.HEALTH: "Health",
            Category.ENVIRONMENT: "Env",
            Category.TRANSPORT: "Transport",
            Category.SUPPLY: "Infra",
            Category.ORDER: "Security",
            Category.RESCUE: "Rescue",
            Category.OTHER: "Other",
        }[self]


WHOLE_COMMUNE = "toàn xã"
RECORD = Schema(
    Attribute(name="title", label="Thông báo, một câu", required=True, most=160),
    Choice(name="grade", label="Mức", required=True, choices=Grade, otherwise=Grade.NEWS),
    Choice(
        name="category", label="Loại việc", required=True, choices=Category,
    ),
    Flag(name="is_observed", label="Việc đang xảy ra", yes="có", no="không"),
    Attribute(name="place", label="Ở đâu", most=200),
    Attribute(name="advice", label="Bà con cần làm gì", most=500),
    Html(name="body", label="Chi tiết", most=100_000, clean=rich_text.from_form),
    Moment(name="begins_at", label="Hiện từ"),
    Moment(name="ends_at", label="Đến"),
    Flag(name="is_interruption", label="Tạm ngừng dịch vụ có kế hoạch", yes="có", no="không"),
    Moment(name="stops_at", label="Ngừng từ"),
    Moment(name="resumes_at", label="Hoạt động lại lúc"),
    Attribute(name="late_because", label="Lý do báo muộn", most=300),
)  # fmt: skip


def wrong(
    grade: str,
    times: dict[str, datetime | None],
    is_interruption: bool,
    may_be_late: bool,
    advice: str,
    now: datetime,
) -> Iterator[tuple[str, str]]:
    """What is wrong with a notice: which attribute, and why as a sentence.

    :param times: by the names of the record's moments; in the site's time, without a zone.
    :param now: likewise.
    :param may_be_late: whether an interruption need not be announced in time: it was, or there is a
        reason.
    """  # fmt: skip
    begins, ends = times["begins_at"], times["ends_at"]
    if is_interruption:
        ends = ends or times["resumes_at"]
    if grade != Grade.NEWS and ends is None:
        yield "ends_at", "Mức này hiện trên mọi trang nên phải có giờ hết."
    if ends and ends <= (begins or now):
        yield "ends_at", "Giờ hết phải sau giờ bắt đầu." if begins else "Giờ này đã qua."
    elif ends and ends <= now:
        yield "ends_at", "Giờ này đã qua."
    if grade == Grade.URGENT and not advice:
        yield "advice", "Khẩn cấp thì phải nói bà con cần làm gì."
    if not is_interruption:
        return
    stops, resumes = times["stops_at"], times["resumes_at"]
    if stops is None:
        yield "stops_at", "Hãy ghi lúc ngừng."
    if resumes is None:
        yield "resumes_at", "Hãy ghi lúc hoạt động lại."
    if stops and resumes and resumes <= stops:
        yield "resumes_at", "Lúc hoạt động lại phải sau lúc ngừng."
    if stops and not may_be_late:
        announced_on = max(begins or now, now).date()
        first = identity.due(announced_on, ANNOUNCED_BEFORE, in_working_days=True)
        if stops.date() < first:
            yield (
                "stops_at",
                f"Phải báo trước ít nhất {ANNOUNCED_BEFORE} ngày làm việc: sớm nhất là "
                f"{first:%d/%m/%Y}, hoặc ghi lý do báo muộn.",
            )
