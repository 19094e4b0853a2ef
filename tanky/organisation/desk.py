"""The organisation on the desk. What an editor saves is public at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import delete, func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.section import Card, Entry, Fulfilment, Section, StillUsed
from ..records import journal
from ..site import identity
from .forms import CentreForm, ChannelsForm, OfficialForm, StateForm, UnitForm
from .models import (
    OFFICIAL,
    UNIT,
    CentreState,
    Official,
    OfficialChannel,
    ServiceCentre,
    Unit,
    chart,
    flat,
)

bp = Blueprint("organisation", __name__, url_prefix="/to-chuc")
units_bp = Blueprint("units", __name__, url_prefix="/don-vi")
BRANCHES = "Đơn vị “{}” còn đơn vị bên dưới hoặc còn người. Hãy chuyển hoặc bỏ họ trước."
IN_TRASH = "Đơn vị “{}” còn đơn vị hay người, có thể cũng trong thùng rác. Hãy xoá hẳn họ trước."


def official_for(person: Person, id: int) -> Official:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: officials are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Official.listed().where(Official.id == id))


def unit_for(person: Person, id: int) -> Unit:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: units are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Unit.listed().where(Unit.id == id))


@bp.get("/")
@roles.editors
def index():
    return render_template(
        "organisation/desk/organisation.html",
        rows=list(flat(chart())),
        others=Official.without_unit(),
        channels=OfficialChannel.in_order(),
    )


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        return _official_page(None, OfficialForm.of(None))
    form = OfficialForm()
    if not form.validate():
        return _official_page(None, form, 422)
    official = Official()
    saving.create(official, form.record)
    flash("Đã lưu. Người dân xem được từ bây giờ.")
    return redirect(url_for("desk.organisation.edit", id=official.id))


@bp.route("/<id:id>", methods=["GET", "POST"])
def edit(id: int):
    official = official_for(current_user, id)
    if request.method == "GET":
        return _official_page(official, OfficialForm.of(official))
    form = OfficialForm()
    if not form.validate():
        return _official_page(official, form, 422)
    if not saving.save(official, form.record, form.version.data, "người này"):
        official = official_for(current_user, id)
        form.version.data = str(official.version)
        return _official_page(official, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.organisation.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    official = official_for(current_user, id)
    saving.throw_away(official)
    flash(f"Đã bỏ “{official.name}” vào thùng rác.")
    return redirect(url_for("desk.organisation.index"))


@bp.route("/kenh", methods=["GET", "POST"])
@roles.editors
def channels():
    """The official channels as one table."""
    known = ChannelsForm.of(OfficialChannel.in_order())
    form = known if request.method == "GET" else ChannelsForm()
    if request.form.get("add_row"):
        form.add_row("rows")
    elif form.validate_on_submit() and saving.is_unchanged(form, known):
        db.session.execute(delete(OfficialChannel))
        for position, given in enumerate(row for row in form.rows.data if row["name"]):
            db.session.add(OfficialChannel(position=position, **given))
        journal.record("saved", person=current_user, label="các kênh chính thức")
        db.session.commit()
        flash("Đã lưu các kênh.")
        return redirect(url_for("desk.organisation.channels"))
    page = render_template("organisation/desk/channels.html", form=form)
    return page, saving.table_status(form)


@bp.route("/mot-cua", methods=["GET", "POST"])
@roles.editors
def centre():
    current = ServiceCentre.current()
    form = CentreForm(obj=current) if request.method == "GET" else CentreForm()
    if form.validate_on_submit():
        form.fill(current)
        db.session.add(current)
        journal.record("saved", person=current_user, label="Trung tâm Phục vụ hành chính công")
        db.session.commit()
        flash("Đã lưu.")
        return redirect(url_for("desk.organisation.centre"))
    page = render_template("organisation/desk/centre.html", form=form, centre=current)
    return page, 422 if form.errors else 200


@bp.post("/mot-cua/tinh-trang")
@roles.editors
def set_state():
    """One tap: how the centre is now, until the end of the day."""
    form = StateForm()
    if not form.validate():
        abort(400)
    current = ServiceCentre.current()
    current.set_state(CentreState(form.state.data), form.note.data)
    db.session.add(current)
    remark = f"tình trạng: {form.state.data}"
    journal.record(
        "saved", person=current_user, label="Trung tâm Phục vụ hành chính công", remark=remark
    )
    db.session.commit()
    flash(
        f"Người dân thấy: {current.told or 'chưa rõ'}."
        + (" Hết hôm nay trở lại theo giờ làm việc." if current.is_set else "")
    )
    return redirect(url_for("desk.board.index"))


@units_bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new_unit():
    if request.method == "GET":
        return _unit_page(None, UnitForm.of(None))
    form = UnitForm()
    if not form.validate():
        return _unit_page(None, form, 422)
    unit = Unit()
    saving.create(unit, form.record)
    flash("Đã lưu. Người dân xem được từ bây giờ.")
    return redirect(url_for("desk.units.edit", id=unit.id))


@units_bp.route("/<id:id>", methods=["GET", "POST"], endpoint="edit")
def edit_unit(id: int):
    unit = unit_for(current_user, id)
    if request.method == "GET":
        return _unit_page(unit, UnitForm.of(unit))
    form = UnitForm(unit)
    if not form.validate():
        return _unit_page(unit, form, 422)
    if not saving.save(unit, form.record, form.version.data, "đơn vị này"):
        unit = unit_for(current_user, id)
        form.version.data = str(unit.version)
        return _unit_page(unit, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.units.edit", id=id))


@units_bp.post("/<id:id>/bo")
def trash_unit(id: int):
    unit = unit_for(current_user, id)
    if _is_used(unit, Unit.listed(), Official.listed()):
        flash(BRANCHES.format(unit.name), "error")
        return redirect(url_for("desk.units.edit", id=id))
    saving.throw_away(unit)
    flash(f"Đã bỏ “{unit.name}” vào thùng rác.")
    return redirect(url_for("desk.organisation.index"))


def _is_used(unit: Unit, units, officials) -> bool:
    """Whether units or people of two queries belong to a unit."""
    return any(
        db.session.scalar(query.limit(1)) is not None
        for query in (
            units.where(Unit.parent_id == unit.id),
            officials.where(Official.unit_id == unit.id),
        )
    )


def _newest(rows: Sequence[Official | Unit]) -> date | None:
    return identity.day_of(max((row.updated_at for row in rows), default=None))


def _official_page(official: Official | None, form: OfficialForm, status: int = 200):
    page = render_template("organisation/desk/official.html", official=official, form=form)
    db.session.commit()  # the portrait that was taken in, also where the rest was refused
    return page, status


def _unit_page(unit: Unit | None, form: UnitForm, status: int = 200):
    return render_template("organisation/desk/unit.html", unit=unit, form=form), status


class OfficialSection(Section):
    subject, noun, path = Official.SUBJECT, "người", "to-chuc"
    blueprint = bp
    menu = (Entry("desk.organisation.index", "Tổ chức", roles.every_editor),)
    model = Official
    schema = OFFICIAL

    def row_for(self, person: Person, ref: str) -> Official:
        return official_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Official) -> bool:
        return person.edits_all and not row.is_trashed

    def cards(self, person: Person) -> Sequence[Card]:
        centre = ServiceCentre.current()
        if not person.edits_all or not centre.name:
            return ()
        values = {"centre": centre, "states": CentreState}
        return (Card("organisation/desk/_state.html", values),)

    def fulfilments(self) -> Iterable[Fulfilment]:
        here = url_for("desk.organisation.index")
        people = Official.in_order(Official.is_sample.is_(False))
        leaders = [one for one in people if one.is_leader]
        whole = [one for one in leaders if one.tasks and one.biography]
        lacking = len(leaders) - len(whole)
        units = db.session.scalars(Unit.listed().where(Unit.is_sample.is_(False))).all()
        told = [unit for unit in units if unit.functions]
        speaking = [one for one in people if one.is_spokesperson]
        yield Fulfilment(
            "to-chuc:lanh-dao", "Lãnh đạo: nhiệm vụ, tiểu sử tóm tắt", bool(leaders),
            _newest(leaders), here,
            f"{lacking} lãnh đạo chưa có nhiệm vụ hoặc tiểu sử." if lacking else "",
        )  # fmt: skip
        yield Fulfilment(
            "to-chuc:don-vi", "Đơn vị: chức năng, nhiệm vụ, sơ đồ", bool(told), _newest(told), here
        )
        yield Fulfilment(
            "to-chuc:phat-ngon", "Người phát ngôn", bool(speaking), _newest(speaking), here
        )
        channels = url_for("desk.organisation.channels")
        is_listed = bool(OfficialChannel.in_order())
        yield Fulfilment("to-chuc:kenh", "Kênh chính thức", is_listed, None, channels)
        centre = ServiceCentre.current()
        yield Fulfilment(
            "to-chuc:mot-cua", "Trung tâm Phục vụ hành chính công",
            bool(centre.name and centre.address and centre.phone and centre.hours), None,
            url_for("desk.organisation.centre"),
        )  # fmt: skip

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Official.listed().subquery())
        return {"Cán bộ, công chức": db.session.scalar(count)}


class UnitSection(Section):
    subject, noun, path = Unit.SUBJECT, "đơn vị", "don-vi"
    blueprint = units_bp
    model = Unit
    schema = UNIT

    def row_for(self, person: Person, ref: str) -> Unit:
        return unit_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Unit) -> bool:
        return person.edits_all and not row.is_trashed

    def delete(self, row: Unit) -> None:
        if _is_used(row, select(Unit), select(Official)):
            raise StillUsed(IN_TRASH.format(row.name))
        db.session.delete(row)


SECTION = OfficialSection()
UNITS = UnitSection()
