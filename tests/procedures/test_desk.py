"""Procedures on the desk: the form and the sheet."""

from io import BytesIO

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.media.models import MediaFile
from tanky.procedures.models import Procedure
from tanky.procedures.record import RECORD

from .. import factories, forms


class TestProcedures:
    def test_one_is_added_with_its_rows_and_form_and_shown(self, desk, client):
        form = b"%PDF-1.4 mau"
        answer = desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE,
                           **{"papers-0-upload": (BytesIO(form), "../Tờ khai.pdf")})  # fmt: skip
        assert answer.status_code == 302
        made = db.session.scalar(select(Procedure))
        assert [step["text"] for step in made.steps] == ["Nộp hồ sơ", "Nhận kết quả"]
        assert made.applicants == ["Công dân", "Người nước ngoài"]
        page = client.get("/thu-tuc/1.001193").get_data(as_text=True)
        link = page.split('class="tk-file" href="')[1].split('"')[0]
        assert link.endswith("/to-khai.pdf")
        assert client.get(link).data == form

    def test_a_change_keeps_the_form_of_each_paper(self, desk):
        desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE,
                  **{"papers-0-upload": (BytesIO(b"%PDF-1.4"), "a.pdf")})  # fmt: skip
        made = db.session.scalar(select(Procedure))
        fields = forms.PROCEDURE | {
            "papers-0-forms-0-file_id": str(made.papers[0].form_ids[0]),
            "title": "Khai sinh",
        }
        desk.post("/bien-tap/thu-tuc/1.001193", **fields)
        assert made.title == "Khai sinh"
        more = [(BytesIO(b"%PDF-1.5"), "b.pdf"), (BytesIO(b"%PDF-1.6"), "c.pdf")]
        desk.post("/bien-tap/thu-tuc/1.001193", **fields, **{"papers-0-upload": more})
        assert [file.name for file in made.papers[0].files] == ["a.pdf", "b.pdf", "c.pdf"]
        desk.post("/bien-tap/thu-tuc/1.001193", **fields, **{"papers-0-forms-0-remove": "y"})
        assert made.papers[0].files == []

    def test_a_paper_is_taken_away_with_its_form(self, desk):
        desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE, **{"papers-1-name": "Giấy khác"},
                  **{"papers-0-upload": (BytesIO(b"%PDF-1.4"), "a.pdf")})  # fmt: skip
        page = desk.get("/bien-tap/thu-tuc/1.001193").get_data(as_text=True)
        fields = forms.filled_in(page) | {"papers-0-name": "", "papers-0-forms-0-remove": "y"}
        assert desk.post("/bien-tap/thu-tuc/1.001193", **fields).status_code == 302
        made = db.session.scalar(select(Procedure))
        assert [paper.name for paper in made.papers] == ["Giấy khác"]

    def test_more_forms_than_a_paper_may_have_are_refused(self, desk):
        files = [(BytesIO(b"%PDF-1.4 " + bytes([65 + n])), f"{n}.pdf") for n in range(11)]
        answer = desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE, **{"papers-0-upload": files})
        assert answer.status_code == 422
        assert "nhiều nhất 10 mẫu" in answer.get_data(as_text=True)

    def test_a_row_is_added_without_javascript_and_nothing_typed_is_lost(self, desk):
        answer = desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE, add_row="papers")
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
         ({"legal_basis-0-number": ""}, "Hãy gõ số, ký hiệu"),
         ({"levels": "Liên bang"}, "Lựa chọn"),
         ({"levels": []}, "Hãy gõ cấp"), ({"channels-0-number": "3"}, "Hãy chọn đơn vị"),
         ({"related": "abc"}, "1.001193"), ({"outcome": "| mã"}, "Mỗi dòng cần kết quả"),
         ({"replaced_by_code": "9.999999"}, "Không có thủ tục khác")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, desk, fields, sentence):
        answer = desk.post("/bien-tap/thu-tuc/moi", **(forms.PROCEDURE | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert sentence in page
        assert "Nhận kết quả" in page or "steps" in fields
        assert db.session.scalar(select(Procedure)) is None

    def test_a_save_of_the_page_as_it_opens_changes_nothing(self, desk):
        """What the form leaves out would be lost at the first save."""
        made = factories.procedure()
        record = RECORD.empty() | made.snapshot() | {
            "also_called": ["giấy khai sinh"], "keywords": ["khai sinh"], "levels": ["Tỉnh", "Xã"],
            "other_fields": ["Quốc tịch"], "description": "<p>Ghi vào sổ</p>",
            "steps": [{"name": "Nộp", "text": "Nộp <em>hồ sơ</em>"}, {"name": "", "text": "Nhận"}],
            "outcome": [{"name": "Giấy khai sinh", "code": "KQ.1"}], "related": ["2.000635"],
            "checked_on": "2026-11-20", "authorised_agency": "Trung tâm", "applicants": ["Cha"],
        }  # fmt: skip
        record["channels"][0] |= {
            "time_limit": {"number": 3, "unit": "ngày", "note": "; có khi 5 ngày"},
            "charge": [
                {"name": "a", "amount": 1, "per": "b"}, {"name": "c", "amount": None, "per": ""},
            ],
        }  # fmt: skip
        file = factories.add(
            MediaFile(digest="a" * 64, name="a.pdf", mimetype="application/pdf", size=1)
        )
        record["papers"][0]["forms"] = [{"file_id": file.id}]
        made.restore(record)
        db.session.commit()
        before = made.snapshot()
        assert before["papers"][0]["forms"] == [{"file_id": file.id}]
        page = desk.get("/bien-tap/thu-tuc/1.001193").get_data(as_text=True)
        assert desk.post("/bien-tap/thu-tuc/1.001193", **forms.filled_in(page)).status_code == 302
        assert made.snapshot() == before

    def test_a_code_is_used_once(self, desk):
        factories.procedure()
        answer = desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE)
        assert "Mã này đã dùng" in answer.get_data(as_text=True)

    @pytest.mark.parametrize("content", [b"MZ\x90", b"<html>", b"PK\x03\x04rest", b""])
    def test_what_is_no_document_is_refused_in_words(self, desk, content):
        answer = desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE,
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
        fields = forms.PROCEDURE | {"version": str(found.version)}
        found.title = "Tên do người khác lưu"
        db.session.commit()
        answer = desk.post("/bien-tap/thu-tuc/1.001193", **fields)
        assert answer.status_code == 409
        db.session.expire_all()
        assert found.title == "Tên do người khác lưu"
