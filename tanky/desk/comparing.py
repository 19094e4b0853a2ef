"""Two versions of a thing, field by field, as people read a difference."""

from ..text import formats
from ..text.differences import Line, compare, lines_of

# What a revision keeps → what it is called, in the order it is read.
LABELS = {
    "article": {
        "title": "Tiêu đề", "category": "Chuyên mục", "lede": "Sapô", "body": "Nội dung",
        "cover_id": "Ảnh đại diện", "cover_alt": "Mô tả ảnh", "cover_caption": "Chú thích ảnh",
        "author": "Tác giả", "source": "Nguồn",
    },
    "procedure": {
        "code": "Mã thủ tục", "title": "Tên thủ tục", "field": "Lĩnh vực",
        "level": "Cấp thực hiện", "online_service": "Dịch vụ công trực tuyến",
        "online_url": "Địa chỉ nộp trực tuyến", "decision": "Số quyết định công bố",
        "kind": "Loại thủ tục", "channels": "Cách thức thực hiện", "papers": "Thành phần hồ sơ",
        "copies": "Số lượng hồ sơ", "steps": "Trình tự thực hiện", "applicants": "Đối tượng",
        "agency": "Cơ quan thực hiện", "authority": "Cơ quan có thẩm quyền",
        "receiving_place": "Địa chỉ tiếp nhận", "partners": "Cơ quan phối hợp",
        "outcome": "Kết quả", "legal_basis": "Căn cứ pháp lý", "conditions": "Yêu cầu, điều kiện",
        "source_url": "Trang trên Cổng quốc gia", "is_retired": "Hết hiệu lực",
        "replaced_by": "Được thay bằng",
    },
    "result": {
        "year": "Năm", "months": "Tháng", "field": "Lĩnh vực", "received": "Tiếp nhận mới",
        "carried_over": "Kỳ trước chuyển sang", "settled_early": "Trước hạn",
        "settled_on_time": "Đúng hạn", "settled_early_or_on_time": "Trước & đúng hạn",
        "settled_late": "Trễ hạn", "open_in_time": "Đang giải quyết trong hạn",
        "open_late": "Đang giải quyết quá hạn",
    },
}  # fmt: skip
# What a number within a row of a table means.
_ROW_LABELS = {"originals": "bản chính: ", "copies": "bản sao: ", "form_id": "mẫu đơn số "}
_HTML = {"body", "steps", "conditions"}


def changes(subject: str, before: dict, after: dict) -> list[tuple[str, list[Line]]]:
    """The fields that differ: what each is called, and the lines of its difference."""
    found = []
    for name, label in LABELS[subject].items():
        old, new = _lines(name, before.get(name)), _lines(name, after.get(name))
        if old != new:
            found.append((label, compare(old, new)))
    return found


def _lines(name: str, value) -> list[str]:
    match value:
        case None | "" | []:
            return []
        case bool():
            return ["có"] if value else ["không"]
        case int():
            if name == "year":
                return [str(value)]
            return [f"số {value}" if name.endswith("_id") else formats.number(value)]
        case str():
            return lines_of(value) if name in _HTML else value.splitlines()
        case list():
            return [_row(row) for row in value]
    return [str(value)]


def _row(row) -> str:
    if not isinstance(row, dict):
        return str(row)
    parts = ((_ROW_LABELS.get(name, ""), part) for name, part in row.items())
    return " | ".join(f"{label}{part}" for label, part in parts if part not in (None, ""))
