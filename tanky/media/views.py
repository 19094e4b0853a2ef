from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, send_file
from flask_login import current_user
from sqlalchemy import select

from ..accounts.models import Person
from ..base.db import db
from ..records import public
from ..web.assets import keep
from ..web.errors import Withdrawn
from ..web.page import current_page
from . import rich_text
from .kinds import PDF
from .library import path_of
from .models import MediaFile

bp = Blueprint("media", __name__)
MIMETYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


def init_app(app: Flask, may_see: Callable[[Person, MediaFile], bool]) -> None:
    """:param may_see: whether someone signed in may see a file that nothing public shows."""
    app.extensions["may_see_file"] = may_see
    app.jinja_env.filters["rich_text"] = rich_text.markup


@bp.get("/anh/<key>-<int:width>.<any(avif, webp, jpg):format>")
def picture(key: str, width: int, format: str) -> Response:
    file = _by_key(key)
    if width not in file.widths or format not in file.formats:
        abort(404)
    path = _present(path_of(file, width, format))
    is_public = _demand_access(file)
    answer = send_file(path, mimetype=MIMETYPES[format], etag=False)
    return keep(answer) if is_public and not public.names_people(key) else _for_one(answer)


@bp.get("/tep/<key>/<name>")
def file(key: str, name: str) -> Response:
    found = _by_key(key)
    if found.name != name or found.is_picture:
        abort(404)
    path = _present(path_of(found))
    is_public = _demand_access(found)
    answer = send_file(
        path,
        mimetype=found.mimetype,
        as_attachment=not (found.mimetype == PDF or found.is_sound or found.is_film),
        download_name=found.name,
        etag=found.digest,
    )
    # Whatever a document holds, it runs as nobody's page. A recording runs nothing, and a browser
    # that opens it by itself loads it as ours.
    is_recording = found.is_sound or found.is_film
    policy = "media-src 'self'" if is_recording else "sandbox"
    answer.headers["Content-Security-Policy"] = f"{policy}; default-src 'none'"
    # Players of podcasts are on other sites.
    current_page().is_for_other_sites = found.is_sound
    if not is_public or public.names_people(key):
        return _for_one(answer)
    # Asked for anew at each use: what was taken back is not read from a phone's memory.
    return keep(answer, unchanging=False)


def _demand_access(file: MediaFile) -> bool:
    """Whether it is public; a person or a link may do where it is not.

    :raises Withdrawn: what showed it is over.
    :raises NotFound: nobody whom it is shown to.
    """
    may_see = current_app.extensions["may_see_file"]
    if public.shows(file.key):
        return True
    secret = request.args.get("xem", "")
    if secret and public.is_passed(file.key, secret):
        return False
    has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    if has_cookie and current_user.is_authenticated and may_see(current_user, file):
        return False
    if public.was_shown(file.key):
        raise Withdrawn("Thời hạn đăng tệp đã hết, hoặc bài có tệp đã được gỡ.")
    abort(404)


def _for_one(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


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
