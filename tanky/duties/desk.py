"""The duties page: what must be published, by which law, what is there, missing or late."""

from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.importing import Importing
from ..desk.section import Entry, Section, Warning
from ..records import journal
from ..records.downloads import csv_response
from ..records.sheets import XLSX, write
from ..site import identity
from ..text import formats
from . import sheet
from .forms import DutyForm, NewDutyForm, SheetForm
from .models import RECORD, Confirmation, Duty, State, standings

bp = Blueprint("duties", __name__, url_prefix="/nghia-vu")
LABEL = "danh mục nghĩa vụ công bố"


@bp.get("/")
@roles.editors
def index():
    return _list_page(SheetForm())


@bp.get("/bao-cao.csv")
@roles.editors
def report() -> Response:
    """How each duty stands today, for who inspects the site."""
    head = ["Mã", "Nghĩa vụ", "Căn cứ", "Thời hạn theo luật", "Tình trạng", "Cập nhật ngày",
            "Xem lại trước ngày", "Ghi chú", "Đã đọc nguyên văn", "Đối chiếu ngày"]  # fmt: skip
    table = [
        [
            one.duty.key, one.duty.name, one.duty.citation, one.duty.term, one.state.value,
            _day(one.since), _day(one.due_on), one.remark,
            "có" if one.duty.is_read else "đối chiếu trước khi dùng", _day(one.duty.checked_on),
        ]
        for one in standings()
    ]  # fmt: skip
    return csv_response(f"nghia-vu-{identity.today():%Y-%m-%d}.csv", [head, *table])


@bp.get("/danh-muc.xlsx")
@roles.chiefs
def download() -> Response:
    """The duties themselves, in the columns that the import takes."""
    rows = [
        [attribute.cell(duty.snapshot()[attribute.name]) for attribute in RECORD.columns]
        for duty in Duty.in_order()
    ]
    content = write("Nghĩa vụ", list(sheet.COLUMNS.values()), rows)
    disposition = 'attachment; filename="nghia-vu.xlsx"'
    return Response(content, mimetype=XLSX, headers={"Content-Disposition": disposition})


@bp.post("/nhap")
@roles.chiefs
def upload():
    form = SheetForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    return IMPORTING.preview(form.file.data)


@bp.post("/nhap/<id:id>")
@roles.chiefs
def apply(id: int):
    return IMPORTING.apply(id, request.form.get("digest", ""))


@bp.route("/moi", methods=["GET", "POST"])
@roles.chiefs
def new():
    form = NewDutyForm() if request.method == "POST" else NewDutyForm(formdata=None)
    if form.validate_on_submit():
        duty = Duty(key=form.key.data)
        return _kept(duty, form.record(duty.key))
    page = render_template("duties/desk/duty.html", form=form, duty=None)
    return page, 422 if form.errors else 200


@bp.route("/muc/<key>", methods=["GET", "POST"])
@roles.chiefs
def edit(key: str):
    duty = Duty.by_key(key) or abort(404)
    form = DutyForm(duty) if request.method == "POST" else DutyForm.of(duty)
    if form.validate_on_submit() and saving.is_unchanged(form, DutyForm.of(duty)):
        return _kept(duty, form.record(key))
    page = render_template(
        "duties/desk/duty.html", form=form, duty=duty, is_given=key in Duty.keys_given()
    )
    return page, saving.table_status(form)


@bp.post("/muc/<key>/xac-nhan")
@roles.chiefs
def confirm(key: str):
    """Answer for a duty that nothing on the site fulfils."""
    duty = Duty.by_key(key) or abort(404)
    if duty.slot:
        abort(409)
    word = Confirmation(key=key, confirmed_on=identity.today(), confirmed_by=current_user.name)
    _write(db.session.merge(word), f"xác nhận: {duty.name}")
    flash(f"Đã xác nhận “{duty.name}”.")
    return redirect(url_for("desk.duties.index"))


@bp.post("/muc/<key>/bo")
@roles.chiefs
def drop(key: str):
    """Delete a duty of the site's own; let the one that came with the software hold again."""
    duty = Duty.by_key(key) or abort(404)
    if duty.is_edited:
        db.session.delete(duty)
        journal.record("saved", person=current_user, label=LABEL, remark=f"bỏ bản của xã: {key}")
        db.session.commit()
    flash("Đã bỏ bản của xã.")
    return redirect(url_for("desk.duties.index"))


def _kept(duty: Duty, record: dict):
    duty.restore(record)
    _write(duty, f"lưu: {duty.name}")
    flash("Đã lưu.")
    return redirect(url_for("desk.duties.index"))


def _write(row: Duty | Confirmation, remark: str) -> None:
    db.session.add(row)
    journal.record("saved", person=current_user, label=LABEL, remark=remark)
    try:
        db.session.commit()
    except IntegrityError:  # another person's first change came between
        abort(409)


def _list_page(form: SheetForm):
    rows = standings()
    asked = request.args.get("tinh-trang", "")
    counts = Counter(one.state for one in rows)
    chosen = [one for one in rows if one.state == asked] if asked else rows
    return render_template(
        "duties/desk/duties.html", rows=chosen, counts=counts, states=State, asked=asked,
        total=len(rows), form=form,
    )  # fmt: skip


def _run(content: bytes, options: dict):
    return sheet.import_duties(content)


def _day(day) -> str:
    return formats.day(day) if day else ""


class DutySection(Section):
    subject, noun = "duty", "nghĩa vụ"
    blueprint = bp
    menu = (Entry("desk.duties.index", "Nghĩa vụ công bố", roles.every_editor),)
    schema = RECORD

    def warnings(self, person: Person) -> Sequence[Warning]:
        if not person.is_chief:
            return ()
        counts = Counter(one.state for one in standings())
        told = [
            f"{counts[state]} {state.value}"
            for state in (State.LATE, State.MISSING, State.SOON)
            if counts[state]
        ]
        if not told:
            return ()
        sentence = f"Nghĩa vụ công bố: {', '.join(told)}."
        return (Warning(sentence, url_for("desk.duties.index"), "Xem"),)


SECTION = DutySection()
IMPORTING = Importing(SECTION, "nghĩa vụ công bố", _run)
