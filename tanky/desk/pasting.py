"""What is pasted into an editor, cleaned by the server."""

from flask import Blueprint, abort, jsonify, request

from .. import reading
from ..media import rich_text
from ..reading.bounds import Refused
from ..text import legacy
from . import roles

bp = Blueprint("pasting", __name__)
LONGEST = 3_000_000  # characters
TOO_MUCH = (
    "Phần dán vào quá dài hoặc quá rối nên không làm sạch được. Hãy nhập cả tệp Word, hoặc dán "
    "từng phần nhỏ."
)


@bp.post("/dan")
@roles.anyone
def clean():
    """What was pasted, clean: ``{"html", "converted", "encoding", "lost_pictures",
    "lost_videos"}``."""
    given = request.form.get("html", "")
    if len(given) > LONGEST:
        abort(413)
    try:
        pasted = reading.read("paste", given.encode())
    except Refused:
        return jsonify(error=TOO_MUCH), 422
    return jsonify(
        html=_short(pasted["html"]),
        converted=_short(pasted["converted"]),
        encoding=legacy.NAMES.get(pasted["encoding"], ""),
        lost_pictures=pasted["lost_pictures"],
        lost_videos=pasted["lost_videos"],
    )


def _short(html: str) -> str:
    """Copied from a page of ours, a photo is one ``<img>`` again, and a file's size goes."""
    return rich_text.short(rich_text.canonical(html))
