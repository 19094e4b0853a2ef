"""What a file is, told by its content and never by its name."""

import io
import zipfile

PDF = "application/pdf"
PICTURES = {"JPEG", "PNG", "WEBP", "GIF"}
_OOXML = {
    "word/": (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "xl/": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
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
DOCUMENTS = "PDF, DOC, DOCX, XLS, XLSX, ODT hoặc ODS"


class Refused(ValueError):
    """A file that is not taken; the message tells the person why and what to do."""


def document_kind(content: bytes) -> tuple[str, str]:
    """The extension and media type of a document.

    :raises Refused: of another kind, or with macros.
    """
    if content.startswith(b"%PDF-"):
        return "pdf", PDF
    if content.startswith(_OLE):
        if _OLE_MACROS in content:
            raise Refused(_MACROS)
        if _OLE_WORD in content:
            return "doc", "application/msword"
        if _OLE_EXCEL in content:
            return "xls", "application/vnd.ms-excel"
    if content.startswith(b"PK\x03\x04"):
        return _zipped(content)
    raise Refused(f"Tệp không phải là {DOCUMENTS}. Hãy lưu lại theo một trong các định dạng đó.")


def _zipped(content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                mimetype = archive.read("mimetype").strip()
                if mimetype in _OPEN_DOCUMENT and not any(n.startswith("Basic/") for n in names):
                    return _OPEN_DOCUMENT[mimetype], mimetype.decode()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise Refused("Tệp bị hỏng, không mở được. Hãy lưu lại từ Word hoặc Excel.") from None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(_MACROS)
    if "[Content_Types].xml" in names:
        for folder, kind in _OOXML.items():
            if any(name.startswith(folder) for name in names):
                return kind
    raise Refused(f"Tệp nén không được nhận. Hãy gửi {DOCUMENTS}.")


_MACROS = "Tệp có chứa macro nên không được nhận. Hãy lưu lại thành DOCX, XLSX hoặc PDF."
