"""Word files as others write them: the parts that Word itself puts there."""

import io
import zipfile

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.media import rich_text
from tanky.media.models import MediaFile
from tanky.news.models import Article, State
from tanky.records.revisions import Revision

from .. import factories
from ..factories import docx, drawing, paragraph, run

pytestmark = pytest.mark.on_sqlite
BOLD, ITALIC = "<w:b/>", "<w:i/>"
VNTIME = '<w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/>'
NUMBERED = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>{}</w:p>'


@pytest.fixture
def desk(desk_of, writer):
    return desk_of(writer)


def sent(desk, content: bytes, name: str = "bai.docx"):
    file = (io.BytesIO(content), name)
    return desk.post("/bien-tap/tin-tuc/nhap-word", file=file)


def one_line(html: str) -> str:
    """Stored HTML without the line breaks that part its blocks."""
    return html.replace("\n", "")


def article() -> Article:
    return db.session.scalar(select(Article).order_by(Article.id.desc()))


def test_title_lede_headings_and_text_become_a_draft(desk, writer):
    answer = sent(
        desk,
        docx(
            paragraph(run("")),
            paragraph(run("ĐƯỢC MÙA", BOLD), centred=True),
            paragraph(run("VỤ ĐÔNG", BOLD), centred=True),
            paragraph(run("Bà con vui vì rau được giá.", BOLD)),
            paragraph(run("1. Về diện tích", BOLD)),
            paragraph(run("Toàn xã có "), run("120 ha", BOLD), run(", "), run("vượt", ITALIC),
                      run(" kế hoạch.", '<w:color w:val="FF0000"/><w:sz w:val="40"/>')),
            paragraph(run("Kết luận ngắn.")),
        ),
    )  # fmt: skip
    made = article()
    assert answer.location == f"/bien-tap/tin-tuc/{made.id}"
    assert made.title == "ĐƯỢC MÙA VỤ ĐÔNG"
    assert made.lede == "Bà con vui vì rau được giá."
    assert one_line(made.body) == (
        "<h2>1. Về diện tích</h2><p>Toàn xã có <strong>120 ha</strong>, <em>vượt</em> kế hoạch.</p>"
        "<p>Kết luận ngắn.</p>"
    )
    assert (made.state, made.writer_id) == (State.DRAFT, writer.id)
    assert db.session.scalar(select(Revision.note)) == "Nhập từ bai.docx"


def test_accepted_changes_stay_and_deleted_text_goes(desk):
    changed = ('<w:ins w:author="A">{}</w:ins><w:del w:author="A"><w:r><w:delText>bỏ</w:delText>'
               "</w:r></w:del>").format(run("thêm "))  # fmt: skip
    sent(desk, docx(paragraph(run("Tiêu đề", BOLD)), paragraph(run("Giữ "), changed, run("nốt."))))
    assert "thêm nốt" in article().body + article().lede
    assert "bỏ" not in article().body + article().lede


def test_footnotes_are_numbers_and_lines_at_the_end(desk):
    note = f'<w:footnote w:id="2">{paragraph(run("Theo báo cáo."))}</w:footnote>'
    sent(desk, docx(paragraph(run("Tiêu đề", BOLD)), paragraph(run("Mở.")),
                    paragraph(run("Số liệu"), '<w:r><w:footnoteReference w:id="2"/></w:r>'),
                    footnotes=note))  # fmt: skip
    assert one_line(article().body) == (
        "<p>Số liệu<sup>[1]</sup></p><hr><p><sup>[1]</sup> Theo báo cáo.</p>"
    )


def test_tables_keep_their_head_and_merged_cells(desk):
    def cell(text, look="", span=""):
        return f"<w:tc><w:tcPr>{span}</w:tcPr>{paragraph(run(text, look))}</w:tc>"

    table = ("<w:tbl><w:tr>" + cell("Thôn", BOLD) + cell("Hộ", BOLD) + "</w:tr><w:tr>"
             + cell("Đông") + cell("12") + "</w:tr><w:tr>"
             + cell("Cộng", span='<w:gridSpan w:val="2"/>') + "</w:tr></w:tbl>")  # fmt: skip
    sent(desk, docx(paragraph(run("Tiêu đề", BOLD)), table, paragraph(run("Hết."))))
    assert one_line(article().body) == (
        "<table><tbody><tr><th>Thôn</th><th>Hộ</th></tr><tr><td>Đông</td><td>12</td></tr>"
        '<tr><td colspan="2">Cộng</td></tr></tbody></table><p>Hết.</p>'
    )


def test_pictures_go_through_the_library_with_caption_and_alt(desk, client):
    photo = factories.photo(800, 600)
    sent(
        desk,
        docx(
            paragraph(run("Tiêu đề", BOLD)),
            paragraph(run("Mở bài.")),
            paragraph(drawing("p1", "Bà con gặt lúa")),
            paragraph(run("Ảnh: Minh An", ITALIC)),
            paragraph(drawing("p2")),
            pictures={"p1": ("image1.jpeg", photo), "p2": ("image2.emf", b"\1\0\0\0emf")},
        ),
    )
    body = article().body
    kept = db.session.scalars(select(MediaFile)).one()
    assert 'alt="Bà con gặt lúa"' in body
    assert "<figcaption>Ảnh: Minh An</figcaption>" in body
    assert f'srcset="{kept.srcset("avif")}"' in rich_text.expanded(body)
    assert desk.get(kept.picture_url(720)).status_code == 200
    assert client.get(kept.picture_url(720)).status_code == 404
    page = desk.get(f"/bien-tap/tin-tuc/{article().id}").get_data(as_text=True)
    assert "EMF/WMF" in page
    assert body.count("<img") == 1


class TestOldFonts:
    CONTENT = docx(
        paragraph(run("®­îc mïa vô ®«ng", VNTIME + BOLD), centred=True),
        paragraph(run("ñy ban nh©n d©n x· th«ng b¸o.", VNTIME)),
        paragraph(run("Đoạn này đã là Unicode.")),
    )

    def test_before_and_after_are_shown_and_nothing_is_made_yet(self, desk):
        answer = sent(desk, self.CONTENT)
        page = answer.get_data(as_text=True)
        assert "TCVN3 (ABC)" in page
        assert "®­îc mïa vô ®«ng" in page
        assert "được mùa vụ đông" in page
        assert article() is None

    @pytest.mark.parametrize(("side", "title"), [(0, "®­îc mïa vô ®«ng"), (1, "được mùa vụ đông")])
    def test_the_draft_is_the_side_chosen(self, desk, side, title):
        page = sent(desk, self.CONTENT).get_data(as_text=True)
        form = page.split("/bien-tap/tin-tuc/nhap-word/chon")[side + 1]
        fields = {name: form.split(f'name="{name}" value="')[1].split('"')[0]
                  for name in ("title", "lede", "name")}  # fmt: skip
        desk.post("/bien-tap/tin-tuc/nhap-word/chon", body="<p>Đoạn này đã là Unicode.</p>",
                  **fields)  # fmt: skip
        assert article().title == title

    def test_the_font_may_be_said_by_the_style_alone(self, desk):
        styles = ('<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:rPr>'
                  f"{VNTIME}</w:rPr></w:style>")  # fmt: skip
        content = docx(paragraph(run("Th«ng b¸o", BOLD)), paragraph(run("x· §«ng")), styles=styles)
        page = sent(desk, content).get_data(as_text=True)
        assert "Thông báo" in page
        assert "xã Đông" in page

    def test_a_saved_article_is_converted_on_demand_and_can_be_taken_back(self, desk, writer):
        made = factories.article("Th«ng b¸o", lede="", body="<p>®­îc mïa, n­íc vÒ ®ång</p>",
                                 state=State.DRAFT, writer_id=writer.id)  # fmt: skip
        address = f"/bien-tap/tin-tuc/{made.id}"
        page = desk.get(f"{address}/chuyen-ma").get_data(as_text=True)
        assert "được mùa, nước về đồng" in page
        desk.post(f"{address}/chuyen-ma")
        assert article().title == "Thông báo"
        desk.post(f"{address}/phien-ban/1/khoi-phuc")
        assert article().title == "Th«ng b¸o"

    def test_unicode_is_said_to_be_so(self, desk, writer):
        made = factories.article("Thông báo", state=State.DRAFT, writer_id=writer.id)
        page = desk.get(f"/bien-tap/tin-tuc/{made.id}/chuyen-ma").get_data(as_text=True)
        assert "chữ đã là Unicode" in page


def zipped(**files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Đây là tệp .doc"),
     (b"%PDF-1.7", "Đây là tệp PDF"), (b"{\\rtf1 x}", "RTF"), (b"hello", "không phải là .docx"),
     (b"", "không phải là .docx"), (b"PK\x03\x04rubbish", "Tệp bị hỏng"),
     (zipped(a="b"), "không phải văn bản Word"),
     (zipped(word__document_xml="<x/>"), "Tệp bị hỏng"),
     (zipped(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<x/>"}),
      "OpenDocument"),
     (zipped(**{"word/document.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}), "Tệp bị hỏng"),
     (zipped(**{"word/document.xml": b"\0" * (301 * 2**20)}), "Tệp nén quá mức")],
)  # fmt: skip
def test_what_is_no_word_file_is_refused_with_what_to_do(desk, content, sentence):
    answer = sent(desk, content)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert article() is None


def test_nothing_chosen_is_said(desk):
    answer = desk.post("/bien-tap/tin-tuc/nhap-word")
    assert answer.status_code == 422
    assert "Hãy chọn một tệp .docx." in answer.get_data(as_text=True)


def test_what_is_pasted_comes_back_clean(desk):
    told = desk.post("/bien-tap/dan", html="<p style='font-family:.VnTime'>x· héi</p>").json
    assert told == {"html": "<p>x· héi</p>", "converted": "<p>xã hội</p>",
                    "encoding": "TCVN3 (ABC)", "lost_pictures": 0, "lost_videos": 0}  # fmt: skip
    assert desk.post("/bien-tap/dan", html="x" * 3_000_001).status_code == 413


def test_a_form_of_a_million_fields_is_not_read(desk):
    token = desk.token("/bien-tap/mat-khau")
    form = f"csrf_token={token}" + "&a=1" * 1_000_000
    sent = desk.client.post("/bien-tap/dan", data=form,
                            content_type="application/x-www-form-urlencoded")  # fmt: skip
    assert sent.status_code == 413


def test_videos_that_were_pasted_are_told(desk):
    video = '<p>a</p><iframe src="https://www.youtube.com/embed/abc"></iframe>'
    assert desk.post("/bien-tap/dan", html=video).json["lost_videos"] == 1
