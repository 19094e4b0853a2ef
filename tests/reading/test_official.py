"""Official documents: their head is no title, and their numbers stay."""

import pytest

from tanky import reading
from tanky.reading.numbering import formatted

from .. import factories
from ..factories import paragraph, run

BOLD = "<w:b/>"


def cell(*lines: str) -> str:
    return f"<w:tc>{''.join(paragraph(run(line, BOLD), centred=True) for line in lines)}</w:tc>"


def table(left: tuple, right: tuple) -> str:
    return f"<w:tbl><w:tr>{cell(*left)}{cell(*right)}</w:tr></w:tbl>"


MOTTO = ("CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "________",
         "Bình An, ngày 05 tháng 11 năm 2026")  # fmt: skip
LEFT = ("UỶ BAN NHÂN DÂN", "XÃ BÌNH AN", "–––––", "Số: 12/TB-UBND")


def read(tmp_path, *blocks, **parts):
    return reading.read("word", factories.docx(*blocks, **parts), tmp_path, name="van-ban.docx")


def centred(text: str) -> str:
    return paragraph(run(text, BOLD), centred=True)


TEXT = (
    paragraph(run("Căn cứ Luật Thú y năm 2015;")),
    paragraph(run("Uỷ ban nhân dân xã thông báo:")),
)


@pytest.mark.parametrize(
    ("lines", "title"),
    [(("THÔNG BÁO", "Về việc tiêm phòng đợt 2 năm 2026"),
      "Thông báo về việc tiêm phòng đợt 2 năm 2026"),
     (("QUYẾT ĐỊNH", "Về việc công bố danh mục", "thủ tục hành chính"),
      "Quyết định về việc công bố danh mục thủ tục hành chính"),
     (("KẾ HOẠCH", "Phòng, chống thiên tai năm 2026"), "Kế hoạch phòng, chống thiên tai năm 2026"),
     (("NGHỊ ĐỊNH", "Quy định về chuyển đổi số"), "Nghị định quy định về chuyển đổi số"),
     (("GIẤY MỜI",), "Giấy mời số 12/TB-UBND"), (("BÁO CÁO", "V/v thu ngân sách"),
      "Báo cáo về việc thu ngân sách"),
     (("NGHỊ QUYẾT", "VỀ DỰ TOÁN NGÂN SÁCH"), "Nghị quyết về dự toán ngân sách"),
     # What the decree does not list.
     (("PHIẾU LẤY Ý KIẾN",), "Phiếu lấy ý kiến số 12/TB-UBND"),
     (("THÔNG BÁO TUYỂN DỤNG", "viên chức năm 2026"), "Thông báo tuyển dụng viên chức năm 2026"),
     (("DANH SÁCH", "Hộ nghèo năm 2026"), "Danh sách hộ nghèo năm 2026"),
     (("DỰ THẢO", "KẾ HOẠCH", "Phòng chống dịch"), "Dự thảo kế hoạch phòng chống dịch")],
)  # fmt: skip
@pytest.mark.parametrize("laid_out", ["table", "paragraphs"])
def test_the_kind_and_what_it_is_about_make_the_title(tmp_path, lines, title, laid_out):
    head = [table(LEFT, MOTTO)] if laid_out == "table" else list(map(centred, (*LEFT, *MOTTO)))
    told = read(tmp_path, *head, *map(centred, lines), *TEXT)
    assert told["title"] == title
    assert "Số 12/TB-UBND, ngày 5/11/2026" in told["body"]
    assert "CỘNG HOÀ" not in told["body"]
    assert told["source"] == "UỶ BAN NHÂN DÂN XÃ BÌNH AN"
    assert told["lede"] == ""
    assert "Căn cứ Luật Thú y" in told["body"]


def test_a_form_with_the_motto_alone_is_called_by_its_name(tmp_path):
    form = map(centred, (*MOTTO[:3], "TỜ KHAI ĐĂNG KÝ KHAI SINH"))
    told = read(tmp_path, *form, paragraph(run("Kính gửi: UBND xã")), *TEXT)
    assert told["title"] == "Tờ khai đăng ký khai sinh"
    assert "Kính gửi" in told["body"]


def test_a_letter_in_paragraphs_has_its_subject_above_the_motto(tmp_path):
    left = ("UBND XÃ BÌNH AN", "Số: 7/UBND-VP", "V/v trực Tết Nguyên đán")
    head = map(centred, (*left, *MOTTO))
    told = read(tmp_path, *head, paragraph(run("Kính gửi: Các thôn")), *TEXT)
    assert told["title"] == "Về việc trực Tết Nguyên đán"
    assert "Kính gửi" in told["body"]


def test_a_kind_with_a_date_in_its_line_is_the_kind(tmp_path):
    told = read(tmp_path, table(LEFT, MOTTO),
                centred("THÔNG BÁO VỀ VIỆC nghỉ lễ ngày 2 tháng 9 năm 2026"), *TEXT)  # fmt: skip
    assert told["title"] == "Thông báo về việc nghỉ lễ ngày 2 tháng 9 năm 2026"


def test_a_letter_has_its_subject_beside_the_number(tmp_path):
    left = ("UBND XÃ BÌNH AN", "Số: 7/UBND-VP", "V/v trực Tết Nguyên đán")
    told = read(tmp_path, table(left, MOTTO), paragraph(run("Kính gửi: Các thôn")), *TEXT)
    assert told["title"] == "Về việc trực Tết Nguyên đán"
    assert "Kính gửi" in told["body"]


def test_a_text_without_such_a_head_is_read_as_before(tmp_path):
    sentences = map(paragraph, map(run, ("Từ ngày mai có nước.", "Bà con chú ý.")))
    told = read(tmp_path, centred("Thông báo lịch cấp nước"), *sentences)
    assert told["title"] == "Thông báo lịch cấp nước"
    assert told["lede"] == "Từ ngày mai có nước."


def numbered(text: str, list_id: int, level: int = 0) -> str:
    place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return f"<w:p><w:pPr>{place}</w:pPr>{run(text)}</w:p>"


def lists(*levels: tuple[str, str]) -> str:
    made = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (form, text) in enumerate(levels)
    )
    return f'<w:abstractNum w:abstractNumId="0">{made}</w:abstractNum>'\
           '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'  # fmt: skip


def test_numbers_stay_as_word_shows_them(tmp_path):
    levels = lists(("decimal", "Điều %1."), ("decimal", "%2."), ("lowerLetter", "%3)"))
    blocks = [numbered("Phạm vi", 1), numbered("Xã", 1, 1), numbered("thôn", 1, 2),
              numbered("tổ", 1, 2), numbered("Huyện", 1, 1), numbered("Hiệu lực", 1)]  # fmt: skip
    body = read(tmp_path, centred("Tiêu đề bài"), paragraph(run("Mở đầu.")), *blocks,
                numbering=levels)["body"]  # fmt: skip
    shown = ["Điều 1. Phạm vi", "1. Xã", "a) thôn", "b) tổ", "2. Huyện", "Điều 2. Hiệu lực"]
    assert [line for line in shown if line in body] == shown


def test_a_plain_list_stays_a_list_and_an_interrupted_one_goes_on(tmp_path):
    start = [centred("Tiêu đề bài"), paragraph(run("Mở đầu."))]
    plain = lists(("decimal", "%1."))
    body = read(tmp_path, *start, numbered("Một", 1), numbered("Hai", 1), numbering=plain)["body"]
    assert "<ol><li>Một</li><li>Hai</li></ol>" in body
    between = [numbered("Một", 1), paragraph(run("Xen giữa.")), numbered("Hai", 1)]
    body = read(tmp_path, *start, *between, numbering=plain)["body"]
    assert "1. Một" in body
    assert "2. Hai" in body


def test_lists_of_one_kind_go_on_and_one_may_begin_anew(tmp_path):
    again = '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
    anew = ('<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
            '<w:startOverride w:val="5"/></w:lvlOverride></w:num>')  # fmt: skip
    levels = lists(("decimal", "Điều %1.")) + again + anew
    blocks = [numbered("Một", 1), numbered("Hai", 2), numbered("Năm", 3), numbered("Sáu", 3)]
    start = [centred("Tiêu đề bài"), paragraph(run("Mở đầu."))]
    body = read(tmp_path, *start, *blocks, numbering=levels)["body"]
    shown = ["Điều 1. Một", "Điều 2. Hai", "Điều 5. Năm", "Điều 6. Sáu"]
    assert [line for line in shown if line in body] == shown
    levels = lists(("decimal", "%1.")) + anew
    body = read(tmp_path, *start, numbered("Năm", 3), numbered("Sáu", 3), numbering=levels)["body"]
    assert "5. Năm" in body
    assert "6. Sáu" in body


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [(4, "lowerRoman", "iv"), (1990, "upperRoman", "MCMXC"), (28, "lowerLetter", "bb"),
     (3, "decimalZero", "03"), (7, "decimal", "7")],
)  # fmt: skip
def test_numbers_are_formatted(number, form, shown):
    assert formatted(number, form) == shown


def test_what_is_left_out_is_named(tmp_path):
    formula = '<w:p><m:oMath xmlns:m="x"/></w:p>'
    told = read(tmp_path, centred("Tiêu đề bài"), formula, paragraph(run("Xong.")))
    assert "công thức toán" in " ".join(told["remarks"])
