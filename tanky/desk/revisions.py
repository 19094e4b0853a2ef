"""Every version that was saved: read, compare, take back."""

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask_login import current_user

from ..base.db import db
from ..records import revisions
from . import comparing
from .section import NotRestored, current_sections

bp = Blueprint("revisions", __name__)
SHOWN = 100


@bp.get("/<path>/<ref>/phien-ban")
def index(path: str, ref: str):
    """The list, with what one of them changed (``?ban=3``), or against another (``&so=1``)."""
    section, row = row_for(current_user, path, ref)
    listed = db.session.scalars(revisions.of(row).limit(SHOWN)).all()
    chosen = other = None
    changes = []
    if listed:
        chosen = revisions.get(row, request.args.get("ban", listed[0].number, type=int))
        if asked := request.args.get("so", type=int):
            other = revisions.get(row, asked)
        else:
            other = revisions.before(chosen)
        if other and other.number > chosen.number:
            abort(404)
        changes = comparing.changes(section.schema, other.content if other else {}, chosen.content)
    return render_template(
        "desk/revisions.html",
        section=section, ref=ref, row=row, back=section.address(row), revisions=listed,
        chosen=chosen, other=other, changes=changes,
        may_restore=section.may_restore(current_user, row),
    )  # fmt: skip


@bp.post("/<path>/<ref>/phien-ban/<id:number>/khoi-phuc")
def restore(path: str, ref: str, number: int):
    section, row = row_for(current_user, path, ref)
    if not section.may_restore(current_user, row):
        abort(403)
    # An attribute that is younger than the version stays as it is.
    content = {**row.snapshot(), **revisions.get(row, number).content}
    try:
        section.restore(row, content, f"Khôi phục bản {number}")
    except NotRestored as why:
        db.session.rollback()
        flash(str(why), "error")
    else:
        flash(f"Đã khôi phục bản {number}. Bản trước đó vẫn còn trong danh sách.")
    return redirect(section.address(row))


def row_for(person, path: str, ref: str):
    """The section and the row that an address names.

    :raises NotFound: there is no such row.
    :raises Forbidden: it is not this person's to see.
    """
    for section in current_sections():
        if path and section.path == path:
            return section, section.row_for(person, ref)
    abort(404)
