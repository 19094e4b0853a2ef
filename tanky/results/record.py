"""The results of one field in one month, or in several that a source sums up.

All figures are dossiers (hồ sơ).
"""

from ..records.schema import Attribute, Number, Schema, Year

RECORD = Schema(
    Year(name="year", label="Năm"),
    # In a revision: "06", or "01–06" for a sum.
    Attribute(name="months", label="Tháng", column="month"),
    Attribute(name="field", label="Lĩnh vực", most=120),
    Number(name="received", label="Tiếp nhận mới"),
    Number(name="received_online", label="Tiếp nhận trực tuyến", hint="trong số tiếp nhận mới"),
    Number(
        name="received_in_person",
        label="Tiếp nhận trực tiếp, bưu chính",
        hint="trong số tiếp nhận mới",
        also=("Tiếp nhận trực tiếp", "Trực tiếp, bưu chính"),
    ),
    Number(name="carried_over", label="Kỳ trước chuyển sang"),
    Number(name="settled_early", label="Trước hạn"),
    Number(name="settled_on_time", label="Đúng hạn"),
    Number(
        name="settled_early_or_on_time",
        label="Trước & đúng hạn",
        hint="khi nguồn chỉ cho số gộp",
        in_sheet=False,
    ),
    Number(name="settled_late", label="Trễ hạn", also=("Quá hạn", "Giải quyết quá hạn")),
    Number(name="open_in_time", label="Đang giải quyết trong hạn"),
    Number(name="open_late", label="Đang giải quyết quá hạn"),
)
COLUMNS = {attribute.key: attribute.label for attribute in RECORD.columns}
# The columns that a file may lack: how dossiers came in.
WAYS_IN = ("received_online", "received_in_person")
REQUIRED = [column for column in COLUMNS if column not in WAYS_IN]
ALSO_CALLED = {attribute.key: attribute.also for attribute in RECORD.columns}
FIGURES = tuple(attribute.name for attribute in RECORD if type(attribute) is Number)
