"""What a file is, told by its content and never by its name."""

import io
import re
import zipfile

from ..reading.bounds import Refused, check_unpacked_size

PDF = "application/pdf"
_OOXML = {
    "word/": (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "xl/": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "ppt/": (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}
_OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_OLE_WORD = "WordDocument".encode("utf-16-le")
_OLE_EXCEL = "Workbook".encode("utf-16-le")
_ZIP = b"PK\x03\x04"
_HEIC = (b"ftypavif", b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheim", b"ftyphevc")
_FILMS = (b"\x1aE\xdf\xa3", b"0&\xb2u", b"\0\0\1\xba", b"\0\0\1\xb3")  # WebM, WMV, MPEG
_SCRIPT = re.compile(rb"<script|<\?php|<html[\s>]|<svg[\s>]", re.I)
DOCUMENTS = "PDF, DOC, DOCX, XLS, XLSX, PPTX, ODT hoặc ODS"


def check_picture(content: bytes) -> None:
    """:raises Refused: drawn by code, or a file of another kind hides in it."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        raise Refused("Ảnh SVG có thể chứa mã chạy nên không được nhận. Hãy lưu lại thành PNG.")
    if start[4:12] in _HEIC:
        return
    refuse_video(content)
    if start.startswith(b"%pdf-"):
        raise Refused("Tệp không phải là ảnh mà là PDF. Hãy đính kèm nó như một tệp.")
    if b"%PDF-" in content[:1024] or _is_zip(content) or _SCRIPT.search(content):
        raise Refused(
            "Trong tệp ảnh có ẩn nội dung khác (tệp nén, PDF hoặc mã chạy) nên không được nhận. "
            "Hãy mở ảnh rồi lưu lại thành JPEG."
        )


def refuse_video(content: bytes) -> None:
    """:raises Refused: a film, which a phone on a thin line cannot load."""
    if is_film(content[:12]):
        raise Refused(
            "Video không tải lên đây được. Hãy đưa video vào một album của Thư viện ảnh, video, "
            "hoặc lên YouTube, Facebook, Zalo của xã, rồi dán liên kết của nó vào bài."
        )


def is_film(start: bytes) -> bool:
    """Whether a file that begins with these twelve bytes is a film, or sound in a film's form."""
    is_avi = start.startswith(b"RIFF") and start[8:12] == b"AVI "
    is_mp4 = start[4:8] == b"ftyp" and start[4:12].lower() not in _HEIC
    return is_avi or is_mp4 or start.startswith(_FILMS)


def document_kind(content: bytes) -> tuple[str, str]:
    """The extension and media type of a document.

    :raises Refused: of another kind, of two kinds at once, or with macros.
    """
    if content.startswith(b"%PDF-"):
        if _is_zip(content) or _SCRIPT.search(content[:4096]):
            raise Refused(
                "Trong tệp PDF có ẩn tệp khác nên không được nhận. Hãy in lại ra PDF rồi gửi."
            )
        return "pdf", PDF
    if content.startswith(_OLE):
        if _OLE_MACROS in content:
            raise Refused(_MACROS)
        if _OLE_WORD in content:
            return "doc", "application/msword"
        if _OLE_EXCEL in content:
            return "xls", "application/vnd.ms-excel"
    if content.startswith(_ZIP):
        return _zipped(content)
    raise Refused(f"Tệp không phải là {DOCUMENTS}. Hãy lưu lại theo một trong các định dạng đó.")


def pages_of(content: bytes, extension: str) -> int | None:
    """How many pages (sheets of a workbook) an Office document says it has; None: it does not."""
    try:
        if extension in ("docx", "pptx"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                told = archive.read("docProps/app.xml").decode("utf-8", "replace")
            found = re.search(r"<(?:Pages|Slides)>(\d{1,5})</", told)
            return int(found.group(1)) or None if found else None
        if extension == "xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return len([n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")])
    except Exception:
        return None  # a document need not say; what is wrong with it its reader will tell
    return None


def _zipped(content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_unpacked_size(archive)
            names = archive.namelist()
            lower = {name.lower() for name in names}
            if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in lower) or any(
                name.startswith(("basic/", "scripts/", "xl/macrosheets/")) for name in lower
            ):
                raise Refused(_MACROS)
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                mimetype = archive.read("mimetype").strip()
                if mimetype in _OPEN_DOCUMENT:
                    return _OPEN_DOCUMENT[mimetype], mimetype.decode()
            if "[Content_Types].xml" in names:
                if b"macroenabled" in archive.read("[Content_Types].xml").lower():
                    raise Refused(_MACROS)
                for folder, kind in _OOXML.items():
                    if any(name.startswith(folder) for name in names):
                        return kind
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Refused("Tệp bị hỏng, không mở được. Hãy lưu lại từ Word hoặc Excel.") from None
    raise Refused(f"Tệp nén không được nhận. Hãy gửi {DOCUMENTS}.")


def _is_zip(content: bytes) -> bool:
    """Whether a program that unpacks archives would take it: they look from the end."""
    return zipfile.is_zipfile(io.BytesIO(content))


_MACROS = "Tệp có chứa macro nên không được nhận. Hãy lưu lại thành DOCX, XLSX hoặc PDF."
