"""Telling readers what was changed in something published: one page for all nouns."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import select
from wtforms import RadioField

from ..base.db import db
from ..records import change_notes, journal
from ..records.change_notes import LONGEST, ChangeNote, Size
from .forms import EditorForm, area
from .revisions import row_for

bp = Blueprint("change_notes", __name__)
SIZES = [
    (Size.SMALL, "Nhỏ: lỗi chữ, thay ảnh"),
    (Size.LARGE, "Lớn: điều người đọc có thể đã làm theo. Hiện ở đầu bài và trong RSS"),
]


class NoteForm(EditorForm):
    text = area("Đã sửa gì", LONGEST, "Hãy ghi đã sửa gì, một câu.")
    size = RadioField("Mức", choices=SIZES, default=Size.SMALL)


@bp.get("/<path>/<ref>/ghi-chu-thay-doi")
def index(path: str, ref: str):
    section, row = noted_row_for(current_user, path, ref)
    return _page(section, row, ref, NoteForm(formdata=None))


@bp.post("/<path>/<ref>/ghi-chu-thay-doi")
def add(path: str, ref: str):
    section, row = noted_row_for(current_user, path, ref)
    form = NoteForm()
    if not may_note(section, row):
        abort(403)
    if not form.validate():
        return _page(section, row, ref, form, 422)
    db.session.add(
        ChangeNote(
            subject=row.SUBJECT,
            subject_id=row.id,
            size=Size(form.size.data),
            text=form.text.data,
            person_id=current_user.id,
        )
    )
    journal.record("noted", row, current_user, form.text.data)
    db.session.commit()
    flash("Đã ghi. Người đọc thấy ghi chú này ngay.")
    return redirect(url_for("desk.change_notes.index", path=path, ref=ref))


@bp.post("/<path>/<ref>/ghi-chu-thay-doi/<id:id>/bo")
def delete(path: str, ref: str, id: int):
    section, row = noted_row_for(current_user, path, ref)
    if not may_note(section, row):
        abort(403)
    own = select(ChangeNote).filter_by(id=id, subject=row.SUBJECT, subject_id=row.id)
    note = db.first_or_404(own)
    journal.record("unnoted", row, current_user, note.text)
    db.session.delete(note)
    db.session.commit()
    flash("Đã bỏ ghi chú.")
    return redirect(url_for("desk.change_notes.index", path=path, ref=ref))


def noted_row_for(person, path: str, ref: str):
    """The section and the row that an address names, if residents may read such rows.

    :raises NotFound: there is no such row.
    :raises Forbidden: it is not this person's to see.
    """
    section, row = row_for(person, path, ref)
    if change_notes.noun_of(section.subject) is None:
        abort(404)
    return section, row


def may_note(section, row) -> bool:
    """Whether the person answers for what residents read there."""
    answers = current_user.is_chief or section.may_restore(current_user, row)
    return answers and change_notes.is_read(row)


def _page(section, row, ref: str, form: NoteForm, status: int = 200):
    page = render_template(
        "desk/change_notes.html",
        section=section, row=row, ref=ref, form=form, back=section.address(row),
        notes=change_notes.of(row), may_note=may_note(section, row),
        is_read=change_notes.is_read(row),
    )  # fmt: skip
    return page, status
