import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tanky.text.pasting import convert_html, from_clipboard
from tanky.text.sanitise import clean

WORD_LIST = """<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]>
<span style='mso-list:Ignore'>·<span>&nbsp;</span></span><![endif]>Một<o:p></o:p></p>
<p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span
style='mso-list:Ignore'>1.</span>Hai</p>
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><span
style='mso-list:Ignore'>·</span>Ba</p>"""


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("<p class=MsoNormal style='color:red;font-size:14pt'><b>Đậm</b><o:p></o:p></p>",
         "<p><strong>Đậm</strong></p>"),
        (WORD_LIST, "<ul><li>Một<ol><li>Hai</li></ol></li><li>Ba</li></ul>"),
        ("<b style='font-weight:normal'><p><span style='font-weight:700'>G</span> docs</p></b>",
         "<p><strong>G</strong> docs</p>"),
        ("<h1>A</h1><h3>B</h3><p>c</p>", "<h2>A</h2><h3>B</h3><p>c</p>"),
        ("<table border=1><tr><td width=9><p><b>Tên</b></p></td><td><b>Số</b></td></tr>"
         "<tr><td><p>An</p></td><td>1</td></tr></table>",
         "<table><tbody><tr><th>Tên</th><th>Số</th></tr><tr><td>An</td><td>1</td></tr>"
         "</tbody></table>"),
        ("<div>Zalo</div><div>hai<br>dòng</div>", "<p>Zalo</p><p>hai<br>dòng</p>"),
        ("<p>&nbsp;</p><p>a&nbsp;b</p>", "<p>a b</p>"),
        ("<p><a href='https://a.vn' style='x' target=_blank>a</a> <a href='#_ftn1'>[1]</a></p>",
         '<p><a href="https://a.vn" rel="noopener">a</a> [1]</p>'),
        ("<style>p{color:red}</style><script>alert(1)</script><p onclick=x()>a</p>", "<p>a</p>"),
        ("<p>giữ <del>bỏ</del><ins>thêm</ins></p>", "<p>giữ thêm</p>"),
        ("<p>H<span style='vertical-align:sub'>2</span>O</p>", "<p>H<sub>2</sub>O</p>"),
        ("chỉ chữ", "chỉ chữ"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_comes_out(given, made):
    assert from_clipboard(given).html == made


def _table(*rows: str) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row.split("|")) for row in rows)
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


@pytest.mark.parametrize(
    ("rows", "heads"),
    [
        (("STT|Họ tên", "1|An", "2|Bình"), 2),
        (("Xóm|Số hộ nghèo", "Đông|12", "Đoài|1.204"), 2),
        (("<b>Xóm</b>|<b>Người phụ trách</b>", "Đông|Chị Lan"), 2),
        (("|Kế hoạch", "Thóc|120"), 2),
        (("<b>Xóm</b>|<b>2025</b>", "Đông|12"), 2),
        (("Nơi nhận|TM. UBND", "Lưu VT|Chủ tịch"), 0),  # a signature's table: no column has a name
        (("1|12", "2|13"), 0),
        (("Đông|Chị Lan", "Đoài|Anh Ba"), 0),
        (("STT|Họ tên",), 0),
    ],
)
def test_the_row_that_names_the_columns_is_a_head(rows, heads):
    assert from_clipboard(_table(*rows)).html.count("<th>") == heads


def test_a_head_of_two_rows():
    rows = (
        "<tr><td rowspan=2>TT</td><td rowspan=2>Xóm</td><td colspan=2>Hộ</td></tr>"
        "<tr><td>nghèo</td><td>cận nghèo</td></tr>"
        "<tr><td>1</td><td>Đông</td><td>3</td><td>4</td></tr>"
    )
    made = from_clipboard(f"<table>{rows}</table>").html
    assert (made.count("<th"), made.count("<td")) == (5, 4)


def test_pictures_of_elsewhere_are_counted_not_kept():
    pasted = from_clipboard(
        '<p>a<img src="file:///C:/1.png"><img src="https://x.vn/2.png"></p>'
        '<img src="/anh/0123456789abcdef01234567-360.jpg" alt="x">'
    )
    assert pasted.lost_pictures == 2
    assert pasted.html.count("<img") == 1


def test_old_fonts_are_offered_in_unicode_beside_what_was_pasted():
    pasted = from_clipboard(
        "<style>p.a{font-family:'.VnTime'}</style><p class=a>§¨ng ký</p>"
        "<p style=\"font-family:'.VnTimeH'\">ñy ban</p><p>Đã là Unicode</p>"
    )
    assert pasted.encoding == "tcvn3"
    assert "<p>§¨ng ký</p>" in pasted.html
    assert pasted.converted == "<p>Đăng ký</p><p>ỦY BAN</p><p>Đã là Unicode</p>"


def test_a_stored_text_is_converted_without_touching_its_tags():
    html = '<p>x· <a href="https://a.vn/µ" rel="noopener">®­îc</a></p>'
    assert convert_html(html, "tcvn3") == (
        '<p>xã <a href="https://a.vn/µ" rel="noopener">được</a></p>'
    )


@given(st.text(alphabet=st.sampled_from("<>/=\"' abptdlirmgshonfcx:!-&;\n§¨[]"), max_size=300))
@example("http:")
def test_whatever_is_pasted_comes_out_clean(text):
    html = from_clipboard(text).html
    assert clean(html) == html
