"""Taking files in. Photos are turned upright, stripped of EXIF (it tells places) and made small."""

import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from .. import reading
from ..base.db import db
from ..base.files import sync
from ..base.instance import current_instance
from ..reading.bounds import Refused
from ..records import journal
from ..text.folding import nfc, slugify
from . import pictures
from .kinds import DOCUMENTS, check_picture, document_kind, is_film, pages_of
from .models import MediaFile
from .pictures import FORMATS, MOST_SECONDS, NO_PICTURE
from .words import read_out

log = logging.getLogger(__name__)


def folder() -> Path:
    return current_instance().uploads


def path_of(file: MediaFile, width: int | None = None, format: str = "webp") -> Path:
    name = f"{file.digest}-{width}.{format}" if width else file.digest
    return folder() / file.digest[:2] / name


def paths_of(file: MediaFile) -> list[Path]:
    """All that is kept of a file: of a photo each width in each form."""
    if not file.is_picture:
        return [path_of(file)]
    return [path_of(file, width, form) for width in file.widths for form in file.formats]


def astray() -> tuple[set[Path], set[Path]]:
    """Files that rows name and that are not there; files that are there and no row names."""
    # Looked for before the rows, since a file is written before its row.
    present = {path for path in folder().glob("*/*") if path.is_file()}
    files = db.session.scalars(select(MediaFile))
    named = {path for file in files for path in paths_of(file)}
    return {path for path in named - present if not path.exists()}, present - named


def take(upload: FileStorage, person=None) -> MediaFile:
    """Keep a photo or a document, whichever it is; the caller commits.

    :raises Refused: neither.
    """
    start = upload.stream.read(8)
    upload.stream.seek(0)
    if start.startswith((b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return take_document(upload, person)
    try:
        return take_picture(upload, person)
    except Refused as refusal:
        if str(refusal) != NO_PICTURE:
            raise
        raise Refused(f"{NO_PICTURE} Tài liệu thì nhận {DOCUMENTS}.") from refusal


@dataclass(frozen=True)
class Prepared:
    """A photo in its widths and forms: file name → bytes; and the facts of it."""

    forms: dict[str, bytes]
    facts: dict
    refusal: str = ""


def prepare(content: bytes) -> Prepared:
    """Make a photo small; needs neither the database nor a request."""
    try:
        check_picture(content)
        with tempfile.TemporaryDirectory(prefix="tanky-") as name:
            facts = _made(content, Path(name))
            forms = {path.name: path.read_bytes() for path in Path(name).glob("*.*")}
    except Refused as refusal:
        return Prepared({}, {}, str(refusal))
    return Prepared(forms, facts)


def take_picture(upload: FileStorage, person=None, prepared: Prepared | None = None) -> MediaFile:
    """Keep a photo in the widths and forms that pages use; the caller commits.

    :param prepared: where it was made small already.
    :raises Refused: not a photo, or too large to be one.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest, person):
        if known.is_picture:
            return known
        raise Refused("Tệp này đã có trong thư viện, nhưng không phải là ảnh.")
    made = prepared or prepare(content)
    if made.refusal:
        raise Refused(made.refusal)
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, "webp"),
        title=_title(upload.filename),
        mimetype="image/webp",
        formats=list(FORMATS),
        uploaded_by_id=person.id if person else None,
        **made.facts,
    )
    for width in file.widths:
        for form in file.formats:
            _write(path_of(file, width, form), made.forms[f"{width}.{form}"])
    db.session.add(file)
    db.session.flush()
    return file


def take_document(upload: FileStorage, person=None) -> MediaFile:
    """Keep a document as it is; the caller commits.

    :raises Refused: not a document of an accepted kind.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest, person):
        return known
    extension, mimetype = document_kind(content)
    words, pages = read_out(content, extension)
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, extension),
        title=_title(upload.filename),
        mimetype=mimetype,
        size=len(content),
        pages=pages or pages_of(content, extension),
        uploaded_by_id=person.id if person else None,
    )
    _write(path_of(file), content)
    db.session.add(file)
    db.session.flush()
    words.file_id = file.id
    db.session.add(words)
    return file


def take_recording(upload: FileStorage, person=None) -> MediaFile:
    """Keep a sound or a film as it is; an MP4 without what tells where it was taken. The caller
    commits.

    :raises Refused: it is neither, or browsers do not play it.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest, person):
        if known.is_sound or known.is_film:
            return known
        raise Refused("Tệp này đã có trong thư viện, nhưng không phải âm thanh hay video.")
    with tempfile.TemporaryDirectory(prefix="tanky-") as name:
        told = reading.read("recording", content, Path(name))
        kept = Path(name, "kept").read_bytes()
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, told["extension"]),
        title=_title(upload.filename),
        mimetype=told["mimetype"],
        size=len(kept),
        seconds=told["seconds"],
        uploaded_by_id=person.id if person else None,
    )
    _write(path_of(file), kept)
    db.session.add(file)
    db.session.flush()
    return file


def take_picture_or_film(upload: FileStorage, person=None) -> MediaFile:
    """Keep a photo or a film, whichever it is; the caller commits.

    :raises Refused: neither.
    """
    start = upload.stream.read(12)
    upload.stream.seek(0)
    if not is_film(start):
        return take_picture(upload, person)
    file = take_recording(upload, person)
    if not file.is_film:
        raise Refused("Tệp này chỉ có tiếng. Bản tin âm thanh thì đăng ở mục Truyền thanh.")
    return file


def delete(file: MediaFile) -> None:
    """Remove a file for good, row and bytes; the caller has seen that nothing uses it, and commits.

    The bytes go first: should the row then stay, the trash still shows it and it can be deleted
    again, while bytes without a row would lie there for ever.
    """
    for path in folder().joinpath(file.digest[:2]).glob(f"{file.digest}*"):
        path.unlink(missing_ok=True)
    db.session.delete(file)


def _known(digest: str, person) -> MediaFile | None:
    """The file of that content; one that lay in the trash is back, and the journal says so."""
    known = MediaFile.by_digest(digest)
    if known and known.is_trashed:
        known.untrash()
        journal.record("restored", known, person, "tải lên lại")
    return known


def _made(content: bytes, folder: Path) -> dict:
    """A photo's widths and forms written into the folder by pictures.py; the facts it tells.

    :raises Refused: it is not taken, or what opened it did not survive.
    """
    source = folder / "source"
    source.write_bytes(content)
    command = [sys.executable, "-I", str(Path(pictures.__file__)), str(source), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=4 * MOST_SECONDS, check=True)  # noqa: S603
        told = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        log.warning("a picture was not made: %s", getattr(error, "stderr", error))
        raise Refused(NO_PICTURE) from error
    if "refused" in told:
        raise Refused(told["refused"])
    return told


def _title(name: str | None) -> str:
    """The name as the person knows it, without its extension."""
    stem = Path((name or "").replace("\\", "/").replace("\0", "")).name
    return nfc(stem.rpartition(".")[0] or stem).strip()[:200]


def _safe_name(name: str | None, extension: str) -> str:
    stem = Path((name or "").replace("\\", "/")).name.rpartition(".")[0] or (name or "tep")
    return f"{slugify(stem)}.{extension}"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never meets half a file, even after a kill -9."""
    for made in (path.parent.parent, path.parent):
        made.mkdir(mode=0o700, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        # A file's name is kept by its folder: without, a row would name what a power cut took.
        for folder in (path.parent, path.parent.parent):
            sync(folder)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
