"""The words of a PDF or Word file, page by page, for search and for reading on a phone."""

import io
import re
import time
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ..text.folding import nfc
from . import xml
from .bounds import Refused, check_unpacked_size

SECONDS = 18.0  # of processor time; then what was read is told, and how far that is
MOST_LETTERS = 3_000_000
SCAN = 20  # letters on a page, on average, below which its text is a picture
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLANKS = re.compile(r"[ \t\u00a0]+")
LOCKED = "Tệp đặt mật khẩu nên không đọc được chữ. Hãy bỏ mật khẩu rồi tải lên lại."
BROKEN = "Tệp hỏng hoặc không đúng định dạng nên không đọc được chữ."


def read(content: bytes, folder: Path, extension: str) -> dict[str, Any]:
    """``text`` (lines; a form feed between pages), ``pages`` that there are, ``read`` of them.

    :raises Refused: it cannot be read, and why.
    """
    return _of_pdf(content) if extension == "pdf" else _of_word(content)


def _of_pdf(content: bytes) -> dict[str, Any]:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused(LOCKED)
        pages = len(reader.pages)
        read: list[str] = []
        for page in reader.pages:
            if time.process_time() > SECONDS or sum(map(len, read)) > MOST_LETTERS:
                break
            read.append(_tidied(page.extract_text()))
    except Refused:
        raise
    # What a broken file makes of a reader: it has errors of every kind.
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError,
            OSError, OverflowError, AssertionError) as error:  # fmt: skip
        raise Refused(BROKEN) from error
    text = "\f".join(read)
    if sum(map(str.isalnum, text)) < SCAN * max(1, len(read)):
        text = ""
    return {"text": text, "pages": pages, "read": len(read)}


def _of_word(content: bytes) -> dict[str, Any]:
    try:
        xml.check(content, ("word/",))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_unpacked_size(archive)
            # Looked through above: no entities, no depth.
            body = ElementTree.fromstring(archive.read("word/document.xml"))  # noqa: S314
    except (zipfile.BadZipFile, KeyError, ValueError, expat.ExpatError, ElementTree.ParseError):
        raise Refused(BROKEN) from None
    lines = []
    for paragraph in body.iter(f"{_W}p"):
        parts = []
        for element in paragraph.iter():
            if element.tag == f"{_W}t":
                parts.append(element.text or "")
            elif element.tag in (f"{_W}tab", f"{_W}br"):
                parts.append(" ")
        lines.append("".join(parts))
    return {"text": _tidied("\n".join(lines))[:MOST_LETTERS], "pages": 1, "read": 1}


def _tidied(text: str) -> str:
    lines = (_BLANKS.sub(" ", nfc(line)).strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
