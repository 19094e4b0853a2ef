from pathlib import Path

from flask import Blueprint, Response, abort, current_app, send_file
from sqlalchemy import select

from ..assets import keep
from ..extensions import db
from .kinds import PDF
from .library import path_of
from .models import MediaFile

bp = Blueprint("media", __name__)


MIMETYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


@bp.get("/anh/<key>-<int:width>.<any(avif, webp, jpg):format>")
def picture(key: str, width: int, format: str) -> Response:
    file = _by_key(key)
    if width not in file.widths or format not in file.formats:
        abort(404)
    path = _present(path_of(file, width, format))
    return keep(send_file(path, mimetype=MIMETYPES[format], etag=False))


@bp.get("/tep/<key>/<name>")
def file(key: str, name: str) -> Response:
    found = _by_key(key)
    if found.name != name or found.is_picture:
        abort(404)
    answer = send_file(
        _present(path_of(found)),
        mimetype=found.mimetype,
        as_attachment=found.mimetype != PDF,
        download_name=found.name,
        etag=False,
    )
    # Whatever a document holds, it runs as nobody's page.
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return keep(answer)


def _present(path: Path) -> Path:
    if not path.is_file():
        current_app.logger.error("an uploaded file is missing: %s", path)
        abort(404)
    return path


def _by_key(key: str) -> MediaFile:
    if len(key) != 24:
        abort(404)
    known = MediaFile.digest.startswith(key, autoescape=True)
    return db.first_or_404(select(MediaFile).where(known, MediaFile.trashed_at.is_(None)))
