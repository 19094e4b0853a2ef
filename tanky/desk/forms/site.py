import re
from zoneinfo import available_timezones

from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    FormField,
    RadioField,
    SelectField,
)
from wtforms.validators import Regexp, ValidationError

from ...records.schema import LINK
from ...site import hours, redirects
from ...site.icons import ICON
from ...site.models import MenuItem, Palette, SiteIdentity, SiteTask
from . import EditorForm, RowForm, area, count, day, text
from .record import field_of

ADDRESS = re.compile(r"(/[^/\s\\][^\s\\]*|/|https?://[^\s/]+\S*)")
SPARE_ROWS = 3
MOST_TASKS = 8
ANY, LISTED = "any", "listed"
# Their policy goes along with each widget.
MOST_SITES = 50
SITE = re.compile(r"(https?://)?(\*\.)?([^\s/:*;,'\"?#@]{1,120})(:\d{1,5})?(?:[/?#]\S*)?")
HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


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
    working_hours = area("Giờ làm việc", 300)
    days_off = area("Ngày nghỉ", 3000)
    licence = text("Giấy phép", 300)
    national_portal = text(
        "Nơi tra cứu hồ sơ, gửi phản ánh, kiến nghị",
        300,
        "Hãy gõ địa chỉ Cổng Dịch vụ công quốc gia.",
        Regexp(f"{LINK}$", message="Địa chỉ phải bắt đầu bằng https://"),
    )
    accessibility_checked_on = day("Tự đánh giá khả năng tiếp cận ngày")
    accessibility_result = area("Kết quả tự đánh giá", 3000)
    timezone = text("Múi giờ", 60, "Hãy gõ múi giờ, ví dụ Asia/Ho_Chi_Minh.")
    opening_balance = count(
        "Lượt truy cập chuyển từ trang cũ", "Hãy gõ số lượt; không có thì gõ 0."
    )
    logo = FileField("Biểu trưng")
    palette = SelectField(
        "Màu của trang", choices=[(p.value, p.value[0].upper() + p.value[1:]) for p in Palette]
    )
    face = FileField("Ảnh của xã ở trang chủ")
    remove_face = BooleanField("Bỏ ảnh này, dùng hình vẽ có sẵn")
    hamlets = FileField("Bản đồ các xóm")
    remove_hamlets = BooleanField("Bỏ bản đồ này")

    def validate_working_hours(self, field) -> None:
        if field.data:
            _demand_readable(hours.parse_week, field.data)

    def validate_days_off(self, field) -> None:
        _demand_readable(hours.parse_days_off, field.data)

    def validate_timezone(self, field) -> None:
        if field.data not in available_timezones():
            raise ValidationError("Không có múi giờ này. Ví dụ đúng: Asia/Ho_Chi_Minh.")

    def fill(self, identity: SiteIdentity) -> None:
        files = {"logo", "face", "remove_face", "hamlets", "remove_hamlets"}
        for name in self.data.keys() - files - {"csrf_token", "opening_balance"}:
            setattr(identity, name, self[name].data)
        if self.remove_face.data:
            identity.face = None
        if self.remove_hamlets.data:
            identity.hamlets = None


def _demand_readable(parse, text: str) -> None:
    try:
        parse(text)
    except hours.Unreadable as why:
        raise ValidationError(str(why)) from None


class EmbeddingForm(EditorForm):
    """Which sites may show the widgets. A site is a host name, with or without a scheme and port;
    ``*.`` before it stands for all beneath it."""

    allowed = RadioField(
        "Trang nào được nhúng?",
        choices=[(ANY, "Mọi trang"), (LISTED, "Chỉ các trang trong danh sách")],
    )
    sites = area("Danh sách, mỗi dòng một trang", 5000)

    @classmethod
    def of(cls, sites: list[str]) -> "EmbeddingForm":
        given = {"allowed": LISTED if sites else ANY, "sites": "\n".join(sites)}
        return cls(formdata=None, data=given)

    def validate_sites(self, field) -> None:
        if self.allowed.data != LISTED:
            return
        lines = [line.strip() for line in field.data.splitlines() if line.strip()]
        if not lines:
            raise ValidationError("Hãy gõ ít nhất một trang, hoặc chọn “Mọi trang”.")
        if len(lines) > MOST_SITES:
            raise ValidationError(f"Danh sách có {len(lines)} trang; nhiều nhất là {MOST_SITES}.")
        for line in lines:
            if site_of(line) is None:
                raise ValidationError(
                    f"“{line[:60]}” không phải địa chỉ một trang. "
                    "Ví dụ đúng: truong.edu.vn, https://huyen.gov.vn, *.hatinh.gov.vn"
                )

    @property
    def framed_by(self) -> list[str]:
        """The sites of the list, each once; empty where any may."""
        if self.allowed.data == ANY:
            return []
        lines = filter(str.strip, self.sites.data.splitlines())
        return list(dict.fromkeys(site_of(line) for line in lines))


def site_of(address: str) -> str | None:
    """The site of an address as a policy names it (CSP Level 3, host-source); None if it is none.

    ``https://Trường.vn/tin`` → ``https://xn--trng-rib8295b.vn``: in ASCII, without its path.
    """
    found = SITE.fullmatch(address.strip().lower())
    if found is None:
        return None
    scheme, wildcard, host, port = (part or "" for part in found.groups())
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        return None
    if not HOST.fullmatch(ascii_host) or (port and not 0 < int(port[1:]) < 65536):
        return None
    return f"{scheme}{wildcard}{ascii_host}{port}"


class RedirectsForm(EditorForm):
    lines = area("Địa chỉ cũ và mới, mỗi dòng một cặp", 2_000_000)

    @classmethod
    def of(cls, rows: list[redirects.Redirect]) -> "RedirectsForm":
        lines = "\n".join(f"{row.address}, {row.target}" for row in rows)
        return cls(formdata=None, data={"lines": lines})

    def validate_lines(self, field) -> None:
        try:
            self.parsed = redirects.parse(field.data)
        except redirects.Unreadable as why:
            raise ValidationError(str(why)) from None


class MenuItemForm(RowForm):
    label = text("Nhãn", 60)
    url = text("Địa chỉ", 300)

    def validate_url(self, field) -> None:
        if self.label.data and not ADDRESS.fullmatch(field.data):
            raise ValidationError("Địa chỉ phải bắt đầu bằng / hoặc https://")

    def validate_label(self, field) -> None:
        if self.url.data and not field.data:
            raise ValidationError("Hãy gõ nhãn cho địa chỉ này.")


class TaskForm(MenuItemForm):
    icon = field_of(ICON)


class TasksForm(EditorForm):
    tasks = FieldList(FormField(TaskForm), max_entries=MOST_TASKS)

    @classmethod
    def of(cls, tasks: list[SiteTask]) -> "TasksForm":
        rows = [{"label": task.label, "url": task.url, "icon": task.icon} for task in tasks]
        return cls(formdata=None, data={"tasks": (rows + [{}] * 2)[:MOST_TASKS]})

    @property
    def filled(self) -> list[dict]:
        return [row for row in self.tasks.data if row["label"]]


class MenuForm(EditorForm):
    items = FieldList(FormField(MenuItemForm), max_entries=15)

    @classmethod
    def of(cls, items: list[MenuItem]) -> "MenuForm":
        rows = [{"label": item.label, "url": item.url} for item in items]
        return cls(formdata=None, data={"items": rows + [{}] * min(SPARE_ROWS, 15 - len(rows))})

    @property
    def filled(self) -> list[dict]:
        return [row for row in self.items.data if row["label"]]
