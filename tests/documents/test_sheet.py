"""Documents from a sheet and a ZIP of their files."""

import io
import re
import zipfile

import pytest

from tanky.base.db import db
from tanky.documents.models import Document
from tanky.media.models import MediaFile

from .test_documents import DESK, docx, made

HEAD = "Số, ký hiệu;Loại văn bản;Trích yếu;Cơ quan ban hành;Ngày ban hành;Hết hiệu lực từ;Tệp"
ROW = "07/2026/QĐ-UBND;Quyết định;Về quỹ đất công;UBND xã;01/07/2026;;quy dat.docx"


def zipped(*rows: str, head: str = HEAD, **files: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("bang-ke.csv", "\n".join((head, *rows)))
        for name, content in files.items():
            archive.writestr(f"Văn bản/{name.replace('__', '.')}", content)
    return kept.getvalue()


def look(desk, content: bytes, name: str = "van-ban.zip"):
    return desk.post(f"{DESK}nhap", DESK, file=(io.BytesIO(content), name))


def take_in(desk, content: bytes) -> str:
    page = look(desk, content).get_data(as_text=True)
    address = re.search(rf'action="({DESK}nhap/\d+)"', page)[1]
    digest = re.search(r'name="digest" value="(\w+)"', page)[1]
    return desk.post(address, DESK, digest=digest)


def test_looked_at_then_taken_in_with_its_files(desk, client):
    content = zipped(ROW, quy_dat__docx=docx("Đất công ích thôn Đoài"))
    page = look(desk, content).get_data(as_text=True)
    assert "07/2026/QĐ-UBND" in page
    assert db.session.scalar(db.select(Document)) is None
    assert db.session.scalar(db.select(MediaFile)) is None
    assert take_in(desk, content).status_code == 302
    document = db.session.scalar(db.select(Document))
    assert document.files[0].text == "Đất công ích thôn Đoài"
    assert client.get(document.files[0].file.url).status_code == 200
    # The same once more changes nothing.
    assert "1 không đổi" in look(desk, content).get_data(as_text=True)


def test_a_number_of_another_year_is_another_document(desk):
    made("07/2026/QĐ-UBND", "Cũ", issued_on="2025-07-01")
    row = ROW.replace("quy dat.docx", "")
    assert take_in(desk, zipped(row)).status_code == 302
    titles = db.session.scalars(db.select(Document.title).order_by(Document.id)).all()
    assert titles == ["Cũ", "Về quỹ đất công"]


def test_a_column_that_is_not_there_changes_nothing(desk):
    made("07/2026/QĐ-UBND", "Cũ", issued_on="2026-07-01", signer="Bà Năm",
         kind="Quyết định", issuer="UBND xã")  # fmt: skip
    row = ROW.replace("quy dat.docx", "")
    assert take_in(desk, zipped(row)).status_code == 302
    document = db.session.scalar(db.select(Document))
    assert (document.title, document.signer) == ("Về quỹ đất công", "Bà Năm")


@pytest.mark.parametrize(
    ("row", "said"),
    [(ROW.replace("07/2026/QĐ-UBND", ""), "để trống"), (ROW.replace("Quyết định", "Thơ"), "Thơ"),
     (ROW.replace("01/07/2026", "01/07/1944"), "từ 1945 đến 2100"),
     (ROW.replace("01/07/2026", "31/06/2026"), "ngày phải có dạng"),
     (ROW.replace("2026;;", "2026;30/06/2026;"), "không thể trước ngày có hiệu lực"),
     (ROW.replace("quy dat.docx", "khac.pdf"), "không thấy “khac.pdf”"),
     (f"{ROW}\n{ROW}", "trùng với dòng 2")],
)  # fmt: skip
def test_what_is_wrong_is_named_by_row_and_nothing_is_taken(desk, row, said):
    content = zipped(row, quy_dat__docx=docx("Chữ"))
    answer = look(desk, content)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert re.search(r"(?:Dòng|dòng|<td>)\s*[23]", page)
    assert db.session.scalar(db.select(Document)) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [(zipped(ROW, quy_dat__docx=b"MZ\x00 no document"), "quy dat.docx"),
     (b"PK\x03\x04 no archive", "hỏng"), (b"\x00\x01", "")],
)  # fmt: skip
def test_a_file_that_is_none_says_so(desk, content, said):
    answer = look(desk, content)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_a_zip_without_a_list_says_what_belongs_in_it(desk):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("a.docx", docx("Chữ"))
    answer = look(desk, kept.getvalue())
    assert "đúng một bảng kê" in answer.get_data(as_text=True)


def test_the_template_has_the_headings_that_are_read(desk):
    sheet = desk.get(f"{DESK}mau.xlsx")
    assert sheet.data.startswith(b"PK")


@pytest.mark.parametrize("name", ["Nghị quyết 7.2021.docx", "Nghị quyết 7.2021"])
def test_a_point_in_a_name_is_no_ending(desk, name):
    """Two files of the library whose titles differ behind their last point."""
    for number in (1, 2):
        upload = (io.BytesIO(docx(f"Chữ {number}")), f"Nghị quyết 7.202{number}.docx")
        desk.post("/bien-tap/tep/", "/bien-tap/tep/", files=upload)
    row = ROW.replace("quy dat.docx", name)
    assert take_in(desk, zipped(row)).status_code == 302
    assert db.session.scalar(db.select(Document)).files[0].text == "Chữ 1"
