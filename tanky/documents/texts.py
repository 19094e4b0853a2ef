"""The words of a document laid out to be read on a phone."""

import re
from dataclasses import dataclass

LONGEST_HEADING = 120  # letters; what is longer is a paragraph that begins like one
_HEADING = re.compile(
    r"(?:Phần|Chương|Mục|Điều|Phụ lục|PHẦN|CHƯƠNG|MỤC|ĐIỀU|PHỤ LỤC)\s+[\dIVXLC]+\b"
)
_GOES_ON = re.compile(r"[a-zà-ỹđ(]")  # a line that goes on with the one before
_POINT = re.compile(r"(?:[-+•–*]|\d{1,2}[.)]|[a-zđ][.)])\s")


@dataclass(frozen=True)
class Part:
    """A heading (with an anchor) or a paragraph of a document's text."""

    text: str
    anchor: str = ""


def _is_named_by(heading: Part, line: str) -> bool:
    """Whether a line in capitals is the name of the chapter above it."""
    is_bare = bool(heading.anchor) and _HEADING.fullmatch(heading.text) is not None
    return is_bare and line.isupper() and len(line) <= LONGEST_HEADING


def parts_of(text: str) -> list[Part]:
    """A text as headings and paragraphs: lines that a page broke are put together again."""
    parts: list[Part] = []
    paragraph: list[str] = []

    def end() -> None:
        if paragraph:
            parts.append(Part(" ".join(paragraph)))
            paragraph.clear()

    for line in text.replace("\f", "\n").splitlines():
        line = line.strip()
        if not line:
            end()
        elif parts and not paragraph and _is_named_by(parts[-1], line):
            parts[-1] = Part(f"{parts[-1].text}. {line}", parts[-1].anchor)
        elif _HEADING.match(line) and len(line) <= LONGEST_HEADING:
            end()
            parts.append(Part(line, f"muc-{len(parts)}"))
        elif paragraph and _GOES_ON.match(line) and not _POINT.match(line):
            paragraph.append(line)
        else:
            end()
            paragraph.append(line)
    end()
    return parts
