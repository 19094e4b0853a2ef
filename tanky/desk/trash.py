from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user

from ..base.db import db
from ..records import journal
from . import roles
from .section import Entry, Section, StillUsed, with_trash

bp = Blueprint("trash", __name__, url_prefix="/thung-rac")


@bp.get("/")
@roles.anyone
def index():
    groups = [
        (section, db.session.scalars(_newest_first(section)).all()) for section in with_trash()
    ]
    return render_template("desk/trash.html", groups=[group for group in groups if group[1]])


@bp.post("/<path>/<id:id>/lay-lai")
def untrash(path: str, id: int):
    section, row = trashed_row_for(current_user, path, id)
    row.untrash()
    journal.record("restored", row, current_user)
    db.session.commit()
    flash(f"Đã lấy lại {section.noun} “{row.called}”.")
    return redirect(section.address(row))


@bp.post("/<path>/<id:id>/xoa-han")
@roles.chiefs
def delete(path: str, id: int):
    """Remove a row for good. Its revisions stay: they record what was published."""
    section, row = trashed_row_for(current_user, path, id)
    journal.record("deleted", row, current_user)
    try:
        section.delete(row)
    except StillUsed as why:
        db.session.rollback()
        flash(str(why), "error")
    else:
        db.session.commit()
        flash(f"Đã xoá hẳn {section.noun}.")
    return redirect(url_for("desk.trash.index"))


@bp.post('/bai/<id:id>/<any("lay-lai", "xoa-han"):action>')
@roles.anyone
def article_as_before(id: int, action: str):
    """The address of articles until November 2026."""
    return redirect(f"{url_for('desk.trash.index')}tin-tuc/{id}/{action}", 308)


def trashed_row_for(person, path: str, id: int):
    """The section that an address names, and its row in the trash.

    :raises NotFound: it is not in the trash, or the person does not see it there.
    """
    for section in with_trash():
        if section.path == path:
            rows = section.trashed(person).where(section.model.id == id)
            return section, db.first_or_404(rows)
    abort(404)


def _newest_first(section: Section):
    return section.trashed(current_user).order_by(section.model.trashed_at.desc())


class TrashSection(Section):
    blueprint = bp
    menu = (Entry("desk.trash.index", "Thùng rác"),)


SECTION = TrashSection()
