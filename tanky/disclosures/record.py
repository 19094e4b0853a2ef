"""The record of an item that is posted (Luật 10/2022/QH15, articles 11–14)."""

from collections.abc import Iterator
from datetime import date, timedelta

from ..media import rich_text
from ..records.schema import Attribute, Day, Flag, Html, Id, Rows, Schema, Year
from .headings import Heading

FILES = Rows(name="files", label="Tệp", in_sheet=False, parts=(Id(name="file_id", label="Tệp"),))
BROADCASTS = Rows(
    name="broadcasts", label="Phát trên loa", parts=(Day(name="day", label="Ngày phát"),)
)
RECORD = Schema(
    Attribute(name="heading", label="Thuộc mục", required=True, most=6),
    Attribute(name="title", label="Tên nội dung", required=True, most=300),
    Attribute(name="number", label="Số, ký hiệu văn bản", most=60, example="12/QĐ-UBND"),
    Day(name="decided_on", label="Ngày của văn bản"),
    Year(name="year", label="Của năm"),
    Html(name="body", label="Nội dung", most=500_000, clean=rich_text.from_form),
    FILES,
    Flag(name="has_names", label="Có dữ liệu cá nhân", yes="có", no="không"),
    Day(name="posted_until", label="Đăng đến hết ngày"),
    Attribute(name="shorter_because", label="Lý do đăng ngắn hơn luật định", most=300),
    Day(name="office_from", label="Niêm yết tại trụ sở từ ngày"),
    Day(name="office_until", label="đến ngày"),
    Attribute(name="office_place", label="Nơi niêm yết", most=200),
    BROADCASTS,
    Attribute(name="responsible", label="Người phụ trách", required=True, most=120),
    Id(name="planned_id", label="Theo kế hoạch năm"),
)  # fmt: skip
DAYS = ("decided_on", "posted_until", "office_from", "office_until")


def wrong_days(
    days: dict[str, date | None],
    heading: Heading | None,
    begins: date,
    has_names: bool,
    has_reason: bool,
) -> Iterator[tuple[str, str]]:
    """What is wrong with an item's days: which one, and why, as the rest of a sentence.

    :param days: by the names in ``DAYS``.
    :param begins: the first day on which it is, or would be, posted.
    :param has_reason: whether a shorter time than the law's has a reason.
    """
    until = days["posted_until"]
    if has_names and until is None:
        yield "posted_until", "nội dung có dữ liệu cá nhân phải có ngày hết đăng"
    if until and until < begins:
        yield "posted_until", "ngày này đã qua"
    elif until and heading and not has_reason:
        least = begins + timedelta(days=heading.least_days or 0)
        if heading.least_days is None:
            yield (
                "posted_until",
                "mục này đăng thường xuyên: hãy để trống ngày, hoặc ghi lý do ở ô dưới",
            )
        elif until < least:
            yield (
                "posted_until",
                f"luật đòi ít nhất {heading.least_days} ngày: đến {least:%d/%m/%Y}, "
                "hoặc ghi lý do ở ô dưới",
            )
    if days["office_until"] and not days["office_from"]:
        yield "office_from", "hãy ghi ngày bắt đầu niêm yết"
    elif days["office_until"] and days["office_until"] < days["office_from"]:
        yield "office_until", "ngày này không thể trước ngày bắt đầu"
