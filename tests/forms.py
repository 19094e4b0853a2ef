"""Forms of the desk as they are sent, filled in well."""

from bs4 import BeautifulSoup

ARTICLE = {
    "title": "Được mùa vụ đông", "lede": "Mở đầu", "body": "Đoạn một\n\nĐoạn hai", "author": "An",
    "source": "", "cover_alt": "", "cover_caption": "", "publish_at": "", "remark": "",
    "version": "1", "category": "0",
}  # fmt: skip

PROCEDURE = {
    "code": "1.001193", "title": "Đăng ký khai sinh", "field_name": "Hộ tịch", "levels": "Xã",
    "online_service": "toàn trình", "steps": "1. Nộp hồ sơ\n2. Nhận kết quả", "agency": "UBND xã",
    "channels-0-kind": "Trực tiếp", "channels-0-note": "Trong ngày",
    "papers-0-name": "Tờ khai", "papers-0-originals": "1",
    "legal_basis-0-number": "60/2014/QH13", "legal_basis-0-issued_on": "2014-11-20",
    "applicants": "Công dân\n\nNgười nước ngoài", "copies": "1",
}  # fmt: skip

RESULT = {
    "year": "2023", "month": "6", "field": "0", "received": "40", "carried_over": "5",
    "settled_early": "10", "settled_on_time": "27", "settled_early_or_on_time": "",
    "settled_late": "1", "open_in_time": "6", "open_late": "1",
}  # fmt: skip

IDENTITY = {
    "name": "Xã Mới", "editor_in_chief_label": "Trưởng Ban Biên tập", "email": "xa@vidu.vn",
    "phone": "0220 374", "palette": "lúa", "timezone": "Asia/Ho_Chi_Minh",
    "opening_balance": "109953", "national_portal": "https://dichvucong.gov.vn/",
}  # fmt: skip


def apply(desk, page: str):
    """Press the button of an import's preview."""
    form = page.split('action="/bien-tap/')[1]
    digest = form.split('name="digest" value="')[1].split('"')[0]
    confirmed = {"new_fields": "1"} if 'name="new_fields"' in form else {}
    return desk.post("/bien-tap/" + form.split('"')[0], digest=digest, **confirmed)


def filled_in(page: str) -> dict[str, list[str]]:
    """The fields of the largest form of a page, as a browser sends them when nothing is typed."""
    soup = BeautifulSoup(page, "html.parser")
    form = max(soup.find_all("form"), key=lambda form: len(form.find_all(["input", "textarea"])))
    fields: dict[str, list[str]] = {}
    for field in form.find_all(["input", "select", "textarea"]):
        match field.name, field.get("type"):
            case "input", "checkbox" | "radio" if not field.has_attr("checked"):
                continue
            case "input", "file" | "submit":
                continue
            case "select", _:
                values = [o["value"] for o in field.find_all("option", selected=True)]
                values = values or [o["value"] for o in field.find_all("option")[:1]]
            case "textarea", _:
                values = [field.get_text().removeprefix("\r\n").removeprefix("\n")]
            case _:
                values = [field.get("value", "y")]
        fields.setdefault(field["name"], []).extend(values)
    return fields
