import io
import zipfile

import pytest
from werkzeug.datastructures import FileStorage

from tanky.extensions import db
from tanky.media import library
from tanky.media.kinds import Refused, document_kind

from .. import factories


def upload(content: bytes, name: str = "tep.bin") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


def zipped(**files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


DOCX = {"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}


class TestKinds:
    def test_documents_are_told_by_their_content(self):
        assert document_kind(b"%PDF-1.7")[0] == "pdf"
        assert document_kind(zipped(**DOCX))[0] == "docx"
        assert document_kind(zipped(mimetype="application/vnd.oasis.opendocument.text"))[0] == "odt"

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [(zipped(**DOCX, **{"word/vbaProject.bin": "x"}), "macro"), (zipped(a="b"), "Tệp nén"),
         (b"PK\x03\x04", "bị hỏng"), (b"MZ", "không phải"),
         (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "_VBA_PROJECT".encode("utf-16-le"), "macro")],
    )  # fmt: skip
    def test_others_are_refused_in_words(self, content, sentence):
        with pytest.raises(Refused, match=sentence):
            document_kind(content)


@pytest.mark.usefixtures("app")
class TestLibrary:
    def test_a_file_is_kept_once(self):
        first = library.take_document(upload(b"%PDF-1", "a.pdf"))
        assert library.take_document(upload(b"%PDF-1", "b.pdf")) is first

    def test_a_picture_small_on_a_phone(self):
        photo = io.BytesIO()
        from PIL import Image

        Image.linear_gradient("L").resize((4000, 3000)).convert("RGB").save(photo, "JPEG")
        file = library.take_picture(upload(photo.getvalue(), "IMG.JPG"))
        assert file.widths == [360, 720, 1200]
        assert library.path_of(file, 720).stat().st_size < 60_000

    def test_a_bomb_is_not_opened(self):
        from PIL import Image

        bomb = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
        with pytest.raises(Refused, match="quá lớn"):
            library.take_picture(upload(bomb.getvalue()))

    def test_names_are_safe(self):
        assert library.take_document(upload(b"%PDF-2", "../../Mẫu số 1.PDF.exe")).name == (
            "mau-so-1-pdf.pdf"
        )
        assert library.take_document(upload(b"%PDF-3", "")).name == "tep.pdf"


def test_a_document_runs_as_nobody_s_page(client):
    file = library.take_document(upload(b"%PDF-1", "a.pdf"))
    db.session.commit()
    answer = client.get(f"/tep/{file.key}/a.pdf")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("key", ["0" * 24, "%" * 24, "_" * 24, "a", ""])
def test_an_unknown_file_is_not_found(client, key):
    library.take_picture(upload(factories.photo(400, 300)))
    db.session.commit()
    assert client.get(f"/tep/{key}/a.pdf").status_code == 404
    assert client.get(f"/anh/{key}-360.webp").status_code == 404
