"""The words of PDF and Word files, read out when they come in, by the bounded process."""

from ..base.db import db
from .models import FileText, MediaFile

SCAN = "Bản scan không có chữ: máy không tìm được trong nó."
READABLE = {"pdf", "docx"}
OTHER = "Chỉ đọc được chữ của tệp PDF và DOCX."


def read_out(content: bytes, extension: str) -> tuple[FileText, int | None]:
    """The words of a file, without its row's id, and how many pages it has, where it says so."""
    # Loaded here: reading imports the kinds of this package.
    from .. import reading

    if extension not in READABLE:
        return FileText(remark=OTHER), None
    try:
        told = reading.read("text", content, extension=extension)
    except reading.Refused as refusal:
        return FileText(remark=str(refusal)[:300]), None
    words = FileText(text=told["text"])
    if not words.text:
        words.remark = SCAN
    elif told["read"] < told["pages"]:
        words.remark = f"Mới đọc được {told['read']} trong {told['pages']} trang."
    return words, told["pages"] if extension == "pdf" else None


def text_of(file: MediaFile) -> FileText:
    """A file's words; read now where an earlier release took it in. The caller commits."""
    if kept := db.session.get(FileText, file.id):
        return kept
    from .library import path_of  # which itself reads words out

    words, _ = read_out(path_of(file).read_bytes(), file.name.rpartition(".")[2].lower())
    words.file_id = file.id
    db.session.add(words)
    db.session.flush()
    return words
