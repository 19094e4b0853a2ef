"""The words of a document's files: read out once, and laid out to be read on a phone."""

import re
from dataclasses import dataclass

from ..base.db import db
from ..media import library
from ..media.models import MediaFile
from ..reading import Refused, read
from .models import FileText

SCAN = "Bản scan không có chữ: máy không tìm được trong nó."
READABLE = {"pdf", "docx"}
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


def ensure_read(file: MediaFile) -> FileText:
    """Read a file's words out where that was not done; the caller commits."""
    if kept := db.session.get(FileText, file.id):
        return kept
    made = FileText(file_id=file.id)
    extension = file.name.rpartition(".")[2].lower()
    if extension in READABLE:
        try:
            told = read("text", library.path_of(file).read_bytes(), extension=extension)
        except Refused as refusal:
            made.remark = str(refusal)[:300]
        else:
            made.text = told["text"]
            if not made.text:
                made.remark = SCAN
            elif told["read"] < told["pages"]:
                made.remark = f"Mới đọc được {told['read']} trong {told['pages']} trang."
    else:
        made.remark = "Chỉ đọc được chữ của tệp PDF và DOCX."
    db.session.add(made)
    db.session.flush()
    return made


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
        elif paragraph and (_GOES_ON.match(line) and not _POINT.match(line)):
            paragraph.append(line)
        else:
            end()
            paragraph.append(line)
    end()
    return parts
