"""A Word file as the parts of an article: title, lede, body, with its pictures taken in.

mammoth reads what the document says (headings, lists, tables, notes, accepted changes) and lets go
of how it looks. What officials write says little by styles, so what they mean is read off the look
first: a title is bold or in the middle, a short bold line is a heading.
"""

import hashlib
import io
import re
import zipfile
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path, PurePath
from xml.etree import ElementTree
from xml.parsers import expat

import mammoth
from bs4 import BeautifulSoup
from mammoth import documents

from ..text import legacy
from ..text.folding import fold, nfc
from ..text.pasting import tidied
from . import numbering, official, xml
from .bounds import Refused, check_unpacked_size

LONGEST_TITLE = 300  # characters, as of the form
LONGEST_HEADING = 120
LONGEST_LEDE = 700
TITLE_WITHIN = 8  # blocks from the top
MOST_PICTURES = 80
_TITLE_STYLES = {"title", "tieu de", "heading 1", "tua de"}
_STYLE_MAP = """
p[style-name='Tanky heading'] => h2:fresh
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
strike => s
"""
_FORMAL = re.compile(r"(?:can cu|kinh gui|thuc hien|theo de nghi|xet de nghi|dieu \d)")
_NOT_READ = {
    b"<m:oMath": "công thức toán",
    b"drawingml/2006/chart": "biểu đồ",
    b"drawingml/2006/diagram": "sơ đồ SmartArt",
    b"<w:object": "đối tượng nhúng",
}
_CAPTION = re.compile(r"^\s*(?:ảnh|hình|nguồn ảnh|trong ảnh)\b", re.I)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass
class Document:
    title: str
    lede: str
    body: str  # clean HTML
    source: str = ""  # who issued it, where it is an official document
    # The same three in Unicode, where the text is of a font before it.
    converted: "Document | None" = None
    encoding: str = ""
    remarks: list[str] = field(default_factory=list)


def read(content: bytes, folder: Path, name: str) -> dict:
    """Read a .docx, and leave its pictures in the folder as ``0``, ``1``…; in the text they stand
    as ``/anh/hinh-0``.

    :param name: of the file, where the document has no title.
    :returns: a :class:`Document` as a dictionary.
    :raises Refused: not a .docx, or one that cannot be opened; the message says what to do.
    """
    check(content)
    remarks = _left_out(content)
    content = numbering.written_out(content)
    pictures = _Pictures(folder, remarks)
    name = PurePath(name.replace("\\", "/")).stem
    try:
        fonts = _Fonts(content)
        document = _made(content, pictures, name, lambda text, font: text, fonts)
        if pictures.outside:
            remarks.append("Ảnh chỉ liên kết ra ngoài tài liệu không đưa vào được; hãy chèn lại.")
        encoding = fonts.met or legacy.detect(" ".join(fonts.texts))
        if encoding:
            document.encoding = encoding
            document.converted = _made(content, pictures, name, _converter(encoding), fonts)
    except Refused:
        raise
    except Exception as error:
        # Whatever is wrong inside a file that a stranger made, it is the file that is at fault.
        raise Refused(_BROKEN) from error
    document.remarks = remarks
    return asdict(document)


def _left_out(content: bytes) -> list[str]:
    """What the document holds that is not read, in sentences."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        try:
            document = archive.read("word/document.xml")
        except KeyError:
            return []
    found = [name for mark, name in _NOT_READ.items() if mark in document]
    if not found:
        return []
    return [f"Trong tệp có {', '.join(found)} không đưa vào bài được; hãy chụp thành ảnh rồi chèn."]


def check(content: bytes) -> None:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(
            "Đây là tệp .doc của Word đời cũ (hoặc tệp có mật khẩu). Hãy mở trong Word, chọn "
            "Lưu thành (Save As) → Word Document (.docx), rồi gửi lại."
        )
    if content.startswith(b"%PDF-"):
        raise Refused(
            "Đây là tệp PDF. Hãy gửi tệp Word (.docx) đã làm ra nó; hoặc viết bài rồi đính kèm PDF."
        )
    if content.startswith(b"{\\rtf"):
        raise Refused("Đây là tệp RTF. Hãy mở trong Word và lưu thành .docx rồi gửi lại.")
    if not content.startswith(b"PK\x03\x04"):
        raise Refused("Tệp không phải là .docx. Hãy mở trong Word và lưu thành .docx rồi gửi lại.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_unpacked_size(archive)
            names = set(archive.namelist())
            if "mimetype" in names and "content.xml" in names:
                raise Refused("Đây là tệp OpenDocument. Hãy lưu thành .docx rồi gửi lại.")
            if not any(n.startswith("word/") for n in names):
                raise Refused("Tệp này không phải văn bản Word. Hãy gửi tệp .docx.")
        xml.check(content, ("word/", "_rels/", "[Content_Types]"))
    except Refused:
        raise
    except xml.TooMuch:
        raise Refused(_TOO_COMPLEX) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError,
            expat.ExpatError, xml.HasEntities) as error:  # fmt: skip
        raise Refused(_BROKEN) from error


_TOO_COMPLEX = (
    "Tệp Word quá dài hoặc quá phức tạp nên không đọc được. Hãy chép phần cần dùng sang một tệp "
    "mới rồi gửi lại."
)
_BROKEN = "Tệp bị hỏng hoặc không phải .docx thật. Hãy mở trong Word, lưu lại thành .docx rồi gửi."


def _converter(encoding: str):
    def convert(text: str, font: str) -> str:
        own = legacy.encoding_of_font(font)
        capitals = font if own == legacy.TCVN3 else ""
        if own or legacy.detect(text) == encoding:
            return legacy.to_unicode(text, own or encoding, capitals)
        # A part in a font that says nothing is taken as the rest of its document, unless it is
        # Unicode already; fonts that Word itself puts in say nothing about the letters.
        return text if legacy.is_unicode(text) else legacy.to_unicode(text, encoding)

    return convert


class _Fonts:
    """The font of each run where it is said by a style, and what was met on the way."""

    def __init__(self, content: bytes):
        self.met = ""
        self.texts: list[str] = []
        self._styles: dict[str, tuple[str, str]] = {}  # id → its own font, the style it is based on
        self._default = ""
        self._normal = ""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if "word/styles.xml" in archive.namelist():
                self._read(archive.read("word/styles.xml"))

    def _read(self, xml: bytes) -> None:
        root = ElementTree.fromstring(xml)  # noqa: S314 - no DOCTYPE, as check saw to
        self._default = _ascii_font(root.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr"))
        for style in root.iter(f"{_W}style"):
            based = style.find(f"{_W}basedOn")
            id = style.get(f"{_W}styleId", "")
            base = based.get(f"{_W}val", "") if based is not None else ""
            self._styles[id] = (_ascii_font(style.find(f"{_W}rPr")), base)
            if style.get(f"{_W}type") == "paragraph" and style.get(f"{_W}default") == "1":
                self._normal = id

    def of(self, paragraph, run) -> str:
        if run.font:
            return run.font
        for style in (run.style_id, (paragraph and paragraph.style_id) or self._normal):
            seen = set()
            while style and style not in seen:
                seen.add(style)
                own, base = self._styles.get(style, ("", ""))
                if own:
                    return own
                style = base
        return self._default

    def note(self, text: str, font: str) -> None:
        encoding = legacy.encoding_of_font(font)
        if encoding and not text.isascii() and not legacy.is_unicode(text):
            self.met = encoding
        elif not encoding:
            self.texts.append(text)


def _ascii_font(properties) -> str:
    fonts = properties.find(f"{_W}rFonts") if properties is not None else None
    return fonts.get(f"{_W}ascii", "") if fonts is not None else ""


class _Pictures:
    """Leaves each picture of the document in the folder, once."""

    def __init__(self, folder: Path, remarks: list[str]):
        self._folder = folder
        self._remarks = remarks
        self._taken: dict[bytes, str] = {}
        self.outside = False

    def __call__(self, image) -> dict:
        with image.open() as stream:
            content = stream.read()
        digest = hashlib.sha256(content).digest()
        if digest not in self._taken:
            self._taken[digest] = self._take(content, image.content_type or "")
        return {"src": self._taken[digest]}

    def _take(self, content: bytes, kind: str) -> str:
        number = len(self._taken)
        if number >= MOST_PICTURES:
            return self._refuse(f"Tài liệu có hơn {MOST_PICTURES} ảnh; các ảnh sau bị bỏ.")
        if "emf" in kind or "wmf" in kind:
            return self._refuse(
                "Một hình vẽ kiểu cũ của Word (EMF/WMF) không đưa lên được; hãy chụp hoặc lưu "
                "thành PNG rồi chèn lại."
            )
        (self._folder / str(number)).write_bytes(content)
        return f"/anh/hinh-{number}"

    def _refuse(self, sentence: str) -> str:
        if sentence not in self._remarks:
            self._remarks.append(sentence)
        return ""


def _made(content: bytes, pictures, name: str, convert, fonts: _Fonts) -> Document:
    """The document with each run's text put through ``convert(text, font)``."""
    found: dict[str, str] = {}

    def transform(document):
        document = _with_texts(document, convert, fonts)
        children = list(document.children)
        head = official.head_of([_lines(child) for child in children[: official.WITHIN]])
        if head:
            found.update(title=head.title, line=head.line, source=head.issuer)
            found["lede"], children = _take_lede(children[head.end :], 0)
        if not found.get("title"):
            children, found["title"], found["lede"] = _parts(children)
        return document.copy(children=[_with_heading(child) for child in children])

    result = mammoth.convert_to_html(
        io.BytesIO(content),
        transform_document=transform,
        style_map=_STYLE_MAP,
        include_embedded_style_map=False,
        convert_image=mammoth.images.img_element(pictures),
    )
    pictures.outside = any("external" in message.message for message in result.messages)
    soup = BeautifulSoup(result.value, "html.parser")
    _notes(soup)
    _figures(soup)
    title = found["title"] or nfc(re.sub(r"[-_ ]+", " ", name)).strip()
    body = tidied(soup)
    if line := found.get("line"):
        body = f"<p><em>{escape(line)}</em></p>\n{body}"
    return Document(title[:LONGEST_TITLE], found["lede"], body, found.get("source", "")[:200])


def _lines(block) -> str:
    """A block's text, its cells, paragraphs and lines parted by line breaks."""
    if isinstance(block, documents.Paragraph):
        text = "".join(
            "\n" if isinstance(piece, documents.Break) else piece.value
            for piece in _leaves(block)
            if isinstance(piece, (documents.Break, documents.Text))
        )
        return "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(filter(None, (_lines(child) for child in getattr(block, "children", ()))))


def _leaves(element):
    for child in getattr(element, "children", ()):
        if getattr(child, "children", None):
            yield from _leaves(child)
        else:
            yield child


def _with_texts(element, convert, fonts: _Fonts, paragraph=None):
    """The element with the text of all its runs converted; notes of the document as well."""
    if isinstance(element, documents.Paragraph):
        paragraph = element
    if isinstance(element, documents.Run):
        font = fonts.of(paragraph, element)
        children = []
        for child in element.children:
            if isinstance(child, documents.Text):
                fonts.note(child.value, font)
                child = child.copy(value=nfc(convert(child.value, font)))
            else:
                child = _with_texts(child, convert, fonts, paragraph)
            children.append(child)
        return element.copy(children=children)
    if isinstance(element, documents.HasChildren):
        children = [_with_texts(child, convert, fonts, paragraph) for child in element.children]
        return element.copy(children=children)
    return element


def _parts(children: list) -> tuple[list, str, str]:
    """The blocks without the title and the lede, and those two as plain text."""
    rest = list(children)
    title, lede = "", ""
    for index, block in enumerate(rest[:TITLE_WITHIN]):
        if not isinstance(block, documents.Paragraph) or not _text(block):
            continue
        if not _is_title(block):
            break
        end = index + 1
        # A title broken over two lines, each in the middle and bold.
        while end < len(rest) and _continues_title(block, rest[end]):
            end += 1
        title = " ".join(_text(part) for part in rest[index:end])
        if len(title) > LONGEST_TITLE:
            title, end = _text(block), index + 1
        del rest[index:end]
        lede, rest = _take_lede(rest, index)
        break
    return rest, title, lede


def _take_lede(blocks: list, start: int) -> tuple[str, list]:
    for index in range(start, min(start + 4, len(blocks))):
        block = blocks[index]
        if not isinstance(block, documents.Paragraph):
            break
        text = _text(block)
        if not text:
            if _has_picture(block):
                break
            continue
        more = any(_text(other) for other in blocks[index + 1 :])
        whole = _all_runs(block, "is_bold") or _all_runs(block, "is_italic")
        # A sentence, and none of the many that an official document is founded on.
        fits = len(text) <= LONGEST_LEDE and text[-1] in ".!?…”" and not _FORMAL.match(fold(text))
        fits = fits or (whole and len(text) <= LONGEST_LEDE and text[-1].isalnum())
        if more and fits and not _is_list(block) and not _is_heading(block):
            return text, blocks[:index] + blocks[index + 1 :]
        break
    return "", blocks


def _with_heading(block):
    if not isinstance(block, documents.Paragraph) or not _is_heading(block):
        return block
    if (block.style_name or "").lower().startswith("heading"):
        return block
    return block.copy(style_name="Tanky heading", style_id=None)


def _is_title(block) -> bool:
    text = _text(block)
    if not 3 <= len(text) <= LONGEST_TITLE or _is_list(block):
        return False
    if fold(block.style_name or "") in _TITLE_STYLES:
        return True
    stands_out = _all_runs(block, "is_bold") or block.alignment == "center"
    return stands_out or (len(text) <= 150 and text[-1] not in ".:;,")


def _continues_title(first, block) -> bool:
    return (
        isinstance(block, documents.Paragraph)
        and bool(_text(block))
        and first.alignment == block.alignment == "center"
        and _all_runs(first, "is_bold")
        and _all_runs(block, "is_bold")
        and not _is_list(block)
    )


def _is_heading(block) -> bool:
    """A line of its own, short and bold throughout, that does not end as a sentence does."""
    name = (block.style_name or "").lower()
    if name.startswith("heading"):
        return True
    text = _text(block)
    return (
        0 < len(text) <= LONGEST_HEADING
        and text[-1] not in ".;,…"
        and _all_runs(block, "is_bold")
        and not _is_list(block)
        and block.alignment not in ("right", "end")
        and not _has_picture(block)
    )


def _is_list(block) -> bool:
    return block.numbering is not None


def _all_runs(block, look: str) -> bool:
    runs = [run for run in _runs(block) if _text(run)]
    return bool(runs) and all(getattr(run, look) for run in runs)


def _runs(element):
    for child in getattr(element, "children", ()):
        if isinstance(child, documents.Run):
            yield child
        else:
            yield from _runs(child)


def _text(element) -> str:
    return " ".join("".join(_pieces(element)).split())


def _pieces(element):
    for child in getattr(element, "children", ()):
        if isinstance(child, documents.Text):
            yield child.value
        elif isinstance(child, (documents.Tab, documents.Break)):
            yield " "
        else:
            yield from _pieces(child)


def _has_picture(element) -> bool:
    return any(
        isinstance(child, documents.Image) or _has_picture(child)
        for child in getattr(element, "children", ())
    )


def _notes(soup: BeautifulSoup) -> None:
    """Footnotes as plain numbers and, at the end, plain paragraphs: they survive any editor."""
    for item in soup.find_all("li", id=re.compile(r"^(?:foot|end)note-\d+$")):
        for back in item.find_all("a", href=re.compile(r"^#(?:foot|end)note-ref-")):
            back.decompose()
    for notes in soup.find_all("ol"):
        items = notes.find_all("li", id=re.compile(r"^(?:foot|end)note-\d+$"), recursive=False)
        if not items:
            continue
        notes.insert_before(soup.new_tag("hr"))
        for number, item in enumerate(items, start=1):
            paragraph = soup.new_tag("p")
            mark = soup.new_tag("sup")
            mark.string = f"[{number}]"
            for block in item.find_all("p"):
                block.unwrap()
            paragraph.append(mark)
            paragraph.append(" ")
            paragraph.extend(list(item.contents))
            notes.insert_before(paragraph)
        notes.decompose()


def _figures(soup: BeautifulSoup) -> None:
    """A picture stands for itself, with the line below it as its caption where it is one."""
    for picture in soup.find_all("img"):
        if not picture.get("src"):
            picture.decompose()
            continue
        picture["alt"] = _alt(str(picture.get("alt", "")))
        if picture.find_parent(["td", "th", "figure"]):
            continue
        block = picture.find_parent(["p", "h1", "h2", "h3", "h4", "h5", "h6", "li"])
        figure = soup.new_tag("figure")
        if block is None or block.name == "li":
            picture.wrap(figure)
            continue
        block.insert_before(figure)
        figure.append(picture.extract())
        rest = " ".join(block.get_text().split())
        if rest and not block.find("img") and len(rest) <= 300:
            _caption(soup, figure, rest)
            block.decompose()
            continue
        if not rest and not block.find("img"):
            block.decompose()
        below = figure.find_next_sibling()
        if below is not None and below.name == "p" and not below.find("img"):
            text = " ".join(below.get_text().split())
            italic = "".join(part.get_text() for part in below.find_all("em"))
            slanted = " ".join(italic.split()) == text
            if text and len(text) <= 300 and (slanted or _CAPTION.match(text)):
                _caption(soup, figure, text)
                below.decompose()


def _alt(text: str) -> str:
    """What the writer said of the picture; what Word put there by itself says nothing."""
    text = " ".join(nfc(text).split())
    described_by_machine = re.search(r"description automatically generated|^https?://", text, re.I)
    return "" if described_by_machine or re.fullmatch(r"[\w-]+\.\w{3,4}", text) else text[:300]


def _caption(soup: BeautifulSoup, figure, text: str) -> None:
    caption = soup.new_tag("figcaption")
    caption.string = text
    figure.append(caption)
