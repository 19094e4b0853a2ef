"""What Word, Excel, a web page or Zalo put on the clipboard, as the plain good HTML of an article.

Fonts, colours, sizes and Word's own marks go; headings, lists, tables, bold, italic and links stay.
"""

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from io import StringIO

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PageElement, PreformattedString

from . import legacy, sanitise

BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "tr", "td",
          "th", "thead", "tbody", "tfoot", "caption", "blockquote", "figure", "figcaption", "pre",
          "hr", "section", "article", "header", "footer", "main", "aside", "center",
          "dl", "dt", "dd", "body", "html"}  # fmt: skip
_DROPPED = ["script", "style", "head", "meta", "link", "title", "xml", "template", "iframe",
            "object", "embed", "svg", "button", "input", "select", "textarea", "del"]  # fmt: skip
_FONT_FAMILY = re.compile(r"font-family\s*:\s*([^;,}]+)", re.I)
_CLASS = re.compile(r"\.([\w-]{1,80})")
_BROKEN_DECLARATION = re.compile(r"<!\[(?:[^\]<>]{0,40})>|<!(?=[^-\[a-zA-Z])")
_VOID = {"br", "img", "hr", "meta", "link", "col", "input", "wbr", "area", "base", "source"}
MOST_TAGS = 20_000
DEEPEST = 100
MOST_ATTRIBUTES = 60  # of one tag
MOST_RULES = 2000  # of style
LONGEST_HEAD = 80  # characters above a column
_NUMBER = re.compile(r"[-+]?\d[\d.,/ ]*%?")
_ORDER = re.compile(r"(?i)s?tt|số tt|số thứ tự")
_MSO_LIST = re.compile(r"mso-list\s*:\s*l(\d+)\s+level(\d+)", re.I)
_NUMBERED = re.compile(r"^\s*\(?(?:\d+|[a-zđ]|[ivx]+)[.)]", re.I)
_LINK = re.compile(r"(?:https?://|mailto:|tel:|/)[^\s]", re.I)
_BLANKS_WITHIN = re.compile(
    r"(<(?:p|li|t[dh]|h[2-4]|figcaption)(?: [^>]*)?>)\s+|\s+(</(?:p|li|t[dh]|h[2-4]|figcaption)>)"
)
_BLANKS_AFTER = re.compile(
    r"(</(?:p|h[2-4]|[uo]l|li|table|t[rdh]|thead|tbody|figure|blockquote)>)\s+(?=<)"
)
_SPACES = re.compile(r"[ \t\r\n\f]+")


@dataclass(frozen=True)
class Pasted:
    html: str
    # The same in Unicode, and the encoding it was in, where the text is of a font before Unicode.
    converted: str = ""
    encoding: str = ""
    lost_pictures: int = 0
    lost_videos: int = 0


def from_clipboard(html: str) -> Pasted:
    """Clean HTML of the kind that :func:`sanitise.clean` lets through."""
    soup = _parsed(html)
    fonts = _fonts_of_classes(soup)
    converted_soup = copy(soup)
    encoding = _convert(converted_soup, fonts)
    lost = sum(not _is_ours(_value(picture, "src")) for picture in soup.find_all("img"))
    videos = len(soup.find_all(["iframe", "video", "embed", "object"]))
    plain = _cleaned(soup)
    converted = _cleaned(converted_soup) if encoding else ""
    return Pasted(plain, converted, encoding, lost, videos)


class TooMuch(ValueError):
    """More marks, or deeper ones, than any text has."""


class _Counter(HTMLParser):
    """Counts before anything is made of it; half of what follows takes the square of these."""

    def __init__(self) -> None:
        super().__init__()
        self.tags = self.depth = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        self.depth += tag not in _VOID
        if self.tags > MOST_TAGS or self.depth > DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            raise TooMuch

    def handle_endtag(self, tag: str) -> None:
        self.depth = max(0, self.depth - 1)


def _soup(html: str) -> BeautifulSoup:
    # Read as a file: of a string that is only an address, the parser warns that it opens none.
    return BeautifulSoup(StringIO(html), "html.parser")


def _parsed(html: str) -> BeautifulSoup:
    """:raises TooMuch: see :class:`_Counter`."""
    # A declaration that breaks off, such as "<![>", makes html.parser give up.
    html = _BROKEN_DECLARATION.sub("", html)
    try:
        _Counter().feed(html)
    except AssertionError:
        return _soup(escape(sanitise.plain(html)))
    return _soup(html)


def convert_html(html: str, encoding: str) -> str:
    """Stored HTML with its words turned from a legacy encoding into Unicode."""
    soup = _soup(html)
    for node in list(soup.find_all(string=True)):
        node.replace_with(legacy.to_unicode(str(node), encoding))
    for picture in soup.find_all("img", alt=True):
        picture["alt"] = legacy.to_unicode(_value(picture, "alt"), encoding)
    return sanitise.clean(str(soup))


def tidied(soup: BeautifulSoup) -> str:
    """Semantic HTML as an article has it: headings from h2 on, no empty blocks, tables with heads.

    For what a converter made; :func:`from_clipboard` ends here as well.
    """
    _level_headings(soup)
    _flatten_cells(soup)
    for block in soup.find_all(["p", "h2", "h3", "h4", "li", "blockquote", "strong", "em"]):
        if block.parent and not block.get_text(strip=True) and not block.find(["img", "table"]):
            # A line break within bold is a line break; an empty paragraph is only distance.
            block.unwrap() if block.name in ("strong", "em") else block.decompose()
    for link in soup.find_all("a"):
        if not _LINK.match(_value(link, "href").strip()):
            link.unwrap()  # a bookmark of Word, or nothing to follow
    for table in soup.find_all("table"):
        _head(table)
    return _BLANKS_WITHIN.sub(r"\1\2", _BLANKS_AFTER.sub(r"\1", sanitise.clean(str(soup))))


def _cleaned(soup: BeautifulSoup) -> str:
    # Comments, and Word's "<![if !supportLists]>".
    for aside in soup.find_all(string=lambda text: isinstance(text, PreformattedString)):
        aside.extract()
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    for tag in soup.find_all(True):
        if tag.decomposed:
            continue
        style = _value(tag, "style").lower()
        if re.search(r"mso-hide\s*:\s*all|display\s*:\s*none", style):
            tag.decompose()
    _lists(soup)
    for picture in soup.find_all("img"):
        if not _is_ours(_value(picture, "src")):
            picture.decompose()
    for tag in soup.find_all(True):
        _semantic(tag)
    for node in list(soup.find_all(string=True)):
        if not node.find_parent("pre"):
            node.replace_with(_SPACES.sub(" ", str(node).replace("\xa0", " ")))
    _paragraphs(soup)
    return tidied(soup)


def _value(tag: Tag, attribute: str) -> str:
    """Of an attribute that is no list of names, as ``class`` is."""
    value = tag.get(attribute)
    return value if isinstance(value, str) else " ".join(value or ())


def _is_ours(address: str) -> bool:
    return address.startswith("/anh/")


def _fonts_of_classes(soup: BeautifulSoup) -> dict[str, str]:
    fonts: dict[str, str] = {}
    for style in soup.find_all("style"):
        for rule in style.get_text().split("}", MOST_RULES)[:MOST_RULES]:
            selector, _, declarations = rule.partition("{")
            if found := _FONT_FAMILY.search(declarations):
                fonts |= dict.fromkeys(_CLASS.findall(selector[:500]), found.group(1))
    return fonts


def _convert(soup: BeautifulSoup, fonts: dict[str, str]) -> str:
    """Turn what is legacy into Unicode in place; the encoding met, or ''."""
    met = ""
    undecided = []
    for node in list(soup.find_all(string=True)):
        if isinstance(node, PreformattedString) or node.find_parent(["style", "script", "head"]):
            continue
        font = _font(node, fonts)
        encoding = legacy.encoding_of_font(font)
        if encoding and not str(node).isascii() and not legacy.is_unicode(str(node)):
            node.replace_with(legacy.to_unicode(str(node), encoding, font))
            met = encoding
        elif encoding == legacy.TCVN3 and legacy.draws_capitals(font):
            node.replace_with(str(node).upper())
        elif not encoding:
            undecided.append(node)
    if guessed := legacy.detect(" ".join(str(node) for node in undecided)):
        for node in undecided:
            node.replace_with(legacy.to_unicode(str(node), guessed))
        met = guessed
    return met


def _font(node: NavigableString, fonts: dict[str, str]) -> str:
    for parent in node.parents:
        if not isinstance(parent, Tag):
            continue
        if parent.get("face"):
            return _value(parent, "face")
        if found := _FONT_FAMILY.search(_value(parent, "style")):
            return found.group(1)
        for name in parent.get("class") or ():
            if name in fonts:
                return fonts[name]
    return ""


def _semantic(tag: Tag) -> None:
    """What a style says, said by a tag; every other mark of look goes with the sanitiser."""
    style = _value(tag, "style").lower().replace(" ", "")
    weight = re.search(r"font-weight:(\w+)", style)
    if tag.name in ("b", "strong") and weight and weight.group(1) in ("normal", "400"):
        tag.unwrap()  # what Google Docs wraps everything in
        return
    if tag.name == "b":
        tag.name = "strong"
    elif tag.name == "i":
        tag.name = "em"
    elif tag.name in ("strike",):
        tag.name = "s"
    elif tag.name == "center":
        tag.name = "p"
    elif tag.name in ("h5", "h6"):
        tag.name = "h4"
    wanted = []
    if tag.name in ("span", "font"):
        if weight and (weight.group(1) in ("bold", "bolder") or weight.group(1) >= "600"):
            wanted.append("strong")
        if "font-style:italic" in style:
            wanted.append("em")
        if "vertical-align:super" in style:
            wanted.append("sup")
        elif "vertical-align:sub" in style:
            wanted.append("sub")
        if "line-through" in style:
            wanted.append("s")
    if wanted and tag.get_text(strip=True):
        tag.name, tag.attrs = wanted[0], {}
        for name in wanted[1:]:
            outer = BeautifulSoup("", "html.parser").new_tag(name)
            tag.wrap(outer)


def _lists(soup: BeautifulSoup) -> None:
    """Word's paragraphs that only look like a list become one."""
    for first in soup.find_all("p", style=_MSO_LIST):
        if first.find_parent(["ul", "ol"]) is not None or first.parent is None:
            continue
        run = [first]
        while (following := _next_element(run[-1])) is not None and _level(following):
            run.append(following)
        anchor = NavigableString("")
        first.insert_before(anchor)
        stack: list[tuple[int, Tag]] = []
        for paragraph in run:
            level, ordered = _level(paragraph), _take_marker(paragraph)
            while stack and stack[-1][0] > level:
                stack.pop()
            if not stack or stack[-1][0] < level:
                made = soup.new_tag("ol" if ordered else "ul")
                items = stack[-1][1].find_all("li", recursive=False) if stack else []
                if items:
                    items[-1].append(made)
                elif stack:
                    stack[-1][1].append(made)
                else:
                    anchor.insert_before(made)
                stack.append((level, made))
            paragraph.extract()
            paragraph.name, paragraph.attrs = "li", {}
            stack[-1][1].append(paragraph)


def _level(tag: Tag) -> int:
    found = _MSO_LIST.search(_value(tag, "style")) if tag.name == "p" else None
    return int(found.group(2)) if found else 0


def _next_element(tag: Tag) -> Tag | None:
    for following in tag.next_siblings:
        if isinstance(following, Tag):
            return following
        if str(following).strip() and not isinstance(following, PreformattedString):
            return None
    return None


def _take_marker(paragraph: Tag) -> bool:
    """Remove the bullet or number that Word wrote out; whether it was a number."""
    marker = paragraph.find(style=re.compile(r"mso-list\s*:\s*Ignore", re.I))
    text = marker.get_text() if marker else ""
    if isinstance(marker, Tag):
        marker.decompose()
    return bool(_NUMBERED.match(text))


def _paragraphs(soup: BeautifulSoup) -> None:
    """Blocks without a meaning of their own are paragraphs, or go; loose text becomes one."""
    for tag in soup.find_all(["div", "section", "article", "header", "footer", "main", "aside",
                              "dl", "dt", "dd", "body", "html"]):  # fmt: skip
        if any(isinstance(child, Tag) and child.name in BLOCKS for child in tag.children):
            _wrap_loose(soup, tag)
            tag.unwrap()
        else:
            tag.name, tag.attrs = "p", {}
    _wrap_loose(soup, soup)


def _wrap_loose(soup: BeautifulSoup, parent: Tag) -> None:
    if not any(isinstance(child, Tag) and child.name in BLOCKS for child in parent.children):
        return
    run: list[PageElement] = []
    for child in [*parent.contents, None]:
        if child is not None and not (isinstance(child, Tag) and child.name in BLOCKS):
            run.append(child)
            continue
        if any(str(part).strip() for part in run):
            paragraph = soup.new_tag("p")
            run[0].insert_before(paragraph)
            for part in run:
                paragraph.append(part.extract())
        run = []


def _level_headings(soup: BeautifulSoup) -> None:
    """The page has its h1; the text's own highest heading is an h2 and none is skipped."""
    levels = sorted({int(tag.name[1]) for tag in soup.find_all(re.compile(r"^h[1-6]$"))})
    place = {level: min(2 + index, 4) for index, level in enumerate(levels)}
    for tag in soup.find_all(re.compile(r"^h[1-6]$")):
        tag.name = f"h{place[int(tag.name[1])]}"
        for bold in tag.find_all(["strong", "b"]):
            bold.unwrap()


def _flatten_cells(soup: BeautifulSoup) -> None:
    for cell in soup.find_all(["td", "th", "li"]):
        blocks = cell.find_all("p", recursive=False)
        for block in blocks:
            if not block.get_text(strip=True) and not block.find("img"):
                block.decompose()
        blocks = cell.find_all("p", recursive=False)
        if len(blocks) == 1:
            blocks[0].unwrap()


def _head(table: Tag) -> None:
    """Make the first row ``th``, and those that its cells span, where they say what columns hold:
    all bold, or beginning with a "Số thứ tự", or words above a column of numbers.
    """
    rows = table.find_all("tr")
    if not rows or table.find("th"):
        return
    first = rows[0].find_all("td", recursive=False)
    if len(first) < 2 or len(rows) < 2:
        return
    height = max(_span(cell) for cell in first)
    if height >= len(rows):
        height = 1
    cells = [cell for row in rows[:height] for cell in row.find_all("td", recursive=False)]
    texts = [" ".join(cell.get_text(" ").split()) for cell in cells]
    if not all(texts[1 : len(first)]):
        return
    under = [row.find_all("td", recursive=False) for row in rows[height:]]
    names_columns = not any(_NUMBER.fullmatch(text) for text in texts) and (
        _ORDER.fullmatch(texts[0])
        or (max(map(len, texts)) <= LONGEST_HEAD and _has_numbers(under, len(first)))
    )
    if not (names_columns or all(_is_bold(cell) for cell in first)):
        return
    for cell in cells:
        cell.name = "th"
        for bold in cell.find_all(["strong", "b"]):
            bold.unwrap()


def _span(cell: Tag) -> int:
    rows = _value(cell, "rowspan")
    return int(rows) if rows.isdecimal() and len(rows) < 3 else 1


def _is_bold(cell: Tag) -> bool:
    bold = "".join(part.get_text() for part in cell.find_all(["strong", "b"]))
    return bold.strip() == cell.get_text().strip()


def _has_numbers(rows: Sequence[Sequence[Tag]], width: int) -> bool:
    """Whether one column holds numbers in each row that has all of them."""
    whole = [[cell.get_text(strip=True) for cell in row] for row in rows if len(row) == width]
    return bool(whole) and any(
        all(map(_NUMBER.fullmatch, column)) for column in zip(*whole, strict=True)
    )
