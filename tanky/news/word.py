"""A Word file as a draft's texts, its pictures taken into the library."""

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from werkzeug.datastructures import FileStorage

from .. import reading
from ..media import library
from ..reading.bounds import Refused

AT_ONCE = 2  # pictures that are made small beside each other
_PLACE = re.compile(r"/anh/hinh-(\d+)")
# A picture that was refused goes with its frame and caption.
_FRAME = r'<figure><img\b[^>]*src="/anh/hinh-{0}"[^>]*>(?:<figcaption>.*?</figcaption>)?</figure>'
_ALONE = r'<img\b[^>]*src="/anh/hinh-{0}"[^>]*>'


@dataclass
class Document:
    title: str
    lede: str
    body: str  # clean HTML
    source: str = ""
    # The same three in Unicode, where the text is of a font before it.
    converted: "Document | None" = None
    encoding: str = ""
    remarks: list[str] = field(default_factory=list)


def read(upload: FileStorage, person) -> Document:
    """Read a .docx; its pictures are kept, and the caller commits.

    :raises Refused: not a .docx, or one that cannot be opened; the message says what to do.
    """
    with tempfile.TemporaryDirectory(prefix="tanky-") as name:
        folder = Path(name)
        told = reading.read("word", upload.stream.read(), folder, name=upload.filename or "")
        converted = told.pop("converted")
        document = Document(**told, converted=Document(**converted) if converted else None)
        _take_pictures(document, folder, person)
    return document


def _take_pictures(document: Document, folder: Path, person) -> None:
    texts = [document, *([document.converted] if document.converted else [])]
    shown = {number for text in texts for number in _PLACE.findall(text.body)}
    contents = {number: (folder / number).read_bytes() for number in sorted(shown, key=int)}
    for number, made in zip(contents, _prepared(contents.values()), strict=True):
        try:
            upload = FileStorage(BytesIO(contents[number]), "anh-trong-bai")
            file = library.take_picture(upload, person, made)
        except Refused as refusal:
            sentence = f"Một ảnh trong tài liệu không nhận được: {refusal}"
            if sentence not in document.remarks:
                document.remarks.append(sentence)
            for text in texts:
                text.body = re.sub(_FRAME.format(number), "", text.body, flags=re.S)
                text.body = re.sub(_ALONE.format(number), "", text.body)
        else:
            address = file.picture_url(file.widths[-1])
            for text in texts:
                text.body = re.sub(rf"/anh/hinh-{number}\b", address, text.body)


def _prepared(contents):
    """The pictures made small, two at a time: what takes the time is in processes of their own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(library.prepare, contents)
