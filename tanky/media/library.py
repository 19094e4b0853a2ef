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
from ..text.folding import slugify
from .kinds import PICTURES, Refused, document_kind
from .models import MediaFile

WIDTHS = (360, 720, 1200)  # pixels; a phone at double density shows 720
QUALITY = 62  # WebP: a 720-pixel photo of a crowd stays under 60 kB
MOST_PIXELS = 50_000_000


def folder() -> Path:
    return Path(current_app.instance_path) / "uploads"


def path_of(file: MediaFile, width: int | None = None) -> Path:
    name = f"{file.digest}-{width}.webp" if width else file.digest
    return folder() / file.digest[:2] / name


def take_picture(upload: FileStorage) -> MediaFile:
    """Keep a photo in the widths that pages use; the caller commits.

    :raises Refused: not a photo, or too large to be one.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := MediaFile.by_digest(digest):
        if known.is_picture:
            return known
        raise Refused("Tệp này đã có trong thư viện, nhưng không phải là ảnh.")
    picture = _opened(content)
    widths = sorted({min(width, picture.width) for width in WIDTHS})
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, "webp"),
        mimetype="image/webp",
        width=picture.width,
        height=picture.height,
        widths=widths,
        size=0,
    )
    for width in widths:
        height = max(1, round(picture.height * width / picture.width))
        made = io.BytesIO()
        picture.resize((width, height), Image.Resampling.LANCZOS).save(
            made, "WEBP", quality=QUALITY, method=5
        )
        file.size = made.tell()
        _write(path_of(file, width), made.getvalue())
    db.session.add(file)
    db.session.flush()
    return file


def take_document(upload: FileStorage) -> MediaFile:
    """Keep a document as it is; the caller commits.

    :raises Refused: not a document of an accepted kind.
    """
    content = upload.stream.read()
    digest = hashlib.sha256(content).hexdigest()
    if known := MediaFile.by_digest(digest):
        return known
    extension, mimetype = document_kind(content)
    file = MediaFile(
        digest=digest,
        name=_safe_name(upload.filename, extension),
        mimetype=mimetype,
        size=len(content),
    )
    _write(path_of(file), content)
    db.session.add(file)
    db.session.flush()
    return file


def _opened(content: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(io.BytesIO(content), formats=sorted(PICTURES))
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("Ảnh quá lớn (trên 50 triệu điểm ảnh). Hãy thu nhỏ rồi gửi lại.")
            upright = ImageOps.exif_transpose(picture)
            return upright.convert("RGBA" if "A" in upright.getbands() else "RGB")
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Refused("Ảnh quá lớn. Hãy thu nhỏ rồi gửi lại.") from None
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            if isinstance(error, Refused):
                raise
            raise Refused("Tệp không phải là ảnh JPEG, PNG, WebP hoặc GIF, hoặc đã hỏng.") from None


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
