"""Taking files in. Photos are turned upright, stripped of EXIF (it tells places) and made small."""

import hashlib
import io
import os
import tempfile
import warnings
from pathlib import Path

from flask import current_app
from PIL import Image, ImageOps, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

from ..extensions import db
from ..text.folding import nfc, slugify
from .kinds import PICTURES, Refused, check_picture, document_kind, pages_of
from .models import MediaFile

WIDTHS = (360, 720, 1200)  # pixels; a phone at double density shows 720
PHONE_BYTES = 58_000  # a photo on a phone's page, whichever width its screen asks for
# Extension → codec, qualities to be tried in turn, further options. The first is what a photo
# usually gets; the others are for a crowd or foliage that would weigh too much.
FORMATS = {
    "avif": ("AVIF", (55, 45, 36, 28, 20, 12), {"speed": 7}),
    "webp": ("WEBP", (66, 56, 46, 34, 22, 10), {"method": 4}),
    "jpg": ("JPEG", (74, 62, 50, 38, 26, 15), {"optimize": True, "progressive": True}),
}
MOST_PIXELS = 50_000_000
ORIENTATION, LYING = 0x0112, 5  # the EXIF tag, and from which value on sides are exchanged


def folder() -> Path:
    return Path(current_app.instance_path) / "uploads"


def path_of(file: MediaFile, width: int | None = None, format: str = "webp") -> Path:
    name = f"{file.digest}-{width}.{format}" if width else file.digest
    return folder() / file.digest[:2] / name


def take(upload: FileStorage, person=None) -> MediaFile:
    """Keep a photo or a document, whichever it is; the caller commits.

    :raises Refused: neither.
    """
    start = upload.stream.read(8)
    upload.stream.seek(0)
    if start.startswith((b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return take_document(upload, person)
    return take_picture(upload, person)


def take_picture(upload: FileStorage, person=None) -> MediaFile:
    """Keep a photo in the widths and forms that pages use; the caller commits.

    :raises Refused: not a photo, or too large to be one.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest):
        if known.is_picture:
            return known
        raise Refused("Tệp này đã có trong thư viện, nhưng không phải là ảnh.")
    check_picture(content)
    picture, full = _opened(content)
    widths = sorted({min(width, full[0]) for width in WIDTHS})
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, "webp"),
        title=_title(upload.filename),
        mimetype="image/webp",
        width=full[0],
        height=full[1],
        widths=widths,
        formats=list(FORMATS),
        size=0,
        uploaded_by_id=person.id if person else None,
    )
    for width in reversed(widths):
        height = max(1, round(full[1] * width / full[0]))
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        for format, (codec, qualities, options) in FORMATS.items():
            made = _encoded(picture, codec, qualities, options)
            file.size = max(file.size, len(made))
            _write(path_of(file, width, format), made)
    db.session.add(file)
    db.session.flush()
    return file


def take_document(upload: FileStorage, person=None) -> MediaFile:
    """Keep a document as it is; the caller commits.

    :raises Refused: not a document of an accepted kind.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest):
        return known
    extension, mimetype = document_kind(content)
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, extension),
        title=_title(upload.filename),
        mimetype=mimetype,
        size=len(content),
        pages=pages_of(content, extension),
        uploaded_by_id=person.id if person else None,
    )
    _write(path_of(file), content)
    db.session.add(file)
    db.session.flush()
    return file


def delete(file: MediaFile) -> None:
    """Remove a file for good, row and bytes; the caller has seen that nothing uses it, and commits.

    The bytes go first: should the row then stay, the trash still shows it and it can be deleted
    again, while bytes without a row would lie there for ever.
    """
    for path in folder().joinpath(file.digest[:2]).glob(f"{file.digest}*"):
        path.unlink(missing_ok=True)
    db.session.delete(file)


def _known(digest: str) -> MediaFile | None:
    """The file of that content; one that lay in the trash is back."""
    known = MediaFile.by_digest(digest)
    if known and known.is_trashed:
        known.untrash()
    return known


def _encoded(picture: Image.Image, codec: str, qualities: tuple[int, ...], options: dict) -> bytes:
    """In the best quality at which a phone gets it within its budget (PRODUCT.md, 4)."""
    flat = picture
    if codec == "JPEG" and picture.mode == "RGBA":
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture, mask=picture.getchannel("A"))
    for quality in qualities:
        made = io.BytesIO()
        flat.save(made, codec, quality=quality, **options)
        if made.tell() <= PHONE_BYTES:
            break
    return made.getvalue()


def _opened(content: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """A photo upright, no larger than needed, and its full size upright in pixels."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(io.BytesIO(content), formats=sorted(PICTURES))
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("Ảnh quá lớn (trên 50 triệu điểm ảnh). Hãy thu nhỏ rồi gửi lại.")
            full = picture.size
            if picture.getexif().get(ORIENTATION, 1) >= LYING:
                full = full[1], full[0]
            # A JPEG is opened at half or a quarter of its size at no cost: 12 million points at
            # once are 36 MB that a worker need not have.
            picture.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            upright = ImageOps.exif_transpose(picture)
            return upright.convert("RGBA" if _has_alpha(upright) else "RGB"), full
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Refused("Ảnh quá lớn. Hãy thu nhỏ rồi gửi lại.") from None
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            if isinstance(error, Refused):
                raise
            raise Refused("Tệp không phải là ảnh JPEG, PNG, WebP hoặc GIF, hoặc đã hỏng.") from None


def _has_alpha(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def _title(name: str | None) -> str:
    """The name as the person knows it, without its extension."""
    stem = Path((name or "").replace("\\", "/").replace("\0", "")).name
    return nfc(stem.rpartition(".")[0] or stem).strip()[:200]


def _safe_name(name: str | None, extension: str) -> str:
    stem = Path((name or "").replace("\\", "/")).name.rpartition(".")[0] or (name or "tep")
    return f"{slugify(stem)}.{extension}"


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never meets half a file, even after a kill -9."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
