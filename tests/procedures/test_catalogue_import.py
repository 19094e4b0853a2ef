import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tanky.base.db import db
from tanky.procedures import catalogue
from tanky.procedures.models import Channel, LegalBasis, Paper, Procedure
from tanky.procedures.record import CHANNELS, RECORD, ChannelKind
from tanky.records.journal import JournalEntry
from tanky.records.revisions import Revision
from tanky.records.sheets import Unreadable
from tanky.text.folding import nfc

from .. import factories, forms

ROW = {
    "code": "1.001193", "title": "Đăng ký khai sinh", "level": "Xã", "field": "Hộ tịch",
    "steps": "Bước 1. Nộp hồ sơ\nBước 2. Nhận kết quả",
    "channels": "Trực tiếp | 01 ngày làm việc | Không | 8.000 đồng\nTrực tuyến",
    "papers": "Tờ khai | 1 | 0\n# Trẻ bị bỏ rơi\nBiên bản | 1 | 2", "agency": "UBND cấp xã",
    "online_service": "Toàn trình", "legal_basis": "60/2014/QH13 | Luật Hộ tịch | 20/11/2014 | QH",
    "state": "Còn hiệu lực", "outcome": "", "related": "", "checked_on": "",
}  # fmt: skip


def sheet(*rows: dict, headings: dict = catalogue.COLUMNS) -> bytes:
    columns = list(rows[0])
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([headings[column] for column in columns])
    writer.writerows([row[column] for column in columns] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Procedure))


def taken(*rows: dict, **options):
    report = catalogue.import_catalogue(sheet(*rows), **options)
    db.session.commit() if not report.problems else db.session.rollback()
    return report


@pytest.mark.usefixtures("app")
class TestImport:
    @pytest.mark.parametrize("cell", ["Đã hết hiệu lực", "TTHC hết hiệu lực", "hết hiệu lực"])
    def test_the_state_in_the_words_of_other_sheets(self, cell):
        assert taken(ROW | {"state": cell}).problems == []
        assert Procedure.by_code("1.001193").is_retired

    def test_a_case_comes_back_as_it_was_typed(self):
        taken(ROW)
        made = Procedure.by_code("1.001193")
        made.papers[1].case = "khi A | B  rồi"
        db.session.commit()
        report = catalogue.import_catalogue(catalogue.export_catalogue())
        assert report.unchanged == 1

    def test_a_case_that_is_too_long_is_named_under_the_papers(self):
        (problem,) = taken(ROW | {"papers": f"# {'x' * 301}\nĐơn"}).problems
        assert (problem.column, "300" in problem.sentence) == ("Thành phần hồ sơ", True)

    def test_a_row_is_a_whole_procedure(self):
        assert taken(ROW).sentence == "Thêm 1, sửa 0, 0 không đổi."
        made = Procedure.by_code("1.001193")
        assert made.steps == [
            {"name": "", "text": "Nộp hồ sơ"}, {"name": "", "text": "Nhận kết quả"},
        ]  # fmt: skip
        assert [(c.kind, c.limit_told, c.charge_told) for c in made.channels] == [
            (ChannelKind.IN_PERSON, "01 ngày làm việc", "8.000 đồng"), (ChannelKind.ONLINE, "", ""),
        ]  # fmt: skip
        first = made.channels[0]
        assert first.time_limit == {"number": 1, "unit": "ngày làm việc", "note": ""}
        assert first.charge == [{"name": "", "amount": 8000, "per": ""}]
        assert [(p.case, p.name, p.originals, p.copies) for p in made.papers] == [
            ("", "Tờ khai", 1, 0), ("Trẻ bị bỏ rơi", "Biên bản", 1, 2),
        ]  # fmt: skip
        assert (made.legal_basis[0].number, str(made.legal_basis[0].issued_on)) == (
            "60/2014/QH13", "2014-11-20",
        )  # fmt: skip
        assert (made.online_service, made.field.name) == ("toàn trình", "Hộ tịch")

    def test_english_headings_are_taken(self):
        content = sheet(ROW, headings={c: c for c in catalogue.COLUMNS})
        assert len(catalogue.import_catalogue(content).of("added")) == 1

    def test_a_second_time_changes_nothing_and_a_third_what_differs(self):
        taken(ROW)
        assert taken(ROW).unchanged == 1
        report = taken(ROW | {"agency": "UBND phường"})
        assert [item.after["agency"] for item in report.of("changed")] == ["UBND phường"]
        assert db.session.scalar(select(func.count()).select_from(Revision)) == 2

    def test_a_column_that_is_not_there_leaves_what_is(self):
        taken(ROW | {"authority": "Chủ tịch"})
        short = {name: ROW[name] for name in catalogue.REQUIRED}
        assert taken(short).unchanged == 1
        assert Procedure.by_code("1.001193").authority == "Chủ tịch"

    def test_what_the_file_retires_or_lacks(self):
        taken(ROW, ROW | {"code": "1.000894", "title": "Đăng ký kết hôn"},
              ROW | {"code": "1.000656", "title": "Đăng ký khai tử"})  # fmt: skip
        report = taken(ROW | {"state": "Hết hiệu lực", "replaced_by": "1.000894"},
                       ROW | {"code": "1.000894", "title": "Đăng ký kết hôn", "replaced_by": ""},
                       retire_missing=True)  # fmt: skip
        assert {item.label[:8] for item in report.of("retired")} == {"1.001193", "1.000656"}
        assert Procedure.by_code("1.001193").replaced_by.code == "1.000894"
        assert Procedure.by_code("1.000656").is_retired

    @pytest.mark.parametrize(
        ("fields", "column", "sentence"),
        [({"code": "khai-sinh"}, "Mã thủ tục", "dạng 1.001193"),
         ({"code": "1.00119"}, "Mã thủ tục", "ô kiểu văn bản"),
         ({"code": ""}, "Mã thủ tục", "trống"),
         ({"title": ""}, "Tên thủ tục", "trống"), ({"title": "x" * 501}, "Tên thủ tục", "500"),
         ({"level": "Xã; Liên bang"}, "Cấp thực hiện", "phải là một trong: Bộ, Tỉnh, Xã"),
         ({"channels": "Bồ câu | 1 ngày"}, "Cách thức thực hiện", "Trực tiếp"),
         ({"channels": "Trực tiếp|a|b|c|d|e"}, "Cách thức thực hiện", "hơn 5 phần"),
         ({"papers": "# chỉ có trường hợp"}, "Thành phần hồ sơ", "không có giấy tờ"),
         ({"papers": "Tờ khai | một"}, "Thành phần hồ sơ", "số từ 0 đến 99"),
         ({"papers": "Tờ khai | 1 | 0 | khong-co.docx"}, "Thành phần hồ sơ", "hãy tải lên trước"),
         ({"online_service": "nửa vời"}, "Mức độ dịch vụ công trực tuyến", "một trong"),
         ({"legal_basis": "1 | a | hôm qua"}, "Căn cứ pháp lý", "31/12/2025"),
         ({"state": "có lẽ"}, "Tình trạng", "một trong"),
         ({"field": " ; "}, "Lĩnh vực", "trống"),
         ({"related": "1.000894\n1000656"}, "Thủ tục liên quan", "dạng 1.001193"),
         ({"outcome": "| KQ.1"}, "Kết quả thực hiện", "kết quả ở đầu"),
         ({"checked_on": "31/02/2026"}, "Đối chiếu với nguồn ngày", "31/12/2025"),
         ({"steps": ""}, "Trình tự thực hiện", "trống")],
    )  # fmt: skip
    def test_what_is_wrong_is_named_by_row_and_column_and_nothing_is_taken(
        self, fields, column, sentence
    ):
        report = taken(ROW | {"code": "1.000894"}, ROW | fields)
        assert [(p.row, p.column) for p in report.problems] == [(3, column)]
        assert sentence in report.problems[0].sentence
        assert count() == 0

    def test_every_bad_row_is_named_at_once(self):
        report = taken(ROW | {"code": "x"}, ROW, ROW | {"title": "Khác"},
                       ROW | {"code": "1.000894", "level": "y"})  # fmt: skip
        assert [p.row for p in report.problems] == [2, 4, 5]

    def test_a_successor_that_is_nowhere_is_named(self):
        report = taken(ROW | {"replaced_by": "9.999999"})
        assert report.problems[0].column == "Được thay bằng"

    def test_the_form_of_a_paper_stays_and_can_be_named(self, app):
        from werkzeug.datastructures import FileStorage

        from tanky.media.library import take_document

        file = take_document(FileStorage(io.BytesIO(b"%PDF-1.4 x"), "Tờ khai.pdf"))
        taken(ROW | {"papers": "Tờ khai | 1 | 0 | to-khai.pdf"})
        assert Procedure.by_code("1.001193").papers[0].files == [file]
        assert taken(ROW | {"papers": "Tờ khai | 1 | 0"}).unchanged == 1

    def test_what_lies_in_the_trash_is_not_overwritten(self, chief):
        made = factories.procedure()
        made.trash(chief)
        db.session.commit()
        assert "thùng rác" in taken(ROW).problems[0].sentence

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04x", "Mã thủ tục,Tên thủ tục\n".encode(),
                                         b"\xff\xfe\x00", b"a,b\n1,2"])  # fmt: skip
    def test_what_is_no_catalogue_is_refused_in_words(self, content):
        with pytest.raises(Unreadable, match=r"\w+"):
            catalogue.import_catalogue(content)

    def test_html_in_the_steps_is_cleaned(self):
        taken(ROW | {"steps": "<ol><li onclick=x()>Một<script>alert(1)</script></li></ol>"})
        assert Procedure.by_code("1.001193").steps == [{"name": "", "text": "Một"}]

    def test_the_record_as_the_nation_has_it(self):
        """What LAW.md, 8 asks of a record, in the cells of a sheet."""
        wide = ROW | {
            "level": "Cấp Tỉnh; Cấp Xã", "field": "Hộ tịch; Quốc tịch", "keywords": "khai sinh",
            "description": "Ghi vào sổ", "steps": "Nộp | Nộp hồ sơ\nNhận | Nhận kết quả",
            "channels": "Trực tiếp | 03 ngày làm việc; có khi 05 ngày | Bản đầu: 8.000 đồng/bản; "
            "bản sau: 3.000đ |",
            "outcome": "Giấy khai sinh | KQ.G15.000065\nBản sao", "related": "2.000635",
            "authorised_agency": "Trung tâm", "checked_on": "20/11/2026",
        }  # fmt: skip
        assert taken(wide).problems == []
        made = Procedure.by_code("1.001193")
        record = made.snapshot()
        assert (made.levels, [field.name for field in made.fields]) == (
            ["Tỉnh", "Xã"], ["Hộ tịch", "Quốc tịch"],
        )  # fmt: skip
        assert [step["name"] for step in record["steps"]] == ["Nộp", "Nhận"]
        assert record["steps"][1]["text"].startswith("Nhận")
        assert record["channels"][0]["time_limit"] == {
            "number": 3, "unit": "ngày làm việc", "note": "; có khi 05 ngày",
        }  # fmt: skip
        assert record["channels"][0]["fee"] == [
            {"name": "Bản đầu", "amount": 8000, "per": "bản"},
            {"name": "bản sau", "amount": 3000, "per": ""},
        ]
        assert record["outcome"] == [
            {"name": "Giấy khai sinh", "code": "KQ.G15.000065"}, {"name": "Bản sao", "code": ""},
        ]  # fmt: skip
        assert (record["related"], record["checked_on"]) == (["2.000635"], "2026-11-20")
        assert catalogue.import_catalogue(catalogue.export_catalogue()).unchanged == 1

    def test_a_paper_has_several_forms(self, app):
        from werkzeug.datastructures import FileStorage

        from tanky.media.library import take_document

        files = [
            take_document(FileStorage(io.BytesIO(b"%PDF-1.4 " + name), f"{name.decode()}.pdf"))
            for name in (b"a", b"b")
        ]
        taken(ROW | {"papers": "Tờ khai | 1 | 0 | b.pdf; a.pdf"})
        assert Procedure.by_code("1.001193").papers[0].files == files[::-1]
        assert taken(ROW | {"papers": "Tờ khai | 1 | 0"}).unchanged == 1

    def test_a_file_that_names_one_field_leaves_the_others(self):
        taken(ROW | {"field": "; Hộ tịch; Quốc tịch;"})
        assert taken(ROW).unchanged == 1
        assert [f.name for f in Procedure.by_code("1.001193").fields] == ["Hộ tịch", "Quốc tịch"]

    @pytest.mark.parametrize(
        "cell", [f"{'tên ' * 60} | nội dung", "<ol><li>Nộp\nhồ sơ</li><li>Nhận</li></ol>"]
    )
    def test_steps_come_back_as_they_were(self, cell):
        taken(ROW | {"steps": cell})
        before = Procedure.by_code("1.001193").snapshot()["steps"]
        assert catalogue.import_catalogue(catalogue.export_catalogue()).unchanged == 1
        assert RECORD["steps"].parse(RECORD["steps"].cell(before)) == before
        assert "nội dung" in before[0]["text"] or before[0]["text"] == "Nộp hồ sơ"

    def test_it_is_found_under_each_of_its_fields(self, client):
        taken(ROW | {"field": "Hộ tịch; Quốc tịch"})
        for address in ("?linh-vuc=quoc-tich", "?linh-vuc=quoc-tich&q=khai+sinh"):
            assert "Đăng ký khai sinh" in client.get(f"/thu-tuc/{address}").get_data(as_text=True)


TEXT = st.text(
    st.characters(exclude_categories=("C", "Zl", "Zp"), exclude_characters="|#<\u0085"), min_size=1,
    max_size=30,
).map(lambda text: nfc(" ".join(text.split()))).filter(bool)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=3), TEXT)
def test_what_is_exported_imports_as_no_change(app, title, agency, names, number):
    for old in db.session.scalars(select(Procedure)):
        db.session.delete(old)
    db.session.flush()
    made = factories.procedure(
        title=title, agency=agency, papers=[Paper(position=i, name=name, case="")
                                            for i, name in enumerate(names)],
        channels=[
            Channel(kind=ChannelKind.POST, fee=CHANNELS["fee"].parse(number),
                    time_limit=CHANNELS["time_limit"].parse(agency))
        ],
        steps=RECORD["steps"].parse(title), outcome=[{"name": names[0], "code": number}],
        keywords=names, description=RECORD["description"].clean(agency),
        legal_basis=[LegalBasis(number=number, issuer=agency)],
    )  # fmt: skip
    report = catalogue.import_catalogue(catalogue.export_catalogue())
    assert (report.problems, report.items, report.unchanged) == ([], [], 1), made.snapshot()


class TestDesk:
    @pytest.fixture
    def desk(self, desk_of, editor):
        return desk_of(editor)

    def test_it_shows_what_will_change_then_changes_it(self, desk, client):

        factories.procedure("1.000656", "Đăng ký khai tử")
        factories.procedure("1.001193", "Đăng ký khai sinh", agency="UBND cũ")
        content = sheet(ROW, ROW | {"code": "1.000894", "title": "Đăng ký kết hôn"})
        answer = desk.post("/bien-tap/thu-tuc/nhap", file=(io.BytesIO(content), "dm.csv"),
                           retire_missing="y")  # fmt: skip
        page = answer.get_data(as_text=True)
        for text in ("Sẽ thêm (1)", "1.000894 Đăng ký kết hôn", "Sẽ sửa (1)", "<del>cũ</del>",
                     "Sẽ cho hết hiệu lực (1)", "1.000656 Đăng ký khai tử"):  # fmt: skip
            assert text in page
        assert client.get("/thu-tuc/1.000894").status_code == 404
        assert forms.apply(desk, page).status_code == 302
        assert client.get("/thu-tuc/1.000894").status_code == 200
        assert Procedure.by_code("1.000656").is_retired
        remarks = db.session.scalars(select(JournalEntry.remark)).all()
        assert "dm.csv: Thêm 1, sửa 1, cho hết hiệu lực 1, 0 không đổi." in remarks

    def test_problems_are_listed(self, desk):
        content = sheet(ROW | {"level": "x"})
        answer = desk.post("/bien-tap/thu-tuc/nhap", file=(io.BytesIO(content), "dm.csv"))
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert '<th scope="row">Dòng 2</th><td>Cấp thực hiện</td>' in page

    def test_the_catalogue_comes_as_the_very_form(self, desk):
        factories.procedure()
        content = desk.get("/bien-tap/thu-tuc/danh-muc.xlsx").data
        answer = desk.post("/bien-tap/thu-tuc/nhap", file=(io.BytesIO(content), "dm.xlsx"))
        assert "không có gì để nhập" in answer.get_data(as_text=True)

    def test_nobody_applies_another_person_s_file(self, desk, desk_of, chief):
        page = desk.post(
            "/bien-tap/thu-tuc/nhap", file=(io.BytesIO(sheet(ROW)), "dm.csv")
        ).get_data(as_text=True)
        address = page.split('action="')[2].split('"')[0]
        assert "/thu-tuc/nhap/" in address
        assert desk_of(chief).post(address, digest="x").status_code == 404

    def test_a_writer_has_no_business_here(self, desk_of, writer):
        theirs = desk_of(writer)
        assert theirs.get("/bien-tap/thu-tuc/danh-muc.xlsx").status_code == 403
        for path in ("nhap", "nhap/1"):
            assert theirs.post(f"/bien-tap/thu-tuc/{path}").status_code == 403
