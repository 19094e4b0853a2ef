"""What changed between two versions of a text, as people read it: by line, then by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from .sanitise import plain

_BLOCK = re.compile(
    r"</?(?:p|h[2-4]|li|tr|figure|figcaption|blockquote|caption|pre|hr)\b[^>]*>", re.I
)
_PICTURE = re.compile(r"<img\b[^>]*?alt=\"([^\"]*)\"[^>]*>", re.I)
_OTHER_PICTURE = re.compile(r"<img\b[^>]*>", re.I)
_CELL = re.compile(r"</t[dh]>\s*<t[dh]\b[^>]*>", re.I)
_HEADING = re.compile(r"<h([2-4])\b[^>]*>", re.I)
_ITEM = re.compile(r"<li\b[^>]*>", re.I)
_WORDS = re.compile(r"\s+|[^\s]+")
CONTEXT = 1  # unchanged lines shown around a change
SAME, REMOVED, ADDED, CHANGED, SKIPPED = "same", "removed", "added", "changed", "skipped"


@dataclass(frozen=True)
class Line:
    """A line of the comparison; ``parts`` are its pieces, each ``same``, ``removed``, ``added``."""

    kind: str
    parts: list[tuple[str, str]]


def lines_of(html: str) -> list[str]:
    """HTML as lines of text: a block a line, with marks for headings, items and pictures."""
    html = _PICTURE.sub(r"\n[Ảnh: \1]\n", html)
    html = _OTHER_PICTURE.sub("\n[Ảnh]\n", html)
    html = _CELL.sub(" | ", html)
    html = _HEADING.sub(lambda found: "\n" + "#" * int(found.group(1)) + " ", html)
    html = _ITEM.sub("\n• ", html)
    html = re.sub(r"<br\s*/?>", "\n", html, flags=re.I)
    html = _BLOCK.sub("\n", html)
    lines = (" ".join(plain(line).split()) for line in html.split("\n"))
    return [line for line in lines if line]


def compare(before: list[str], after: list[str]) -> list[Line]:
    """The changed lines with a little around them; what lies between is one ``skipped`` line."""
    lines: list[Line] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            lines += _unchanged(before[a:b], first=a == 0, last=b == len(before))
            continue
        old, new = before[a:b], after[c:d]
        paired = min(len(old), len(new))
        lines += [Line(CHANGED, words(x, y)) for x, y in zip(old, new, strict=False)]
        lines += [Line(REMOVED, [(REMOVED, line)]) for line in old[paired:]]
        lines += [Line(ADDED, [(ADDED, line)]) for line in new[paired:]]
    return lines


def words(before: str, after: str) -> list[tuple[str, str]]:
    """Two lines word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append((SAME, "".join(old[a:b])))
            continue
        if b > a:
            parts.append((REMOVED, "".join(old[a:b])))
        if d > c:
            parts.append((ADDED, "".join(new[c:d])))
    return parts


def _unchanged(lines: list[str], first: bool, last: bool) -> list[Line]:
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    if len(lines) <= head + tail + 1:
        return [Line(SAME, [(SAME, line)]) for line in lines]
    shown = [Line(SAME, [(SAME, line)]) for line in lines[:head]]
    shown.append(Line(SKIPPED, [(SAME, str(len(lines) - head - tail))]))
    return shown + [Line(SAME, [(SAME, line)]) for line in lines[len(lines) - tail :]]
