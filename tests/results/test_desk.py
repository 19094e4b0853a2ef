"""Monthly results on the desk: the form and the sheet."""

from io import BytesIO

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.results import figures
from tanky.results.models import MonthlyResult

from .. import factories, forms
from ..results.test_results import GOOD, HEAD


class TestResults:
    def test_a_month_is_entered_corrected_and_deleted(self, desk, client):
        desk.post("/bien-tap/ket-qua/moi", **forms.RESULT)
        assert ">38<" in client.get("/").get_data(as_text=True)
        row = db.session.scalar(select(MonthlyResult))
        fields = forms.RESULT | {"settled_on_time": "28", "settled_late": "0"}
        assert desk.post(f"/bien-tap/ket-qua/{row.id}", **fields).status_code == 302
        assert figures.latest().total.late == 0
        desk.post(f"/bien-tap/ket-qua/{row.id}/xoa")
        assert figures.latest() is None

    def test_a_sum_alone_is_kept_as_such(self, desk):
        fields = dict.fromkeys(forms.RESULT, "") | {
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
        answer = desk.post("/bien-tap/ket-qua/moi", **(forms.RESULT | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert sentence in page
        assert 'name="settled_on_time"' in page
        assert 'value="27"' in page
        assert db.session.scalar(select(MonthlyResult)) is None

    def test_the_same_months_twice_are_refused(self, desk):
        desk.post("/bien-tap/ket-qua/moi", **forms.RESULT)
        answer = desk.post("/bien-tap/ket-qua/moi", **forms.RESULT)
        assert "sẽ tính hai lần" in answer.get_data(as_text=True)

    def test_a_row_that_sums_months_keeps_them_when_corrected(self, desk):
        row = factories.result(first_month=1, month=6, on_time=907, late=2, place=None)
        fields = dict.fromkeys(forms.RESULT, "") | {
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
        assert forms.apply(desk, page).status_code == 302
        assert figures.latest().total.settled == 38

    def test_a_month_to_come_is_refused_on_its_field(self, desk):
        answer = desk.post("/bien-tap/ket-qua/moi", **(forms.RESULT | {"year": "2101"}))
        assert answer.status_code == 422
        assert "Tháng 06/2101 chưa tới" in answer.get_data(as_text=True)

    def test_a_new_field_is_asked_about(self, desk):
        content = (BytesIO(f"{HEAD}\n{GOOD}".encode()), "a.csv")
        page = desk.post("/bien-tap/ket-qua/nhap", file=content).get_data(as_text=True)
        assert "Lĩnh vực chưa có trên trang" in page
        assert "2,023" not in page
        refused = forms.apply(desk, page.replace('name="new_fields"', ""))
        assert "Hãy xác nhận các lĩnh vực mới" in refused.get_data(as_text=True)
        assert figures.latest() is None

    def test_what_changed_meanwhile_is_shown_again(self, desk):
        content = (BytesIO(f"{HEAD}\n{GOOD}".encode()), "a.csv")
        page = desk.post("/bien-tap/ket-qua/nhap", file=content).get_data(as_text=True)
        factories.result(on_time=10, late=0)
        answer = forms.apply(desk, page)
        assert answer.status_code == 200
        assert "Dữ liệu đã thay đổi" in answer.get_data(as_text=True)
        assert figures.latest().total.settled == 10
        assert forms.apply(desk, answer.get_data(as_text=True)).status_code == 302
        assert figures.latest().total.settled == 38

    def test_a_correction_keeps_what_it_replaced(self, desk):
        for row in (GOOD, GOOD.replace(",27,1,", ",28,0,")):
            content = (BytesIO(f"{HEAD}\n{row}".encode()), "a.csv")
            forms.apply(
                desk, desk.post("/bien-tap/ket-qua/nhap", file=content).get_data(as_text=True)
            )
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
        assert forms.apply(desk, answer.get_data(as_text=True)).status_code == 302
