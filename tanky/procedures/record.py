"""The record of a procedure, as the national database publishes it (PRODUCT.md, 6; LAW.md, 8)."""

import enum

from ..records.schema import (
    Attribute,
    Choice,
    Choices,
    Day,
    Flag,
    Html,
    Id,
    Lines,
    Link,
    Number,
    Rows,
    Schema,
)
from ..text import sanitise
from .kinds import StepsAttribute, SumsAttribute, TimeLimitAttribute

MOST_FORMS = 10  # of a paper
CODE = r"\d\.\d{6}"  # 1.001193
CODE_SAYS = "Mã có dạng một chữ số, dấu chấm, sáu chữ số: 1.001193."


class Level(enum.StrEnum):
    MINISTRY = "Bộ"
    PROVINCE = "Tỉnh"
    COMMUNE = "Xã"
    OTHER = "khác"


class OnlineService(enum.StrEnum):
    """How far a procedure is done online."""

    INFORMATION = "cung cấp thông tin"
    PARTIAL = "một phần"
    FULL = "toàn trình"


class ChannelKind(enum.StrEnum):
    IN_PERSON = "Trực tiếp"
    ONLINE = "Trực tuyến"
    POST = "Bưu chính"


CHANNELS = Rows(
    name="channels",
    label="Cách thức thực hiện",
    required=True,
    also=("Cách thức", "Cách thức nộp"),
    parts=(
        Choice(
            name="kind",
            label="Hình thức",
            choices=ChannelKind,
            words={"dich vu buu chinh": ChannelKind.POST.value},
        ),
        TimeLimitAttribute(name="time_limit", label="Thời hạn", most=300),
        SumsAttribute(
            name="fee", label="Phí", hint="mỗi dòng một khoản: bản sao: 2.000 đồng/trang", most=300
        ),
        SumsAttribute(name="charge", label="Lệ phí", hint="mỗi dòng một khoản", most=300),
        Attribute(name="remark", label="Mô tả", most=1000),
    ),
)
PAPERS = Rows(
    name="papers",
    label="Thành phần hồ sơ",
    required=True,
    also=("Hồ sơ", "Thành phần", "Thành phần, số lượng hồ sơ", "Giấy tờ"),
    parts=(
        Attribute(name="name", label="Tên giấy tờ", most=1000),
        Attribute(
            name="case", label="Trường hợp", hint="để trống nếu luôn cần", most=300, in_sheet=False
        ),
        Number(name="originals", label="Bản chính", largest=99),
        Number(name="copies", label="Bản sao", largest=99),
        Rows(
            name="forms",
            label="Mẫu đơn, tờ khai",
            parts=(Id(name="file_id", label="Tệp"),),
            in_sheet=False,
        ),
    ),
)
OUTCOME = Rows(
    name="outcome",
    label="Kết quả thực hiện",
    hint="mỗi dòng một kết quả; có mã thì: tên | mã",
    also=("Kết quả", "Kết quả giải quyết"),
    parts=(
        Attribute(name="name", label="Kết quả", most=2000),
        Attribute(name="code", label="Mã kết quả", most=50),
    ),
)
LEGAL_BASIS = Rows(
    name="legal_basis",
    label="Căn cứ pháp lý",
    also=("Căn cứ pháp lý của TTHC", "Căn cứ"),
    parts=(
        Attribute(name="number", label="Số, ký hiệu", most=100),
        Attribute(name="summary", label="Trích yếu", most=500),
        Day(name="issued_on", label="Ngày ban hành"),
        Attribute(name="issuer", label="Cơ quan ban hành", most=200),
    ),
)
RECORD = Schema(
    Attribute(
        name="code", label="Mã thủ tục", required=True, most=20, pattern=CODE, example="1.001193",
        says=CODE_SAYS,
        also=("Mã TTHC", "Mã số TTHC", "Mã số thủ tục", "Mã thủ tục hành chính", "Mã số",
              "Mã thủ tục hành chính (Mã TTHC)"),
    ),
    Attribute(
        name="title", label="Tên thủ tục", required=True, most=500,
        also=("Tên TTHC", "Tên thủ tục hành chính", "Thủ tục hành chính"),
    ),
    Lines(
        name="also_called", label="Người dân còn gọi là", most=2000,
        hint="mỗi dòng một cách gọi; ai gõ tìm bằng chữ ấy sẽ thấy thủ tục này",
        also=("Tên gọi khác", "Còn gọi là"),
    ),
    Lines(
        name="keywords", label="Từ khoá", most=2000,
        hint="mỗi dòng một từ khoá, như cơ sở dữ liệu quốc gia ghi",
    ),
    Attribute(
        name="decision", label="Số quyết định công bố", most=200,
        also=("Quyết định công bố", "Số quyết định", "QĐ công bố"),
    ),
    Choices(
        name="levels", label="Cấp thực hiện", column="level", required=True,
        of=Choice(
            name="level", label="Cấp thực hiện", choices=Level, before="cap ",
            otherwise=Level.COMMUNE.value,
        ),
        also=("Cấp", "Cấp giải quyết", "Cấp thực hiện TTHC"),
    ),
    Attribute(
        name="kind", label="Loại thủ tục", most=200, also=("Loại TTHC", "Loại thủ tục hành chính")
    ),
    Attribute(
        name="field", label="Lĩnh vực", required=True, most=120,
        also=("Lĩnh vực TTHC", "Tên lĩnh vực"),
    ),
    Lines(
        name="other_fields", label="Lĩnh vực khác", most=1000, pattern=r".{1,120}",
        example="Hộ tịch", hint="mỗi dòng một lĩnh vực, khi thủ tục thuộc nhiều lĩnh vực",
        says="Mỗi lĩnh vực dài nhất 120 ký tự.",
    ),
    Html(
        name="description", label="Mô tả", most=20_000, clean=sanitise.from_editor,
        also=("Mô tả thủ tục",),
    ),
    Choice(
        name="online_service", label="Dịch vụ công trực tuyến",
        heading="Mức độ dịch vụ công trực tuyến", choices=OnlineService,
        otherwise=OnlineService.INFORMATION.value,
        also=("Mức độ DVC trực tuyến", "Mức độ cung cấp DVCTT", "Mức độ", "DVCTT",
              "Mức độ cung cấp dịch vụ công trực tuyến"),
    ),
    Link(
        name="online_url", label="Địa chỉ nộp trực tuyến",
        also=("Đường dẫn nộp hồ sơ", "Link nộp trực tuyến"),
    ),
    StepsAttribute(
        name="steps", label="Trình tự thực hiện", required=True,
        also=("Trình tự", "Các bước thực hiện", "Trình tự, các bước thực hiện"),
    ),
    CHANNELS,
    PAPERS,
    Number(
        name="copies", label="Số lượng hồ sơ", hint="bộ", largest=99,
        also=("Số bộ hồ sơ", "Số bộ"),
    ),
    Lines(
        name="applicants", label="Đối tượng thực hiện", hint="mỗi dòng một đối tượng", most=2000,
        also=("Đối tượng",),
    ),
    Attribute(
        name="agency", label="Cơ quan thực hiện", required=True, most=300,
        also=("Cơ quan giải quyết", "Cơ quan thực hiện TTHC"),
    ),
    Attribute(
        name="authority", label="Cơ quan có thẩm quyền", most=300,
        also=("Thẩm quyền", "Cơ quan có thẩm quyền quyết định"),
    ),
    Attribute(
        name="authorised_agency", label="Cơ quan được uỷ quyền", most=300,
        also=("Cơ quan, đơn vị được uỷ quyền", "Uỷ quyền"),
    ),
    Attribute(
        name="receiving_place", label="Địa chỉ tiếp nhận hồ sơ", most=500,
        also=("Nơi tiếp nhận", "Địa chỉ tiếp nhận", "Nơi tiếp nhận hồ sơ"),
    ),
    Attribute(name="partners", label="Cơ quan phối hợp", most=500, also=("Phối hợp",)),
    OUTCOME,
    LEGAL_BASIS,
    Html(
        name="conditions", label="Yêu cầu, điều kiện", most=100_000, clean=sanitise.from_editor,
        also=("Điều kiện", "Yêu cầu điều kiện", "Yêu cầu, điều kiện thực hiện"),
    ),
    Lines(
        name="related", label="Thủ tục liên quan", hint="mỗi dòng một mã", most=1000, pattern=CODE,
        example="1.001193", says=CODE_SAYS, also=("Mã thủ tục liên quan", "TTHC liên quan"),
    ),
    Link(
        name="source_url", label="Trang của thủ tục trên Cổng Dịch vụ công quốc gia",
        heading="Nguồn", also=("Đường dẫn", "Link"),
    ),
    Day(
        name="checked_on", label="Đối chiếu với nguồn ngày", also=("Ngày đối chiếu",),
    ),
    Flag(
        name="is_retired", label="Hết hiệu lực", column="state", heading="Tình trạng",
        yes="Hết hiệu lực", no="Còn hiệu lực", also=("Trạng thái", "Hiệu lực"),
    ),
    Attribute(
        name="replaced_by", label="Được thay bằng", hint="mã thủ tục", most=20, pattern=CODE,
        example="1.001193", says=CODE_SAYS, also=("Thay thế bằng", "TTHC thay thế"),
    ),
)  # fmt: skip
# Not of the record: when its source changed it.
UPDATED = Day(name="updated", label="Cập nhật", also=("Ngày cập nhật",))
