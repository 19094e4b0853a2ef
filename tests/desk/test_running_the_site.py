"""Categories, procedures, results, identity and menu through the desk's forms."""

from io import BytesIO

import pytest
from markupsafe import escape
from sqlalchemy import select

from tanky.base.db import db
from tanky.news.models import Category
from tanky.procedures.models import Procedure
from tanky.results import figures
from tanky.results.models import MonthlyResult
from tanky.site.models import MenuItem, SiteIdentity

from .. import factories
from ..procedures.test_results import GOOD, HEAD


@pytest.fixture
def desk(desk_of, editor):
    return desk_of(editor)


@pytest.fixture
def chief_desk(desk_of, chief):
    return desk_of(chief)


class TestCategories:
    def test_one_is_added_renamed_and_deleted(self, desk, client):
        desk.post("/bien-tap/chuyen-muc/", name="Văn hóa", position="3")
        made = db.session.scalar(select(Category))
        assert (made.slug, made.position) == ("van-hoa", 3)
        desk.post(f"/bien-tap/chuyen-muc/{made.id}", name="Văn hoá mới", position="1")
        assert (made.name, made.slug) == ("Văn hoá mới", "van-hoa")
        desk.post(f"/bien-tap/chuyen-muc/{made.id}/xoa")
        assert db.session.scalar(select(Category)) is None

    def test_one_in_use_is_not_deleted(self, desk):
        made = factories.category()
        factories.article(category=made)
        desk.post(f"/bien-tap/chuyen-muc/{made.id}/xoa")
        assert "còn 1 bài" in desk.get("/bien-tap/chuyen-muc/").get_data(as_text=True)
        assert db.session.scalar(select(Category)) is not None

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"name": "  "}, "Hãy gõ tên chuyên mục."), ({"name": "TIN TRONG XÃ"}, "Đã có chuyên mục"),
         ({"name": "x" * 101}, "Dài quá 100"), ({"name": "A", "position": "x"}, "số nguyên"),
         ({"name": "A", "position": "-1"}, "số nguyên từ 0")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, desk, fields, sentence):
        factories.category("Tin trong xã")
        answer = desk.post("/bien-tap/chuyen-muc/", **fields)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert len(Category.in_order()) == 1


PROCEDURE = {
    "code": "1.001193", "title": "Đăng ký khai sinh", "field_name": "Hộ tịch", "level": "Xã",
    "online_service": "toàn trình", "steps": "1. Nộp hồ sơ\n2. Nhận kết quả", "agency": "UBND xã",
    "channels-0-kind": "Trực tiếp", "channels-0-time_limit": "Trong ngày",
    "papers-0-name": "Tờ khai", "papers-0-originals": "1",
    "legal_basis-0-number": "60/2014/QH13", "legal_basis-0-issued_on": "2014-11-20",
    "applicants": "Công dân\n\nNgười nước ngoài", "copies": "1",
}  # fmt: skip


class TestProcedures:
    def test_one_is_added_with_its_rows_and_form_and_shown(self, desk, client):
        form = b"%PDF-1.4 mau"
        answer = desk.post("/bien-tap/thu-tuc/moi", **PROCEDURE,
                           **{"papers-0-upload": (BytesIO(form), "../Tờ khai.pdf")})  # fmt: skip
        assert answer.status_code == 302
        made = db.session.scalar(select(Procedure))
        assert made.steps == "<ol><li>Nộp hồ sơ</li><li>Nhận kết quả</li></ol>"
        assert made.applicants == ["Công dân", "Người nước ngoài"]
        page = client.get("/thu-tuc/1.001193").get_data(as_text=True)
        link = page.split('class="tk-file" href="')[1].split('"')[0]
        assert link.endswith("/to-khai.pdf")
        assert client.get(link).data == form

    def test_a_change_keeps_the_form_of_each_paper(self, desk):
        desk.post("/bien-tap/thu-tuc/moi", **PROCEDURE,
                  **{"papers-0-upload": (BytesIO(b"%PDF-1.4"), "a.pdf")})  # fmt: skip
        made = db.session.scalar(select(Procedure))
        fields = PROCEDURE | {"papers-0-form_id": str(made.papers[0].form_id), "title": "Khai sinh"}
        desk.post("/bien-tap/thu-tuc/1.001193", **fields)
        assert made.title == "Khai sinh"
        assert made.papers[0].form is not None
        desk.post("/bien-tap/thu-tuc/1.001193", **fields, **{"papers-0-remove_form": "y"})
        assert made.papers[0].form is None

    def test_a_row_is_added_without_javascript_and_nothing_typed_is_lost(self, desk):
        answer = desk.post("/bien-tap/thu-tuc/moi", **PROCEDURE, add_row="papers")
        page = answer.get_data(as_text=True)
        assert 'name="papers-1-name"' in page
        assert 'value="Đăng ký khai sinh"' in page
        assert db.session.scalar(select(Procedure)) is None

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"code": "khai-sinh"}, "Mã có dạng"), ({"title": ""}, "Hãy gõ tên thủ tục."),
         ({"channels-0-kind": ""}, "Hãy ghi ít nhất một cách thức"),
         ({"papers-0-name": ""}, "Hãy ghi ít nhất một giấy tờ"), ({"steps": ""}, "trình tự"),
         ({"online_url": "javascript:alert(1)"}, "https://"), ({"copies": "-1"}, "số nguyên"),
         ({"legal_basis-0-issued_on": "hôm qua"}, "Hãy gõ ngày"),
         ({"legal_basis-0-number": ""}, "Hãy gõ số, ký hiệu"), ({"level": "Liên bang"}, "Lựa chọn"),
         ({"replaced_by_code": "9.999999"}, "Không có thủ tục khác")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, desk, fields, sentence):
        answer = desk.post("/bien-tap/thu-tuc/moi", **(PROCEDURE | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert sentence in page
        assert "Nhận kết quả" in page or "steps" in fields
        assert db.session.scalar(select(Procedure)) is None

    def test_a_code_is_used_once(self, desk):
        factories.procedure()
        answer = desk.post("/bien-tap/thu-tuc/moi", **PROCEDURE)
        assert "Mã này đã dùng" in answer.get_data(as_text=True)

    @pytest.mark.parametrize("content", [b"MZ\x90", b"<html>", b"PK\x03\x04rest", b""])
    def test_what_is_no_document_is_refused_in_words(self, desk, content):
        answer = desk.post("/bien-tap/thu-tuc/moi", **PROCEDURE,
                           **{"papers-0-upload": (BytesIO(content), "mau.pdf")})  # fmt: skip
        assert answer.status_code == 422
        assert "Tệp" in answer.get_data(as_text=True)

    def test_only_the_chief_deletes(self, desk, chief_desk):
        factories.procedure()
        assert desk.post("/bien-tap/thu-tuc/1.001193/xoa").status_code == 403
        assert chief_desk.post("/bien-tap/thu-tuc/1.001193/xoa").status_code == 302
        assert db.session.scalar(Procedure.listed()) is None

    def test_a_save_between_is_not_overwritten(self, desk, app):
        found = factories.procedure()
        fields = PROCEDURE | {"version": str(found.version)}
        found.title = "Tên do người khác lưu"
        db.session.commit()
        answer = desk.post("/bien-tap/thu-tuc/1.001193", **fields)
        assert answer.status_code == 409
        db.session.expire_all()
        assert found.title == "Tên do người khác lưu"


def apply(desk, page: str):
    """Press the button of an import's preview."""
    form = page.split('action="/bien-tap/')[1]
    digest = form.split('name="digest" value="')[1].split('"')[0]
    confirmed = {"new_fields": "1"} if 'name="new_fields"' in form else {}
    return desk.post("/bien-tap/" + form.split('"')[0], digest=digest, **confirmed)


RESULT = {
    "year": "2023", "month": "6", "field": "0", "received": "40", "carried_over": "5",
    "settled_early": "10", "settled_on_time": "27", "settled_early_or_on_time": "",
    "settled_late": "1", "open_in_time": "6", "open_late": "1",
}  # fmt: skip


class TestResults:
    def test_a_month_is_entered_corrected_and_deleted(self, desk, client):
        desk.post("/bien-tap/ket-qua/moi", **RESULT)
        assert ">38<" in client.get("/").get_data(as_text=True)
        row = db.session.scalar(select(MonthlyResult))
        fields = RESULT | {"settled_on_time": "28", "settled_late": "0"}
        assert desk.post(f"/bien-tap/ket-qua/{row.id}", **fields).status_code == 302
        assert figures.latest().total.late == 0
        desk.post(f"/bien-tap/ket-qua/{row.id}/xoa")
        assert figures.latest() is None

    def test_a_sum_alone_is_kept_as_such(self, desk):
        fields = dict.fromkeys(RESULT, "") | {
            "year": "2023", "month": "6", "field": "0", "settled_early_or_on_time": "907",
            "settled_late": "2",
        }  # fmt: skip
        assert desk.post("/bien-tap/ket-qua/moi", **fields).status_code == 302
        row = db.session.scalar(select(MonthlyResult))
        assert (row.settled_early, row.settled_early_or_on_time, row.received) == (None, 907, None)

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"received": "41"}, "Hai số phải bằng nhau"), ({"year": "23"}, "năm từ 2000"),
         ({"month": "13"}, "Lựa chọn"), ({"settled_late": ""}, "không có thì gõ 0"),
         ({"settled_early": ""}, "Hãy gõ cả Trước hạn"), ({"settled_late": "1.5"}, "số nguyên"),
         ({"settled_early_or_on_time": "99"}, "Số gộp phải bằng"), ({"open_late": "-1"}, "từ 0")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, desk, fields, sentence):
        answer = desk.post("/bien-tap/ket-qua/moi", **(RESULT | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert sentence in page
        assert 'name="settled_on_time"' in page
        assert 'value="27"' in page
        assert db.session.scalar(select(MonthlyResult)) is None

    def test_the_same_months_twice_are_refused(self, desk):
        desk.post("/bien-tap/ket-qua/moi", **RESULT)
        answer = desk.post("/bien-tap/ket-qua/moi", **RESULT)
        assert "sẽ tính hai lần" in answer.get_data(as_text=True)

    def test_a_row_that_sums_months_keeps_them_when_corrected(self, desk):
        row = factories.result(first_month=1, month=6, on_time=907, late=2, place=None)
        fields = dict.fromkeys(RESULT, "") | {
            "year": "2023", "month": "6", "field": "0", "settled_early_or_on_time": "906",
            "settled_late": "3",
        }  # fmt: skip
        assert desk.post(f"/bien-tap/ket-qua/{row.id}", **fields).status_code == 302
        assert (row.first_month, row.settled_late) == (1, 3)

    def test_a_file_is_looked_through_then_imported(self, desk):
        answer = desk.post(
            "/bien-tap/ket-qua/nhap", file=(BytesIO(f"{HEAD}\n{GOOD}".encode()), "a.csv")
        )
        page = answer.get_data(as_text=True)
        assert "Thêm 1, sửa 0" in page
        assert figures.latest() is None
        assert apply(desk, page).status_code == 302
        assert figures.latest().total.settled == 38

    def test_a_month_to_come_is_refused_on_its_field(self, desk):
        answer = desk.post("/bien-tap/ket-qua/moi", **(RESULT | {"year": "2101"}))
        assert answer.status_code == 422
        assert "Tháng 06/2101 chưa tới" in answer.get_data(as_text=True)

    def test_a_new_field_is_asked_about(self, desk):
        content = (BytesIO(f"{HEAD}\n{GOOD}".encode()), "a.csv")
        page = desk.post("/bien-tap/ket-qua/nhap", file=content).get_data(as_text=True)
        assert "Lĩnh vực chưa có trên trang" in page
        assert "2,023" not in page
        refused = apply(desk, page.replace('name="new_fields"', ""))
        assert "Hãy xác nhận các lĩnh vực mới" in refused.get_data(as_text=True)
        assert figures.latest() is None

    def test_what_changed_meanwhile_is_shown_again(self, desk):
        content = (BytesIO(f"{HEAD}\n{GOOD}".encode()), "a.csv")
        page = desk.post("/bien-tap/ket-qua/nhap", file=content).get_data(as_text=True)
        factories.result(on_time=10, late=0)
        answer = apply(desk, page)
        assert answer.status_code == 200
        assert "Dữ liệu đã thay đổi" in answer.get_data(as_text=True)
        assert figures.latest().total.settled == 10
        assert apply(desk, answer.get_data(as_text=True)).status_code == 302
        assert figures.latest().total.settled == 38

    def test_a_correction_keeps_what_it_replaced(self, desk):
        for row in (GOOD, GOOD.replace(",27,1,", ",28,0,")):
            content = (BytesIO(f"{HEAD}\n{row}".encode()), "a.csv")
            apply(desk, desk.post("/bien-tap/ket-qua/nhap", file=content).get_data(as_text=True))
        row = db.session.scalar(select(MonthlyResult))
        desk.post(f"/bien-tap/ket-qua/{row.id}/xoa")
        page = desk.get("/bien-tap/ket-qua/lich-su?nam=2023").get_data(as_text=True)
        assert "<del>27</del><ins>28</ins>" in page
        assert "Xoá số liệu" in page

    def test_the_errors_of_a_file_are_listed_by_row_and_column(self, desk):
        bad = (BytesIO(f"{HEAD}\n2023,7,Hộ tịch,1,1,1,1,1,1,1".encode()), "a.csv")
        answer = desk.post("/bien-tap/ket-qua/nhap", file=bad)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert '<th scope="row">Dòng 2</th><td>cả dòng</td><td>Tiếp nhận mới' in page
        worse = (BytesIO(f"{HEAD}\n{GOOD.replace('40', 'x')}".encode()), "a.csv")
        page = desk.post("/bien-tap/ket-qua/nhap", file=worse).get_data(as_text=True)
        assert '<th scope="row">Dòng 2</th><td>Tiếp nhận mới</td>' in page
        assert "Hãy chọn một tệp." in desk.post("/bien-tap/ket-qua/nhap").get_data(as_text=True)

    @pytest.mark.parametrize("form", ["mau.csv", "mau.xlsx"])
    def test_the_empty_form_imports_as_it_is(self, desk, form):
        content = desk.get(f"/bien-tap/ket-qua/{form}").data
        answer = desk.post("/bien-tap/ket-qua/nhap", file=(BytesIO(content), "m.csv"))
        assert apply(desk, answer.get_data(as_text=True)).status_code == 302


IDENTITY = {
    "name": "Xã Mới", "editor_in_chief_label": "Trưởng Ban Biên tập", "email": "xa@vidu.vn",
    "phone": "0220 374", "timezone": "Asia/Ho_Chi_Minh", "opening_balance": "109953",
}  # fmt: skip


class TestSite:
    def test_the_identity_and_the_opening_balance_are_changed(self, chief_desk, client):
        assert chief_desk.post("/bien-tap/trang/", **IDENTITY).status_code == 302
        page = client.get("/").get_data(as_text=True)
        assert "Xã Mới" in page
        assert "109,954" in page

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"name": ""}, "Hãy gõ tên trang."), ({"email": "không"}, "Email không đúng"),
         ({"phone": "gọi tôi"}, "chỉ gồm chữ số"), ({"timezone": "Mars/X"}, "Không có múi giờ"),
         ({"opening_balance": "nhiều"}, "số nguyên")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, chief_desk, fields, sentence):
        answer = chief_desk.post("/bien-tap/trang/", **(IDENTITY | fields))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert SiteIdentity.current().name != "Xã Mới"

    def test_the_menu_is_changed(self, chief_desk, client):
        fields = {"items-0-label": "Tin", "items-0-url": "/tin-tuc/",
                  "items-1-label": "", "items-1-url": ""}  # fmt: skip
        assert chief_desk.post("/bien-tap/trang/menu", **fields).status_code == 302
        assert [item.label for item in MenuItem.in_order()] == ["Tin"]

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "trang", ""])
    def test_a_menu_leads_only_to_pages(self, chief_desk, url):
        answer = chief_desk.post(
            "/bien-tap/trang/menu", **{"items-0-label": "X", "items-0-url": url}
        )
        assert answer.status_code == 422
        assert MenuItem.in_order() == []


class TestEmbedding:
    PAGE = "/bien-tap/trang/nhung"

    def policy(self, client) -> str:
        return client.get("/nhung/tthc").headers["Content-Security-Policy"]

    def test_the_chief_says_which_sites_may_show_widgets(self, chief_desk, client):
        sites = (
            " truong.edu.vn\n\nhttps://Huyen.gov.vn/tin-tuc\n*.haiduong.gov.vn:8443\ntruong.edu.vn"
        )
        answer = chief_desk.post(self.PAGE, allowed="listed", sites=sites)
        assert answer.status_code == 302
        known = ["truong.edu.vn", "https://huyen.gov.vn", "*.haiduong.gov.vn:8443"]
        assert SiteIdentity.current().framed_by == known
        assert self.policy(client).endswith(
            "frame-ancestors 'self' http://truong.edu.vn https://huyen.gov.vn "
            "http://*.haiduong.gov.vn:8443"
        )
        assert "\n".join(known) in chief_desk.get(self.PAGE).get_data(as_text=True)
        chief_desk.post(self.PAGE, allowed="any", sites=sites)
        assert SiteIdentity.current().framed_by == []
        assert "frame-ancestors" not in self.policy(client)

    def test_a_change_reaches_those_who_hold_a_widget(self, app, chief_desk, client):
        held = client.get("/nhung/tthc").headers["ETag"]
        chief_desk.post(self.PAGE, allowed="listed", sites="truong.edu.vn")
        app.extensions["heartbeat"].beat()
        answer = client.get("/nhung/tthc", headers={"If-None-Match": held})
        assert answer.status_code == 200
        assert "truong.edu.vn" in answer.headers["Content-Security-Policy"]

    def test_a_domain_in_vietnamese_is_taken(self, chief_desk):
        chief_desk.post(self.PAGE, allowed="listed", sites="trường.vn")
        assert SiteIdentity.current().framed_by == ["xn--trng-rib8295b.vn"]

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"sites": ""}, "ít nhất một trang"), ({"sites": "hai trang.vn"}, "“hai trang.vn” không"),
         ({"sites": "a.vn; script-src *"}, "không phải"), ({"sites": "'self'"}, "không phải"),
         ({"sites": "javascript://a.vn"}, "không phải"), ({"sites": "a.*.vn"}, "không phải"),
         ({"sites": "a.vn:99999"}, "không phải"), ({"sites": "a..vn"}, "không phải"),
         ({"sites": "\n".join(f"a{n}.vn" for n in range(51))}, "nhiều nhất là 50"),
         ({"allowed": "", "sites": "a.vn"}, "không có trong danh sách")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, chief_desk, fields, sentence):
        answer = chief_desk.post(self.PAGE, **({"allowed": "listed"} | fields))
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert sentence in page
        assert str(escape(fields["sites"])) in page
        assert SiteIdentity.current().framed_by == []

    def test_editors_may_not(self, desk):
        assert desk.post(self.PAGE, allowed="listed", sites="a.vn").status_code == 403
        assert SiteIdentity.current().framed_by == []


def test_the_desk_s_pages_are_kept_nowhere(desk):
    assert desk.get("/bien-tap/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["tin-tuc/moi", "chuyen-muc/", "thu-tuc/moi", "ket-qua/nhap"])
def test_no_form_is_taken_without_its_token(desk, path):
    assert desk.client.post(f"/bien-tap/{path}", data={"name": "x"}).status_code == 400
