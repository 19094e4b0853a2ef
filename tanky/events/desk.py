"""The calendar on the desk. What an editor saves is public at once."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.section import Entry, Fulfilment, Section
from ..site import identity
from ..web.pagination import paginate
from .calendar import occurrences
from .forms import EventForm
from .models import Event
from .record import RECORD, Kind

bp = Blueprint("events", __name__, url_prefix="/lich")
PER_PAGE = 50
RECEPTION_WITHIN = 31  # days


def event_for(person: Person, id: int) -> Event:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: the calendar is not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Event.listed().where(Event.id == id))


@bp.get("/")
@roles.editors
def index():
    page = paginate(Event.listed(), Event.id, (Event.starts_at.desc(), Event.id.desc()), PER_PAGE)
    return render_template("events/desk/events.html", page=page)


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        return _form_page(None, EventForm.of(None))
    form = EventForm()
    if request.form.get("add_row"):
        form.add_row("changes")
        return _form_page(None, form)
    if not form.validate():
        return _form_page(None, form, 422)
    event = Event()
    saving.create(event, form.record)
    flash("Đã lưu. Người dân thấy trong lịch từ bây giờ.")
    return redirect(url_for("desk.events.edit", id=event.id))


@bp.route("/<id:id>", methods=["GET", "POST"])
def edit(id: int):
    event = event_for(current_user, id)
    if request.method == "GET":
        return _form_page(event, EventForm.of(event))
    form = EventForm(event)
    if request.form.get("add_row"):
        form.add_row("changes")
        return _form_page(event, form)
    if not form.validate():
        return _form_page(event, form, 422)
    if not saving.save(event, form.record, form.version.data, "lịch này"):
        form.version.data = str(event_for(current_user, id).version)
        return _form_page(event, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.events.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    event = event_for(current_user, id)
    saving.throw_away(event)
    flash(f"Đã bỏ “{event.called}” vào thùng rác.")
    return redirect(url_for("desk.events.index"))


def _form_page(event: Event | None, form: EventForm, status: int = 200):
    return render_template("events/desk/event.html", event=event, form=form), status


class EventSection(Section):
    subject, noun, path = Event.SUBJECT, "lịch", "lich"
    blueprint = bp
    menu = (Entry("desk.events.index", "Lịch", roles.every_editor),)
    model = Event
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Event:
        return event_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Event) -> bool:
        return person.edits_all and not row.is_trashed

    def fulfilments(self) -> Iterable[Fulfilment]:
        today = identity.today()
        is_one = (Event.kind == Kind.RECEPTION, Event.is_sample.is_(False))
        ahead = occurrences(today, today + timedelta(days=RECEPTION_WITHIN), *is_one)
        receptions = [one for one in ahead if one.takes_place]
        since = max((one.event.updated_at for one in receptions), default=None)
        yield Fulfilment(
            "lich:tiep-dan", f"Lịch tiếp công dân trong {RECEPTION_WITHIN} ngày tới",
            bool(receptions), identity.day_of(since), url_for("desk.events.index"),
        )  # fmt: skip

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Event.listed().subquery())
        return {"Việc trong lịch": db.session.scalar(count)}


SECTION = EventSection()
