from flask import Blueprint, Response, abort, send_file
from sqlalchemy import select

from ..assets import YEAR
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
    return _kept(send_file(path_of(file, width), mimetype="image/webp", etag=False))


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
    return _kept(answer)


def _by_key(key: str) -> MediaFile:
    if len(key) != 24:
        abort(404)
    return db.first_or_404(
        select(MediaFile).where(MediaFile.digest.startswith(key, autoescape=True))
    )


def _kept(answer: Response) -> Response:
    """The address holds the content's digest, so what it gives never changes."""
    answer.cache_control.clear()
    answer.cache_control.public = True
    answer.cache_control.max_age = YEAR
    answer.cache_control.immutable = True
    return answer
