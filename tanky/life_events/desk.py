"""Life events on the desk. What an editor saves is public at once, as with procedures."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.section import Entry, Section
from .forms import LifeEventForm
from .models import RECORD, LifeEvent

bp = Blueprint("life_events", __name__, url_prefix="/viec-can-lam")


def life_event_for(person: Person, id: int) -> LifeEvent:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: life events are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(LifeEvent.listed().where(LifeEvent.id == id))


@bp.get("/")
@roles.editors
def index():
    return render_template("life_events/desk/life_events.html", life_events=LifeEvent.in_order())


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        return _form_page(None, LifeEventForm.of(None))
    form = LifeEventForm()
    if request.form.get("add_row"):
        form.add_row("steps")
        return _form_page(None, form)
    if not form.validate():
        return _form_page(None, form, 422)
    event = LifeEvent()
    saving.create(event, form.record)
    flash("Đã lưu. Người dân tìm thấy từ bây giờ.")
    return redirect(url_for("desk.life_events.edit", id=event.id))


@bp.route("/<id:id>", methods=["GET", "POST"])
def edit(id: int):
    event = life_event_for(current_user, id)
    if request.method == "GET":
        return _form_page(event, LifeEventForm.of(event))
    form = LifeEventForm()
    if request.form.get("add_row"):
        form.add_row("steps")
        return _form_page(event, form)
    if not form.validate():
        return _form_page(event, form, 422)
    if not saving.save(event, form.record, form.version.data, "mục này"):
        form.version.data = str(life_event_for(current_user, id).version)
        return _form_page(event, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.life_events.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    event = life_event_for(current_user, id)
    saving.throw_away(event)
    flash(f"Đã bỏ “{event.title}” vào thùng rác.")
    return redirect(url_for("desk.life_events.index"))


def _form_page(event: LifeEvent | None, form: LifeEventForm, status: int = 200):
    page = render_template("life_events/desk/life_event.html", life_event=event, form=form)
    return page, status


class LifeEventSection(Section):
    subject, noun, path = LifeEvent.SUBJECT, "việc trong đời", "viec-can-lam"
    blueprint = bp
    menu = (Entry("desk.life_events.index", "Việc cần làm", roles.every_editor),)
    model = LifeEvent
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> LifeEvent:
        return life_event_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: LifeEvent) -> bool:
        return person.edits_all and not row.is_trashed

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(LifeEvent.listed().subquery())
        return {"Việc trong đời": db.session.scalar(count)}


SECTION = LifeEventSection()
