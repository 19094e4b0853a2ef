"""What changed between two versions of a text, as people read it: by line, then by word."""

import re
from collections import Counter
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
MOST_WORK = 400_000  # pairs of equal pieces that are looked at for one page
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
    budget = Budget(MOST_WORK)
    for kind, a, b, c, d in _opcodes(before, after, budget):
        if kind == "equal":
            lines += _unchanged(before[a:b], first=a == 0, last=b == len(before))
            continue
        old, new = before[a:b], after[c:d]
        paired = min(len(old), len(new))
        lines += [Line(CHANGED, words(x, y, budget)) for x, y in zip(old, new, strict=False)]
        lines += [Line(REMOVED, [(REMOVED, line)]) for line in old[paired:]]
        lines += [Line(ADDED, [(ADDED, line)]) for line in new[paired:]]
    return lines


@dataclass
class Budget:
    """The comparisons that are left for one page; difflib's grow with the square of a text."""

    left: int


def _opcodes(
    old: list[str], new: list[str], budget: Budget
) -> list[tuple[str, int, int, int, int]]:
    """As ``SequenceMatcher.get_opcodes``. What would cost too much is replaced as a whole, but for
    what begins and ends alike."""
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    shortest -= head
    tail = next((n for n in range(shortest) if old[-1 - n] != new[-1 - n]), shortest)
    a, b, c, d = head, len(old) - tail, head, len(new) - tail
    counts = Counter(old[a:b])
    work = sum(counts[item] for item in new[c:d])
    budget.left -= work
    if budget.left < 0:
        middle = [("replace", a, b, c, d)]
    else:
        matcher = SequenceMatcher(None, old[a:b], new[c:d], autojunk=False)
        middle = [(kind, i + a, j + a, k + c, m + c) for kind, i, j, k, m in matcher.get_opcodes()]
    ends = [("equal", 0, head, 0, head)] * bool(head)
    tails = [("equal", b, len(old), d, len(new))] * bool(tail)
    return ends + middle + tails if b > a or d > c else ends + tails


def words(before: str, after: str, budget: Budget | None = None) -> list[tuple[str, str]]:
    """Two lines word by word."""
    budget = budget or Budget(MOST_WORK)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in _opcodes(old, new, budget):
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
