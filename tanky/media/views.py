from flask import Blueprint, Response, abort, send_file
from sqlalchemy import select

from ..assets import keep
from ..extensions import db
from .kinds import PDF
from .library import path_of
from .models import MediaFile

bp = Blueprint("media", __name__)


@bp.get("/anh/<key>-<int:width>.webp")
def picture(key: str, width: int) -> Response:
    file = _by_key(key)
    if width not in file.widths:
        abort(404)
    return keep(send_file(path_of(file, width), mimetype="image/webp", etag=False))


@bp.get("/tep/<key>/<name>")
def file(key: str, name: str) -> Response:
    found = _by_key(key)
    if found.name != name or found.is_picture:
        abort(404)
    answer = send_file(
        path_of(found),
        mimetype=found.mimetype,
        as_attachment=found.mimetype != PDF,
        download_name=found.name,
        etag=False,
    )
    # Whatever a document holds, it runs as nobody's page.
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return keep(answer)


def _by_key(key: str) -> MediaFile:
    if len(key) != 24:
        abort(404)
    return db.first_or_404(
        select(MediaFile).where(MediaFile.digest.startswith(key, autoescape=True))
    )
