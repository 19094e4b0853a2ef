"""Small files that unpack to mountains are refused in words, within bounds, in another process."""

import io
import re
import zipfile

import pytest

from tanky import reading
from tanky.text import differences, pasting
from tanky.text.folding import fold, nfc

from .. import factories


def zipped(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return made.getvalue()


def word(body: str, doctype: str = "") -> bytes:
    blank = factories.docx(factories.paragraph(factories.run("x")))
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(blank)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "word/document.xml":
                content = doctype + re.sub(
                    r"<w:body>.*</w:body>", f"<w:body>{body}</w:body>", content
                )
            new.writestr(name, content)
    return made.getvalue()


def nested(count: int) -> str:
    return "<w:tbl><w:tr><w:tc>" * count + "</w:tc></w:tr></w:tbl>" * count


WORDS = {
    "a million runs": lambda: word("<w:p>" + "<w:r/>" * 1_000_000 + "</w:p>"),
    "tables within tables": lambda: word(nested(300)),
    "entities": lambda: word("<w:p/>", '<!DOCTYPE a [<!ENTITY b "c">]>'),
    "no archive": lambda: b"PK\x03\x04 not one",
}


@pytest.mark.parametrize("name", WORDS)
def test_a_hostile_word_file_is_refused(tmp_path, name):
    content = WORDS[name]()
    assert len(content) < 100_000
    with pytest.raises(reading.Refused, match=r"Tệp"):
        reading.read("word", content, tmp_path, name="a.docx")


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}'
    "</sheetData></worksheet>"
)
CELLS = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 5001))
SHEETS = {
    "shared strings": zipped(
        xl__sharedStrings_xml="<sst>" + "<si><t>a</t></si>" * 700_000 + "</sst>"
    ),
    "rows": zipped(xl__worksheets__sheet1_xml=SHEET.format("<row/>" * 700_000)),
    "no sheet": zipped(a="b"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_hostile_excel_file_is_refused(name):
    with pytest.raises(reading.Refused, match=r"Excel"):
        reading.read("sheet", SHEETS[name], rows=5000, columns=60)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"%PDF-" + b"<<" * 100_000, b""])
def test_a_broken_pdf_is_refused(content):
    with pytest.raises(reading.Refused):
        reading.read("text", content, extension="pdf")


@pytest.mark.parametrize(
    "html",
    ["<div>" * 800 + "x", "<p>x</p>" * 30_000, "<p " + "a=1 " * 5000 + ">x</p>",
     "<b><i>" * 400 + "x", "<style>" + ".a" * 300_000 + "{font-family:x}</style><p>x</p>"],
)  # fmt: skip
def test_a_hostile_paste_ends_soon(html):
    try:
        pasted = pasting.from_clipboard(html)
    except pasting.TooMuch:
        return
    assert pasted.html == "<p>x</p>"


@pytest.mark.parametrize("html", ["<![>", "<p>a</p><![endif", "<!", "<![CDATA[", "a <! b"])
def test_a_broken_declaration_is_no_fault_of_ours(html):
    assert isinstance(pasting.from_clipboard(html).html, str)


def test_a_heap_of_marks_is_cut_before_it_is_put_in_order():
    heap = "a" + "\u0301\u0323" * 200_000
    assert len(nfc(heap)) < 40
    assert fold(heap) == "a"
    assert nfc("Tiê\u0301ng Viê\u0323t") == "Tiếng Việt"


@pytest.mark.parametrize("control", ["\0", "\b", "\x1b", "\x7f", "\ufffe", "\ud800"])
def test_what_is_no_text_is_left_out(control):
    assert nfc(f"a{control}b") == "ab"
    assert nfc("a\tb\nc") == "a\tb\nc"


@pytest.mark.parametrize(
    ("before", "after"),
    [(["a b c d"] * 4000, ["b", "a b c d"] * 2000),
     ([" ".join("ab" * 8000)], [" ".join("ba" * 8000)]),
     ([f"dòng {n} x y z" for n in range(3000)], [f"câu {n} z y x" for n in range(3000)])],
)  # fmt: skip
def test_long_texts_that_repeat_are_compared_within_bounds(before, after):
    budget = differences.Budget(differences.MOST_WORK)
    differences._opcodes(before, after, budget)
    lines = differences.compare(before, after)
    told = ["".join(text for kind, text in line.parts if kind != "removed")
            for line in lines if line.kind not in ("skipped", "removed")]  # fmt: skip
    assert set(told) <= set(after)
