"""The record of a document (Luật Tiếp cận thông tin 104/2016, article 19)."""

import enum
from collections.abc import Iterator
from datetime import date

from ..records.schema import Attribute, Choice, Day, Id, Rows, Schema


class Kind(enum.StrEnum):
    """Kinds by NĐ 30/2020, article 7, and those of councils."""

    RESOLUTION = "Nghị quyết"
    DECISION = "Quyết định"
    DIRECTIVE = "Chỉ thị"
    REGULATION = "Quy chế"
    RULE = "Quy định"
    NOTICE = "Thông báo"
    GUIDANCE = "Hướng dẫn"
    PROGRAMME = "Chương trình"
    PLAN = "Kế hoạch"
    SCHEME = "Phương án"
    PROJECT = "Đề án"
    REPORT = "Báo cáo"
    MINUTES = "Biên bản"
    SUBMISSION = "Tờ trình"
    LETTER = "Công văn"
    INVITATION = "Giấy mời"
    OTHER = "Văn bản khác"


class Relation(enum.StrEnum):
    """What a document is to another one."""

    REPLACES = "thay thế"
    AMENDS = "sửa đổi, bổ sung"
    ENDS = "bãi bỏ"
    ANNEX_OF = "kèm theo"
    GUIDES = "hướng dẫn"
    BASED_ON = "căn cứ"

    @property
    def other_way(self) -> str:
        """As the other document tells it."""
        return {
            Relation.REPLACES: "được thay bằng",
            Relation.AMENDS: "được sửa đổi, bổ sung bởi",
            Relation.ENDS: "bị bãi bỏ bởi",
            Relation.ANNEX_OF: "có kèm theo",
            Relation.GUIDES: "được hướng dẫn bởi",
            Relation.BASED_ON: "là căn cứ của",
        }[self]


RELATIONS = Rows(
    name="relations",
    label="Liên quan đến văn bản khác",
    also=("Văn bản liên quan",),
    parts=(
        Choice(name="relation", label="Quan hệ", choices=Relation),
        Attribute(name="number", label="Số, ký hiệu của văn bản kia", most=60),
    ),
)
FILES = Rows(
    name="files",
    label="Tệp",
    in_sheet=False,
    parts=(
        Id(name="file_id", label="Tệp"),
        Attribute(name="typed", label="Chữ trong bản scan", most=500_000),
    ),
)
RECORD = Schema(
    Attribute(
        name="number", label="Số, ký hiệu", required=True, most=60,
        also=("Số hiệu", "Số văn bản", "Số/ký hiệu"), example="12/2026/NQ-HĐND",
    ),
    Choice(
        name="kind", label="Loại văn bản", required=True, choices=Kind,
        also=("Loại", "Hình thức văn bản", "Tên loại"),
    ),
    Attribute(
        name="title", label="Trích yếu", required=True, most=1000,
        hint="về việc gì", also=("Trích yếu nội dung", "Tên văn bản", "Nội dung"),
    ),
    Attribute(
        name="issuer", label="Cơ quan ban hành", required=True, most=200, also=("Nơi ban hành",)
    ),
    Attribute(name="signer", label="Người ký", most=120),
    Attribute(name="topic", label="Lĩnh vực", most=120),
    Day(name="issued_on", label="Ngày ban hành", required=True, also=("Ngày ký", "Ngày")),
    Day(name="in_force_on", label="Có hiệu lực từ", also=("Ngày có hiệu lực", "Ngày hiệu lực")),
    Day(name="ended_on", label="Hết hiệu lực từ", also=("Ngày hết hiệu lực",)),
    RELATIONS,
    FILES,
)  # fmt: skip
DAYS = ("issued_on", "in_force_on", "ended_on")


def wrong_days(
    issued_on: date | None, in_force_on: date | None, ended_on: date | None
) -> Iterator[tuple[str, str]]:
    """What is wrong with a document's days: which one, and why, as the rest of a sentence."""
    if in_force_on and issued_on and in_force_on < issued_on:
        yield "in_force_on", "ngày này không thể trước ngày ban hành"
    begins = in_force_on or issued_on
    if ended_on and begins and ended_on < begins:
        yield "ended_on", "ngày này không thể trước ngày có hiệu lực"
