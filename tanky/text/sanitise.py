"""The one door through which a person's HTML reaches a page.

Nothing else in the portal makes ``Markup``: templates escape, and what an editor wrote is HTML
only after :func:`clean` kept what the list below allows (nh3, the Ammonia sanitiser).
"""

import re
from html import escape, unescape

import nh3
from markupsafe import Markup

from .folding import nfc

TAGS = {
    "p", "br", "h2", "h3", "h4", "strong", "em", "b", "i", "u", "s", "sub", "sup", "blockquote",
    "ul", "ol", "li", "a", "img", "figure", "figcaption", "table", "caption", "thead", "tbody",
    "tfoot", "tr", "th", "td", "hr", "abbr", "cite", "code", "pre", "small",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
    "abbr": {"title"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
_LOCAL_PICTURE = re.compile(r"/(anh|tep)/[\w./-]+")
_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:p|br|hr|h[1-6]|[uo]l|li|div|table|figure|img|blockquote|strong|em|[abius])\b", re.I
)
_NUMBERED = re.compile(r"^\s*(?:bước\s*)?\d+\s*[.:)]\s*", re.I)
_BLANK_LINES = re.compile(r"\n[ \t]*\n+")
_END_OF_BLOCK = re.compile(
    r"(</(?:p|h[2-4]|[uo]l|li|table|caption|tr|blockquote|figure)>)\s*", re.I
)
_ENDS = re.compile(r"</p>\s*", re.I)
_STARTS = re.compile(r"<p>", re.I)
_BREAKS = re.compile(r"<br ?/?>", re.I)
_TAG = re.compile(r"<[^>]+>")


def _attribute(tag: str, name: str, value: str) -> str | None:
    # A picture from elsewhere would tell that site who reads the page, and break without it.
    if name == "src" and not _LOCAL_PICTURE.fullmatch(value):
        return None
    return value


def clean(html: str) -> str:
    """Keep only allowed tags and attributes, in Unicode NFC; for storing."""
    return nh3.clean(
        nfc(html),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        clean_content_tags={"script", "style"},
        attribute_filter=_attribute,
        link_rel="noopener",
        strip_comments=True,
    ).strip()


def from_editor(text: str) -> str:
    """What an editor typed as clean HTML: plain text becomes paragraphs, parted by blank lines.

    A text that has no tag of its own is plain; there a single line break stays one.
    """
    text = text.replace("\r\n", "\n").strip()
    if text and not _LOOKS_LIKE_HTML.search(text):
        blocks = (escape(block.strip(), quote=False) for block in _BLANK_LINES.split(text))
        text = "\n".join(f"<p>{block.replace(chr(10), '<br>')}</p>" for block in blocks if block)
    return clean(text)


def ordered_list(lines: list[str]) -> str:
    """Lines of plain text as an ordered list, such as the steps of a procedure."""
    items = "".join(f"<li>{escape(line, quote=False)}</li>" for line in lines)
    return clean(f"<ol>{items}</ol>")


def steps(text: str) -> str:
    """Lines of plain text as an ordered list, without the numbers typed before them; HTML stays as
    typed."""
    if "<" in text:
        return from_editor(text)
    return ordered_list([unnumbered(line) for line in text.splitlines() if line.strip()])


def unnumbered(line: str) -> str:
    """``Bước 1. Nộp hồ sơ`` → ``Nộp hồ sơ``."""
    return _NUMBERED.sub("", line.strip())


def as_typed(html: str) -> str:
    """Stored HTML as it is put into a field without an editor: paragraphs alone as plain text,
    parted by blank lines; anything else as HTML."""
    text = _ENDS.sub("\n\n", _BREAKS.sub("\n", html))
    text = unescape(_STARTS.sub("", text)).strip()
    return text if from_editor(text) == html else for_editor(html)


def for_editor(html: str) -> str:
    """Stored HTML as it is put before an editor: each block on lines of its own."""
    return _END_OF_BLOCK.sub(r"\1\n", html).strip()


def markup(html: str) -> Markup:
    """Stored HTML for a template. Cleaned again, so that a row changed by other means is safe."""
    return Markup(clean(html))  # noqa: S704 - this is the sanitiser


def plain(html: str) -> str:
    """The words of an HTML text, without tags, for search and summaries."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def beginning(html: str, most: int = 220) -> str:
    """The first words of a body, at most that many characters."""
    text = plain(html)
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + "…"
