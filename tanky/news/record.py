"""What a revision keeps of an article."""

from ..media import rich_text
from ..records.schema import Attribute, Html, Id, Schema

RECORD = Schema(
    Attribute(name="title", label="Tiêu đề", most=300),
    Attribute(name="category", label="Chuyên mục"),
    Attribute(name="lede", label="Sapô", hint="đoạn mở đầu", most=2000),
    Html(name="body", label="Nội dung", most=1_000_000, clean=rich_text.from_form),
    Id(name="cover_id", label="Ảnh đại diện"),
    Attribute(name="cover_alt", label="Mô tả ảnh cho người không nhìn thấy", most=300),
    Attribute(name="cover_caption", label="Chú thích dưới ảnh", most=300),
    Attribute(name="author", label="Tác giả", most=120),
    Attribute(name="source", label="Nguồn", most=200),
)
