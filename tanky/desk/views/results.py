from flask import Response, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from ...base.db import db
from ...procedures import importer, results
from ...procedures.models import MonthlyResult
from ...records import journal, revisions
from ...records.downloads import csv_response
from ...records.sheets import XLSX
from ...site import identity
from ...text import formats
from .. import access, bp, importing
from ..forms.results import ImportForm, ResultForm


@bp.get("/ket-qua/")
def results_of_year():
    access.demand_editor(current_user)
    return _year_page(ImportForm())


@bp.route("/ket-qua/moi", methods=["GET", "POST"])
def new_result():
    access.demand_editor(current_user)
    form = ResultForm()
    if form.validate_on_submit():
        importer.drop_samples()
        row = MonthlyResult()
        form.fill(row)
        db.session.add(row)
        return _saved(row, "Đã thêm số liệu.")
    page = render_template("desk/result.html", form=form, row=None)
    return page, 422 if form.errors else 200


@bp.route("/ket-qua/<id:id>", methods=["GET", "POST"])
def result(id: int):
    access.demand_editor(current_user)
    row = db.get_or_404(MonthlyResult, id)
    form = ResultForm(row)
    if form.validate_on_submit():
        revisions.begin(row)
        form.fill(row)
        row.is_sample = False
        row.updated_at = formats.now()
        importer.drop_samples()
        return _saved(row, "Đã lưu số liệu.")
    page = render_template("desk/result.html", form=form, row=row)
    return page, 422 if form.errors else 200


@bp.post("/ket-qua/<id:id>/xoa")
def delete_result(id: int):
    access.demand_editor(current_user)
    row = db.get_or_404(MonthlyResult, id)
    revisions.begin(row)
    place = {name: row.snapshot()[name] for name in ("year", "months", "field")}
    revisions.keep(row, current_user, "Xoá số liệu", place)
    journal.record("deleted", row, current_user)
    db.session.delete(row)
    return _saved(row, "Đã xoá số liệu.", is_kept=False)


@bp.post("/ket-qua/nhap")
def import_results():
    """Read a file of results and show what it would change."""
    access.demand_editor(current_user)
    form = ImportForm()
    if not form.validate_on_submit():
        return _year_page(form), 422
    return importing.preview(
        "results", form.file.data.filename or "", form.file.data.stream.read(), _run,
        url_for("desk.results_of_year"),
    )  # fmt: skip


@bp.post("/ket-qua/nhap/<id:id>")
def apply_results(id: int):
    access.demand_editor(current_user)
    back = url_for("desk.results_of_year")
    page = importing.apply("results", id, request.form.get("digest", ""), _run, back)
    return page or redirect(back)


@bp.get("/ket-qua/mau.xlsx")
def results_template() -> Response:
    """The standard form, empty but for one row that shows how it is filled in."""
    access.demand_editor(current_user)
    name = 'attachment; filename="mau-ket-qua-tthc.xlsx"'
    return Response(importer.template(), mimetype=XLSX, headers={"Content-Disposition": name})


@bp.get("/ket-qua/mau.csv")
def results_template_csv() -> Response:
    access.demand_editor(current_user)
    rows = (importer.COLUMNS.values(), importer.EXAMPLE)
    return csv_response("mau-ket-qua-tthc.csv", rows)


def _run(content: bytes, options: dict):
    return importer.import_results(content, current_user, identity.today())


def _year_page(form: ImportForm):
    known = results.years()
    asked = request.args.get("nam", type=int) or (known[0] if known else None)
    year = results.of_year(asked) if asked else None
    return render_template("desk/results.html", year=year, years=known, form=form)


def _saved(row: MonthlyResult, message: str, is_kept: bool = True):
    results.mark_changed(formats.now())
    year = row.year
    db.session.flush()
    if is_kept:
        db.session.refresh(row, ["field"])
        revisions.keep(row, current_user)
        journal.record("saved", row, current_user)
    db.session.commit()
    flash(message)
    remains = db.session.scalar(select(MonthlyResult.id).where(MonthlyResult.year == year).limit(1))
    return redirect(url_for("desk.results_of_year", nam=year if remains else None))
