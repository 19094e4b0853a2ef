from collections.abc import Iterable, Sequence
from datetime import timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from ..accounts.models import Person
from ..base.db import db
from ..desk import comparing, roles
from ..desk.importing import Importing
from ..desk.section import Entry, Fulfilment, Section, Warning
from ..records import journal, revisions
from ..records.downloads import csv_response
from ..records.sheets import XLSX
from ..site import identity
from ..text import formats
from . import figures, importer
from .forms import ImportForm, ResultForm
from .models import MonthlyResult
from .record import COLUMNS, RECORD
from .thirteen_columns import Period

bp = Blueprint("results", __name__, url_prefix="/ket-qua")
SHOWN = 100  # revisions
# Results are due monthly; a few days are left for the report to be made.
STALE = timedelta(days=35)


@bp.get("/")
@roles.editors
def index():
    return _year_page(ImportForm())


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    form = ResultForm()
    if form.validate_on_submit():
        importer.drop_samples()
        row = MonthlyResult()
        form.fill(row)
        db.session.add(row)
        return _saved(row, "Đã thêm số liệu.")
    page = render_template("results/desk/result.html", form=form, row=None)
    return page, 422 if form.errors else 200


@bp.route("/<id:id>", methods=["GET", "POST"])
@roles.editors
def edit(id: int):
    row = db.get_or_404(MonthlyResult, id)
    form = ResultForm(row)
    if form.validate_on_submit():
        revisions.begin(row)
        form.fill(row)
        row.is_sample = False
        row.updated_at = formats.now()
        importer.drop_samples()
        return _saved(row, "Đã lưu số liệu.")
    page = render_template("results/desk/result.html", form=form, row=row)
    return page, 422 if form.errors else 200


@bp.post("/<id:id>/xoa")
@roles.editors
def delete(id: int):
    row = db.get_or_404(MonthlyResult, id)
    revisions.begin(row)
    place = {name: row.snapshot()[name] for name in ("year", "months", "field")}
    revisions.keep(row, current_user, "Xoá số liệu", place)
    journal.record("deleted", row, current_user)
    db.session.delete(row)
    return _saved(row, "Đã xoá số liệu.", is_kept=False)


@bp.post("/nhap")
@roles.editors
def upload():
    """Read a file of results and show what it would change."""
    form = ImportForm()
    if not form.validate_on_submit():
        return _year_page(form), 422
    return IMPORTING.preview(form.file.data, period=form.period)


@bp.post("/nhap/<id:id>")
@roles.editors
def apply(id: int):
    return IMPORTING.apply(id, request.form.get("digest", ""))


@bp.get("/mau.xlsx")
@roles.editors
def template() -> Response:
    """The standard form, empty but for one row that shows how it is filled in."""
    name = 'attachment; filename="mau-ket-qua-tthc.xlsx"'
    return Response(importer.template(), mimetype=XLSX, headers={"Content-Disposition": name})


@bp.get("/mau.csv")
@roles.editors
def template_csv() -> Response:
    rows = (COLUMNS.values(), importer.EXAMPLE)
    return csv_response("mau-ket-qua-tthc.csv", rows)


@bp.get("/lich-su")
@roles.editors
def history():
    """Every correction of the results of a year, also of rows deleted since."""
    year = request.args.get("nam", type=int) or formats.now().year
    if not 1 <= year <= 9999:
        abort(404)
    query = (
        select(revisions.Revision)
        .where(
            revisions.Revision.subject == MonthlyResult.SUBJECT,
            revisions.Revision.content["year"].as_integer() == year,
        )
        .order_by(revisions.Revision.id.desc())
        .limit(SHOWN)
    )
    shown = []
    for revision in db.session.scalars(query):
        previous = revisions.before(revision)
        before = previous.content if previous else {}
        shown.append((revision, comparing.changes(RECORD, before, revision.content)))
    return render_template("results/desk/result_history.html", year=year, shown=shown)


def _run(content: bytes, options: dict):
    period = options.get("period")
    return importer.import_results(
        content, current_user, identity.today(), period and Period(**period)
    )


def _year_page(form: ImportForm):
    known = figures.years()
    asked = request.args.get("nam", type=int) or (known[0] if known else None)
    year = figures.of_year(asked) if asked else None
    return render_template("results/desk/results.html", year=year, years=known, form=form)


def _saved(row: MonthlyResult, message: str, is_kept: bool = True):
    figures.mark_changed(formats.now())
    year = row.year
    db.session.flush()
    if is_kept:
        db.session.refresh(row, ["field"])
        revisions.keep(row, current_user)
        journal.record("saved", row, current_user)
    db.session.commit()
    flash(message)
    remains = db.session.scalar(select(MonthlyResult.id).where(MonthlyResult.year == year).limit(1))
    return redirect(url_for("desk.results.index", nam=year if remains else None))


class ResultSection(Section):
    subject, noun = MonthlyResult.SUBJECT, "số liệu TTHC"
    blueprint = bp
    menu = (Entry("desk.results.index", "Kết quả TTHC", roles.every_editor),)
    schema = RECORD

    def fulfilments(self) -> Iterable[Fulfilment]:
        latest = figures.latest()
        yield Fulfilment(
            "ket-qua", "Kết quả giải quyết thủ tục hành chính",
            latest is not None and not latest.is_sample,
            identity.day_of(latest.updated_at) if latest else None,
            url_for("desk.results.index"),
        )  # fmt: skip

    def warnings(self, person: Person) -> Sequence[Warning]:
        if not person.edits_all:
            return ()
        page = url_for("desk.results.index")
        changed_at = figures.changed_at()
        if changed_at is None or formats.now() - changed_at > STALE:
            stale = "Số liệu TTHC đã hơn một tháng chưa cập nhật."
            return (Warning(stale, page, "Nhập số liệu tháng mới"),)
        latest = figures.latest()
        if latest and latest.is_sample:
            sample = "Trang đang hiện số liệu TTHC mẫu."
            return (Warning(sample, page, "Nhập số liệu thật", ", số liệu mẫu sẽ tự mất."),)
        return ()


SECTION = ResultSection()
IMPORTING = Importing(SECTION, "kết quả giải quyết TTHC", _run)
