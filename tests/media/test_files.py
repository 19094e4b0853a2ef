import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from tanky.accounts.models import Role
from tanky.base.db import db
from tanky.media import library, rich_text
from tanky.media.kinds import check_picture, document_kind
from tanky.media.models import MediaFile
from tanky.news.models import PreviewLink, State
from tanky.reading.bounds import Refused
from tanky.text import formats

from .. import factories

pytestmark = pytest.mark.on_sqlite


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


@pytest.mark.parametrize("start", [b"0&\xb2u\x8ef\xcf\x11", b"\0\0\1\xba", b"\x1aE\xdf\xa3"])
def test_a_film_is_refused_with_what_to_do(start):
    with pytest.raises(Refused, match="YouTube"):
        check_picture(start + bytes(100))


@pytest.mark.usefixtures("app")
class TestLibrary:
    def test_a_file_is_kept_once(self):
        first = library.take_document(upload(b"%PDF-1", "a.pdf"))
        assert library.take_document(upload(b"%PDF-1", "b.pdf")) is first

    def test_what_is_neither_photo_nor_document_is_told_what_is_taken(self):
        with pytest.raises(Refused, match=r"JPEG.*PDF, DOC"):
            library.take(upload(b"chi la chu", "a.txt"))

    def test_a_picture_of_a_new_kind_is_taken(self):
        made = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(made, "AVIF")
        assert library.take(upload(made.getvalue(), "a.avif")).is_picture

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
    factories.shown(file)
    answer = client.get(f"/tep/{file.key}/a.pdf")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=0"
    held = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"/tep/{file.key}/a.pdf", headers=held).status_code == 304


class TestWhoAFileIsServedTo:
    @pytest.fixture
    def picture(self, writer):
        made = library.take_picture(upload(factories.photo(400, 300), "a.jpg"), writer)
        db.session.commit()
        return made

    @pytest.fixture
    def made(self, picture, writer):
        """A published article of the writer's that shows the picture."""
        body = f'<figure><img src="{picture.url}" alt="Lúa"></figure>'
        return factories.article(body=body, writer_id=writer.id)

    def test_everyone_while_something_public_shows_it(self, client, picture, made):
        assert "immutable" in client.get(picture.url).headers["Cache-Control"]

    @pytest.mark.parametrize(
        "change",
        [{"state": State.DRAFT}, {"state": State.WITHDRAWN}, {"state": State.IN_REVIEW},
         {"published_at": datetime(2100, 1, 1, tzinfo=UTC)},
         {"withdraw_at": datetime(2020, 1, 1, tzinfo=UTC)}, {"body": "<p>Không ảnh</p>"}],
    )  # fmt: skip
    def test_nobody_once_nothing_does(self, client, picture, made, change):
        for name, value in change.items():
            setattr(made, name, value)
        db.session.commit()
        was_public_once = made.state == State.WITHDRAWN or made.withdraw_at
        assert client.get(picture.url).status_code == (410 if was_public_once else 404)

    def test_whoever_may_see_the_draft(self, desk_of, picture, made, writer, editor):
        made.state = State.DRAFT
        other = factories.person("khac", Role.WRITER)
        db.session.commit()
        for person, status in ((writer, 200), (editor, 200), (other, 404)):
            answer = desk_of(person).get(picture.url)
            assert answer.status_code == status
            assert "public" not in answer.headers["Cache-Control"]

    def test_whoever_holds_a_link_as_long_as_it_holds(self, client, picture, made, writer):
        made.state = State.DRAFT
        link, secret = PreviewLink.make(made, writer, timedelta(days=1))
        db.session.commit()
        page = client.get(f"/tin-tuc/xem-truoc/{secret}").get_data(as_text=True)
        source = re.search(r'<img [^>]*\bsrc="(/anh/[^"]+)"', page).group(1)
        assert client.get(source).status_code == 200
        link.expires_at = formats.now()
        db.session.commit()
        assert client.get(source).status_code == 404

    def test_everyone_where_a_procedure_hands_it_out(self, client):
        file = library.take_document(upload(b"%PDF-1", "to-khai.pdf"))
        db.session.commit()
        assert client.get(file.url).status_code == 404
        procedure = factories.procedure()
        record = procedure.snapshot()
        record["papers"][0]["forms"] = [{"file_id": file.id}]
        procedure.restore(record)
        db.session.commit()
        assert client.get(file.url).status_code == 200
        procedure.trashed_at = formats.now()
        db.session.commit()
        assert client.get(file.url).status_code == 404

    def test_a_file_that_is_missing_on_the_disk_is_not_found(self, client, picture, made, caplog):
        for path in library.folder().rglob("*.*"):
            path.unlink()
        assert client.get(picture.url).status_code == 404
        assert "an uploaded file is missing" in caplog.text


@pytest.mark.parametrize("key", ["0" * 24, "%" * 24, "_" * 24, "a", ""])
def test_an_unknown_file_is_not_found(client, key):
    library.take_picture(upload(factories.photo(400, 300)))
    db.session.commit()
    assert client.get(f"/tep/{key}/a.pdf").status_code == 404
    assert client.get(f"/anh/{key}-360.webp").status_code == 404


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "Ảnh SVG"),
         (b"\xef\xbb\xbf<?xml version='1.0'?><svg/>", "Ảnh SVG"),
         (b"\0\0\0\x18ftypheic" + b"\0" * 99, "HEIC"),
         (factories.photo(40, 30) + zipped(a="b"), "ẩn nội dung khác"),
         (factories.photo(40, 30) + b"<?php system($_GET[0]); ?>", "ẩn nội dung khác"),
         (factories.photo(40, 30) + b"<ScRiPt>alert(1)</script>", "ẩn nội dung khác")],
    )  # fmt: skip
    @pytest.mark.usefixtures("app")
    def test_a_picture_that_is_something_else_as_well_is_refused(self, content, sentence):
        with pytest.raises(Refused, match=sentence):
            library.take(upload(content, "anh.jpg"))

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [(b"%PDF-1.7\n" + zipped(a="b"), "ẩn tệp khác"),
         (b"%PDF-1.7\n<script>alert(1)</script>", "ẩn tệp khác"),
         (zipped(**DOCX | {"[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled"}),
          "macro"),
         (zipped(**DOCX, **{"word/VBAProject.BIN": "x"}), "macro"),
         (zipped(**{"[Content_Types].xml": "<x/>", "xl/macrosheets/sheet1.xml": "<x/>"}), "macro"),
         (zipped(mimetype="application/vnd.oasis.opendocument.text",
                 **{"Basic/script-lc.xml": "x"}), "macro")],
    )  # fmt: skip
    def test_a_document_that_hides_something_is_refused(self, content, sentence):
        with pytest.raises(Refused, match=sentence):
            document_kind(content)

    def test_a_document_that_unpacks_to_fill_the_memory_is_refused(self):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("[Content_Types].xml", "word/document.xml"):
                archive.writestr(name, b"0" * (151 * 2**20))
        with pytest.raises(Refused, match="nén quá mức"):
            document_kind(made.getvalue())


def pdf(pages: int) -> bytes:
    from pypdf import PdfWriter

    writer, made = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 300)
    writer.write(made)
    return made.getvalue()


@pytest.mark.usefixtures("app")
class TestFacts:
    def test_a_document_says_its_kind_size_and_pages(self):
        file = library.take(upload(pdf(3), "Quyết định số 12.pdf"))
        assert file.facts == f"PDF, {formats.size(file.size)}, 3 trang"
        assert (file.title, file.name) == ("Quyết định số 12", "quyet-dinh-so-12.pdf")

    def test_word_and_excel_say_theirs(self):
        told = zipped(**DOCX, **{"docProps/app.xml": "<Properties><Pages>7</Pages></Properties>"})
        assert library.take(upload(told, "a.docx")).pages == 7
        sheets = {"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>",
                  "xl/worksheets/sheet1.xml": "", "xl/worksheets/sheet2.xml": ""}  # fmt: skip
        assert library.take(upload(zipped(**sheets), "a.xlsx")).facts.endswith("2 trang tính")

    def test_one_that_cannot_be_read_has_no_pages_to_say(self):
        assert library.take(upload(b"%PDF-1.7 broken", "a.pdf")).pages is None


class TestPictures:
    def test_a_photo_of_twelve_million_points_costs_a_phone_sixty_kilobytes(self, client):
        file = library.take_picture(upload(factories.photo(4000, 3000), "IMG.jpg"))
        factories.shown(file)
        assert file.formats == ["avif", "webp", "jpg"]
        assert (file.width, file.height) == (4000, 3000)
        for width in file.widths:
            for form, magic in (("avif", b"ftypavif"), ("webp", b"WEBP"), ("jpg", b"\xff\xd8\xff")):
                answer = client.get(file.picture_url(width, form))
                assert answer.mimetype == {"jpg": "image/jpeg"}.get(form, f"image/{form}")
                assert magic in answer.data[:16]
                assert b"Exif" not in answer.data
                if width <= 720 or form == "avif":
                    assert len(answer.data) <= 60_000, (width, form)

    def test_a_transparent_picture_stays_one_and_its_jpeg_is_on_white(self, client):
        from PIL import Image

        made = io.BytesIO()
        Image.new("RGBA", (50, 40), (255, 0, 0, 0)).save(made, "PNG")
        file = library.take_picture(upload(made.getvalue(), "logo.png"))
        factories.shown(file)
        with Image.open(io.BytesIO(client.get(file.picture_url(50, "webp")).data)) as shown:
            assert shown.mode == "RGBA"
        with Image.open(io.BytesIO(client.get(file.picture_url(50, "jpg")).data)) as shown:
            assert min(shown.convert("RGB").getpixel((20, 20))) > 250

    @pytest.mark.usefixtures("app")
    def test_what_an_iphone_makes_is_taken(self):
        heif = pytest.importorskip("pillow_heif")
        from PIL import Image

        made = io.BytesIO()
        heif.from_pillow(Image.new("RGB", (64, 48), "red")).save(made)
        file = library.take(upload(made.getvalue(), "IMG_1.HEIC"))
        assert (file.width, file.height, file.tint) == (64, 48, "300")

    @pytest.mark.usefixtures("app")
    @pytest.mark.parametrize(
        "film", [b"\0\0\0\x20ftypisom", b"\x1aE\xdf\xa3webm", b"RIFF\0\0\0\0AVI LIST"]
    )
    def test_of_a_film_it_is_said_what_to_do(self, film):
        with pytest.raises(Refused, match="YouTube"):
            library.take(upload(film + b"\0" * 64, "a.mp4"))

    @pytest.mark.parametrize(("percent", "classes"), [((50, 50), ""), ((0, 100), "tk-x0 tk-y10"),
                                                      ((34, 50), "tk-x3")])  # fmt: skip
    def test_the_focal_point_is_a_class_to_the_nearest_tenth(self, percent, classes):
        file = MediaFile(focus_x=percent[0], focus_y=percent[1])
        assert file.focus == classes

    def test_in_a_text_it_is_there_in_every_form_and_short_in_the_form(self, app):
        file = library.take_picture(upload(factories.photo(800, 600), "a.jpg"))
        paper = library.take_document(upload(pdf(2), "Kế hoạch.pdf"))
        short = (f'<figure><img src="{file.url}" alt="Lúa"></figure>'
                 f'<p><a href="{paper.url}" rel="noopener">Kế hoạch</a></p>')  # fmt: skip
        stored = rich_text.canonical(short)
        assert stored == (
            f'<figure><img src="/anh/{file.key}" alt="Lúa"></figure>'
            f'<p><a href="/tep/{paper.key}" rel="noopener">Kế hoạch</a></p>'
        )
        shown = rich_text.expanded(stored)
        assert f'<source type="image/avif" srcset="{file.srcset("avif")}"' in shown
        assert f"Kế hoạch</a> <small>({paper.facts})</small>" in shown
        assert 'width="800" height="600"' in shown
        # Whatever form it comes back in, it is stored in one.
        assert rich_text.canonical(shown) == stored
        assert rich_text.canonical(rich_text.short(stored)) == stored
        assert rich_text.expanded(shown) == shown

    def test_a_picture_that_is_not_there_is_left_out_of_a_text(self, app):
        gone = f'<p>a<img src="/anh/{"0" * 24}-360.jpg" alt="x">b</p>'
        assert rich_text.canonical(gone) == rich_text.expanded(gone) == "<p>ab</p>"

    def test_words_that_look_like_a_link_stay_words(self, app):
        text = '<p>Viết  href="/tin-tuc/1-chu" là sai.</p>'
        assert rich_text.expanded(rich_text.canonical(text)) == text

    def test_a_link_to_an_article_follows_it(self, app):
        article = factories.article("Tên cũ")
        link = (
            f'<p><a href="{article.url}" rel="noopener">x</a> <a href="{article.url}#a">y</a></p>'
        )
        stored = rich_text.canonical(link)
        assert f'href="/tin-tuc/{article.id}"' in stored
        article.slug = "ten-moi"
        db.session.commit()
        assert f'href="/tin-tuc/{article.id}-ten-moi"' in rich_text.expanded(stored)
        assert f'href="/tin-tuc/{article.id}-ten-cu#a"' in rich_text.expanded(stored)


def test_what_lies_in_the_trash_is_not_served(client, chief):
    file = library.take_document(upload(pdf(1), "a.pdf"), chief)
    file.trash(chief)
    db.session.commit()
    assert client.get(file.url).status_code == 404
    assert library.take_document(upload(pdf(1), "a.pdf")).is_trashed is False
