"""Bulletins on the desk. What an editor saves is public at once, as with documents."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.section import Entry, Section
from ..web.pagination import paginate
from .forms import BulletinForm
from .models import RECORD, Bulletin

bp = Blueprint("bulletins", __name__, url_prefix="/truyen-thanh")
PER_PAGE = 50


def bulletin_for(person: Person, id: int) -> Bulletin:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: bulletins are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Bulletin.listed().where(Bulletin.id == id))


@bp.get("/")
@roles.editors
def index():
    page = paginate(Bulletin.listed(), Bulletin.id, Bulletin.NEWEST, PER_PAGE)
    return render_template("bulletins/desk/bulletins.html", page=page)


@bp.get("/moi")
@roles.editors
def new():
    return _form_page(None, BulletinForm.of(None))


@bp.post("/moi")
@roles.editors
def create():
    form = BulletinForm()
    if not form.validate():
        db.session.commit()  # the file that came along is kept
        return _form_page(None, form, 422)
    bulletin = Bulletin()
    saving.create(bulletin, form.record)
    flash("Đã lưu. Người dân nghe và đọc được từ bây giờ.")
    return redirect(url_for("desk.bulletins.edit", id=bulletin.id))


@bp.get("/<id:id>")
def edit(id: int):
    bulletin = bulletin_for(current_user, id)
    return _form_page(bulletin, BulletinForm.of(bulletin))


@bp.post("/<id:id>")
def save(id: int):
    bulletin = bulletin_for(current_user, id)
    form = BulletinForm()
    valid = form.validate()
    db.session.commit()  # the files that came along are kept, whatever becomes of the rest
    if not valid:
        return _form_page(bulletin, form, 422)
    if not saving.save(bulletin, form.record, form.version.data, "bản tin này"):
        form.version.data = str(bulletin_for(current_user, id).version)
        return _form_page(bulletin, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.bulletins.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    bulletin = bulletin_for(current_user, id)
    saving.throw_away(bulletin)
    flash(f"Đã bỏ “{bulletin.title}” vào thùng rác.")
    return redirect(url_for("desk.bulletins.index"))


def _form_page(bulletin: Bulletin | None, form: BulletinForm, status: int = 200):
    page = render_template("bulletins/desk/bulletin.html", bulletin=bulletin, form=form)
    return page, status


class BulletinSection(Section):
    subject, noun, path = Bulletin.SUBJECT, "bản tin", "truyen-thanh"
    blueprint = bp
    menu = (Entry("desk.bulletins.index", "Truyền thanh", roles.every_editor),)
    model = Bulletin
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Bulletin:
        return bulletin_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Bulletin) -> bool:
        return person.edits_all and not row.is_trashed

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Bulletin.listed().subquery())
        return {"Bản tin truyền thanh": db.session.scalar(count)}


SECTION = BulletinSection()
