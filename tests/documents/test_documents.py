"""Documents, from the file on an official's desk to the resident's phone."""

import io
import re
import zipfile
from datetime import date

import pytest
import time_machine
from pypdf import PdfWriter

from tanky.base.db import db
from tanky.documents.models import Document
from tanky.documents.record import RECORD
from tanky.documents.texts import parts_of
from tanky.media.models import FileText

from .. import factories

DESK = "/bien-tap/van-ban/"
FORM = {
    "number": "12/2026/NQ-HĐND", "kind": "Nghị quyết", "title": "Về dự toán ngân sách",
    "issuer": "Hội đồng nhân dân xã", "signer": "Nguyễn Văn An", "topic": "Ngân sách",
    "issued_on": "2026-03-10", "in_force_on": "2026-03-20",
}  # fmt: skip


def made(number: str, title: str = "Việc chung", **given) -> Document:
    document = Document()
    record = {"number": number, "title": title, "kind": "Quyết định", "issuer": "UBND xã",
              "issued_on": "2026-03-10"}  # fmt: skip
    document.restore(RECORD.empty() | record | given)
    return factories.add(document)


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def listed(page: str) -> list[str]:
    return re.findall(r'tk-procedures__title" href="[^"]*">([^<]*)<', page)


def docx(*lines: str) -> bytes:
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        )
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{name}"><w:body>{body}</w:body></w:document>',
        )
    return kept.getvalue()


def pdf(*pages: str, password: str = "") -> bytes:
    """A page for each text, in one of the fonts that every reader has; "" is a scan's page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> "
            ">> >>"
        )
        drawn = f"BT /F1 12 Tf 72 770 Td ({text}) Tj ET" if text else ""
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    objects[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(kids)}] >>"
    kept, places = io.BytesIO(b"%PDF-1.4\n"), []
    kept.seek(0, 2)
    for number, content in enumerate(objects, 1):
        places.append(kept.tell())
        kept.write(f"{number} 0 obj\n{content}\nendobj\n".encode())
    begins = kept.tell()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    kept.write(
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
        f"<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{begins}\n%%EOF".encode()
    )
    if not password:
        return kept.getvalue()
    writer = PdfWriter(kept)
    writer.encrypt(password)
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


def sent(content: bytes, name: str) -> dict:
    return FORM | {"files-0-upload": (io.BytesIO(content), name)}


class TestFromTheDesk:
    def test_to_the_resident(self, desk, client):
        words = ("Điều 1. Phạm vi", "Hỗ trợ nạo vét kênh mương nội đồng.")
        answer = desk.post(f"{DESK}moi", **sent(docx(*words), "nghi-quyet.docx"))
        assert answer.status_code == 302
        assert listed(seen(client, "/van-ban/")) == ["Về dự toán ngân sách"]
        page = seen(client, "/van-ban/nghi-quyet-12-2026-nq-hdnd")
        for part in ("12/2026/NQ-HĐND", "Nguyễn Văn An", "10/03/2026", "DOCX", "Còn hiệu lực"):
            assert part in page, part
        whole = seen(client, "/van-ban/nghi-quyet-12-2026-nq-hdnd/toan-van")
        assert re.search(r'<h2 id="t1-muc-0">Điều 1. Phạm vi</h2>', whole)
        assert "nạo vét kênh mương" in whole
        file = re.search(r'href="(/tep/[^"]*)"', page)[1]
        assert client.get(file).status_code == 200

    def test_it_is_found_by_its_number_and_the_words_of_its_file(self, desk, client):
        desk.post(f"{DESK}moi", **sent(docx("Hỗ trợ nạo vét kênh mương nội đồng."), "a.docx"))
        made("13/2026/QĐ-UBND", "Việc khác")
        for words in ("12/2026/NQ-HĐND", "12/2026/nq-hdnd", "nạo vét kênh", "nao vet kenh muong",
                      "dự toán", "Nguyễn Văn An"):  # fmt: skip
            assert listed(seen(client, f"/van-ban/?q={words}")) == ["Về dự toán ngân sách"], words
        assert listed(seen(client, "/van-ban/?q=cầu treo")) == []
        assert "Về dự toán ngân sách" in seen(client, "/tim-kiem?q=dự toán ngân sách")

    @pytest.mark.parametrize(
        ("content", "name", "said"),
        [(pdf("", ""), "scan.pdf", "Bản scan không có chữ"),
         (pdf("Chu trong tep nay dai hon hai muoi chu", password="x"), "khoa.pdf", "đặt mật khẩu"),
         (pdf("Chu trong tep")[:90], "hong.pdf", "không đọc được chữ")],
    )  # fmt: skip
    def test_a_file_whose_words_cannot_be_read_says_why(self, desk, client, content, name, said):
        assert desk.post(f"{DESK}moi", **sent(content, name)).status_code == 302
        document = db.session.scalar(db.select(Document))
        address = f"{DESK}{document.id}"
        assert said in desk.get(address).get_data(as_text=True)
        assert said in seen(client, document.url)
        assert client.get(f"{document.url}/toan-van").status_code == 404
        # What a person types of it is read and found in its place.
        typed = FORM | {"version": document.version, "files-0-file_id": document.files[0].file_id,
                        "files-0-typed": "Cấm họp chợ trên đê"}  # fmt: skip
        assert desk.post(address, address, **typed).status_code == 302
        assert "Cấm họp chợ trên đê" in seen(client, f"{document.url}/toan-van")
        assert listed(seen(client, "/van-ban/?q=hop cho tren de")) == ["Về dự toán ngân sách"]

    def test_three_hundred_pages_are_read(self, desk, client):
        pages = [f"Trang so {number} noi ve kenh muong va duong lang" for number in range(1, 301)]
        assert desk.post(f"{DESK}moi", **sent(pdf(*pages), "dai.pdf")).status_code == 302
        assert "Trang so 300" in db.session.scalar(db.select(FileText)).text
        assert listed(seen(client, "/van-ban/?q=trang so 299")) == ["Về dự toán ngân sách"]

    @pytest.mark.parametrize(
        ("fields", "said"),
        [({"number": ""}, "Hãy gõ số, ký hiệu."), ({"kind": ""}, "Hãy chọn loại văn bản."),
         ({"title": ""}, "Hãy gõ trích yếu."), ({"issued_on": ""}, "Hãy ghi ngày ban hành."),
         ({"issued_on": "1944-12-31"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"issued_on": "2101-01-01"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"issued_on": "31/13/2026"}, "ngày/tháng/năm"),
         ({"in_force_on": "2026-03-09"}, "không thể trước ngày ban hành"),
         ({"ended_on": "2026-03-19"}, "không thể trước ngày có hiệu lực"),
         ({"relations-0-number": "1/QĐ"}, "Hãy chọn quan hệ."),
         ({"relations-0-relation": "thay thế"}, "Hãy gõ số, ký hiệu của văn bản kia.")],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, desk, fields, said):
        answer = desk.post(f"{DESK}moi", **(FORM | {"title": "Giữ lại chữ này"} | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert said in page
        assert "Hội đồng nhân dân xã" in page
        assert db.session.scalar(db.select(Document)) is None

    def test_another_row_keeps_what_was_typed(self, desk):
        answer = desk.post(f"{DESK}moi", add_row="relations", **FORM)
        page = answer.get_data(as_text=True)
        assert "relations-0-number" in page
        assert "Về dự toán ngân sách" in page

    def test_a_save_between_is_not_overwritten(self, desk):
        document = made("1/2026/QĐ-UBND")
        address = f"{DESK}{document.id}"
        old = str(document.version)
        assert desk.post(address, address, **(FORM | {"version": old})).status_code == 302
        assert desk.post(address, address, **(FORM | {"version": old})).status_code == 409

    def test_it_is_for_editors(self, desk_of, writer):
        document = made("1/2026/QĐ-UBND")
        for address in (DESK, f"{DESK}moi", f"{DESK}{document.id}"):
            assert desk_of(writer).get(address).status_code == 403

    def test_trash_takes_its_file_along(self, desk, client):
        desk.post(f"{DESK}moi", **sent(docx("Chữ"), "a.docx"))
        document = db.session.scalar(db.select(Document))
        file = document.files[0].file.url
        assert client.get(file).status_code == 200
        desk.post(f"{DESK}{document.id}/bo", f"{DESK}{document.id}")
        assert client.get(document.url).status_code == 410
        assert client.get(file).status_code == 404
        assert listed(seen(client, "/van-ban/?q=chữ")) == []


class TestForResidents:
    def test_they_are_narrowed_by_kind_issuer_topic_and_year(self, client):
        made("1/2026/QĐ-UBND", "Một", topic="Đất đai")
        made("2/2025/NQ-HĐND", "Hai", kind="Nghị quyết", issuer="HĐND xã", issued_on="2025-01-02")
        for address, titles in (
            ("", ["Một", "Hai"]), ("?loai=nghi-quyet", ["Hai"]), ("?co-quan=ubnd-xa", ["Một"]),
            ("?nam=2025", ["Hai"]), ("?linh-vuc=dat-dai", ["Một"]), ("?nam=2025&q=Một", []),
        ):  # fmt: skip
            assert listed(seen(client, f"/van-ban/{address}")) == titles, address
        assert client.get("/van-ban/?loai=tho").status_code == 404

    def test_what_one_is_to_another_is_told_on_both(self, client):
        old = made("5/2024/QĐ-UBND", "Cũ", issued_on="2024-05-01")
        new = made("1/2026/QĐ-UBND", "Mới", relations=[
            {"relation": "thay thế", "number": "05/2024/QĐ-UBND"},
            {"relation": "thay thế", "number": "5/2024/qđ-ubnd"},
            {"relation": "căn cứ", "number": "60/2014/QH13"}])  # fmt: skip
        page = seen(client, new.url)
        assert f'<dt>Thay thế</dt><dd><a href="{old.url}">' in page
        assert "<dt>Căn cứ</dt><dd>60/2014/QH13</dd>" in page
        assert f'<dt>Được thay bằng</dt><dd><a href="{new.url}">' in seen(client, old.url)

    def test_a_number_that_comes_each_year_is_that_year_s(self, client):
        first = made("1/TB-UBND", "Năm trước", issued_on="2025-01-05")
        second = made("1/TB-UBND", "Năm nay", issued_on="2026-01-05")
        relations = [{"relation": "sửa đổi, bổ sung", "number": "1/TB-UBND"}]
        both = made("2/TB-UBND", issued_on="2025-12-01", relations=relations)
        assert first.url in seen(client, both.url)
        assert second.url not in seen(client, both.url)
        assert both.url not in seen(client, second.url)

    @pytest.mark.parametrize(
        ("today", "state"),
        [("2026-03-19", "Chưa có hiệu lực"), ("2026-03-20", "Còn hiệu lực"),
         ("2026-12-31", "Còn hiệu lực"), ("2027-01-01", "Hết hiệu lực")],
    )  # fmt: skip
    def test_whether_it_is_in_force_is_of_the_day(self, client, today, state):
        document = made("1/2026/QĐ-UBND", in_force_on="2026-03-20", ended_on="2027-01-01")
        assert document.state(date.fromisoformat(today)) == state
        with time_machine.travel(f"{today}T12:00:00+07:00", tick=False):
            assert f"<dd>{state}</dd>" in seen(client, document.url)

    def test_lists_for_programs_and_spreadsheets(self, client):
        made("1/2026/QĐ-UBND", "=1+1")
        table = client.get("/van-ban/danh-sach.csv").get_data(as_text=True)
        assert "1/2026/QĐ-UBND" in table
        assert "'=1+1" in table
        assert "1/2026/QĐ-UBND" in client.get("/van-ban/rss.xml").get_data(as_text=True)
        told = client.get("/api/v1/documents?year=2026").json
        assert [item["number"] for item in told["items"]] == ["1/2026/QĐ-UBND"]
        assert client.get("/api/v1/documents?year=2025").json["items"] == []

    def test_an_empty_list_says_so(self, client):
        assert "Chưa có văn bản nào được đăng" in seen(client, "/van-ban/")
        made("1/2026/QĐ-UBND")
        assert "xem tất cả" in seen(client, "/van-ban/?q=không có đâu")


def test_lines_that_a_page_broke_are_one_paragraph():
    text = (
        "Chương I\nQUY ĐỊNH CHUNG\nĐiều 1. Phạm vi\nQuy chế này quy định\nviệc tiếp dân"
        "\fvà trả lời.\na) Ở trụ sở;\nb) Ở thôn."
    )
    assert [part.text for part in parts_of(text)] == [
        "Chương I. QUY ĐỊNH CHUNG", "Điều 1. Phạm vi",
        "Quy chế này quy định việc tiếp dân và trả lời.", "a) Ở trụ sở;", "b) Ở thôn.",
    ]  # fmt: skip
    assert [bool(part.anchor) for part in parts_of(text)] == [True, True, False, False, False]
