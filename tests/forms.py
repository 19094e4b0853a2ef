"""Forms of the desk as they are sent, filled in well."""

ARTICLE = {
    "title": "Được mùa vụ đông", "lede": "Mở đầu", "body": "Đoạn một\n\nĐoạn hai", "author": "An",
    "source": "", "cover_alt": "", "cover_caption": "", "publish_at": "", "remark": "",
    "version": "1", "category": "0",
}  # fmt: skip

PROCEDURE = {
    "code": "1.001193", "title": "Đăng ký khai sinh", "field_name": "Hộ tịch", "level": "Xã",
    "online_service": "toàn trình", "steps": "1. Nộp hồ sơ\n2. Nhận kết quả", "agency": "UBND xã",
    "channels-0-kind": "Trực tiếp", "channels-0-time_limit": "Trong ngày",
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
