import re
from zoneinfo import available_timezones

from wtforms import FieldList, FileField, FormField
from wtforms.validators import Regexp, ValidationError

from ...site.models import MenuItem, SiteIdentity
from . import EditorForm, RowForm, area, count, text

ADDRESS = re.compile(r"(/[^/\s\\][^\s\\]*|/|https?://[^\s/]+\S*)")
SPARE_ROWS = 3


class IdentityForm(EditorForm):
    name = text("Tên trang", 200, "Hãy gõ tên trang.")
    short_name = text("Tên ngắn (hiện trên điện thoại)", 80)
    superior = text("Cơ quan chủ quản", 200)
    description = area("Giới thiệu ngắn (hiện khi tìm kiếm và chia sẻ)", 300)
    editor_in_chief_label = text("Chức danh người chịu trách nhiệm", 80, "Hãy gõ chức danh.")
    editor_in_chief = text("Họ tên người chịu trách nhiệm", 120)
    address = text("Địa chỉ", 300)
    phone = text(
        "Điện thoại",
        40,
        None,
        Regexp(
            r"[\d\s.+()-]*$",
            message="Số điện thoại chỉ gồm chữ số, dấu cách và + . ( ) -",
        ),
    )
    email = text(
        "Email",
        120,
        None,
        Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$", message="Email không đúng."),
    )
    working_hours = text("Giờ làm việc", 300)
    licence = text("Giấy phép", 300)
    timezone = text("Múi giờ", 60, "Hãy gõ múi giờ, ví dụ Asia/Ho_Chi_Minh.")
    opening_balance = count(
        "Lượt truy cập chuyển từ trang cũ", "Hãy gõ số lượt; không có thì gõ 0."
    )
    logo = FileField("Biểu trưng")

    def validate_timezone(self, field) -> None:
        if field.data not in available_timezones():
            raise ValidationError("Không có múi giờ này. Ví dụ đúng: Asia/Ho_Chi_Minh.")

    def fill(self, identity: SiteIdentity) -> None:
        for name in self.data.keys() - {"csrf_token", "opening_balance", "logo"}:
            setattr(identity, name, self[name].data)


class MenuItemForm(RowForm):
    label = text("Nhãn", 60)
    url = text("Địa chỉ", 300)

    def validate_url(self, field) -> None:
        if self.label.data and not ADDRESS.fullmatch(field.data):
            raise ValidationError("Địa chỉ phải bắt đầu bằng / hoặc https://")

    def validate_label(self, field) -> None:
        if self.url.data and not field.data:
            raise ValidationError("Hãy gõ nhãn cho địa chỉ này.")


class MenuForm(EditorForm):
    items = FieldList(FormField(MenuItemForm), max_entries=15)

    @classmethod
    def of(cls, items: list[MenuItem]) -> "MenuForm":
        rows = [{"label": item.label, "url": item.url} for item in items]
        return cls(formdata=None, data={"items": rows + [{}] * min(SPARE_ROWS, 15 - len(rows))})

    @property
    def filled(self) -> list[dict]:
        return [row for row in self.items.data if row["label"]]
