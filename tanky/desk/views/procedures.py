from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from ...base.db import db
from ...procedures import catalogue
from ...procedures.models import Field, Procedure
from ...records import journal, revisions
from ...records.search import having
from ...records.sheets import XLSX
from ...site import identity
from ...text import formats
from ...web.pagination import paginate
from .. import access, bp, importing
from ..forms.procedures import CatalogueForm, ProcedureForm

PER_PAGE = 50
OVERTAKEN = (
    "Người khác vừa lưu thủ tục này. Nội dung bạn gõ còn nguyên bên dưới; hãy xem các phiên bản, "
    "chép phần cần giữ, rồi lưu lần nữa để thay bản kia."
)


@bp.get("/thu-tuc/")
def procedures():
    access.demand_editor(current_user)
    return _list_page(CatalogueForm())


@bp.route("/thu-tuc/moi", methods=["GET", "POST"])
def new_procedure():
    access.demand_editor(current_user)
    return _edit(None)


@bp.route("/thu-tuc/<code>", methods=["GET", "POST"])
def procedure(code: str):
    access.demand_editor(current_user)
    return _edit(db.first_or_404(Procedure.listed().where(Procedure.code == code)))


@bp.post("/thu-tuc/<code>/xoa")
def trash_procedure(code: str):
    """A procedure that was published is retired, not deleted; this is for one made by mistake."""
    access.demand_chief(current_user)
    found = db.first_or_404(Procedure.listed().where(Procedure.code == code))
    found.trash(current_user)
    journal.record("trashed", found, current_user)
    db.session.commit()
    flash(f"Đã bỏ thủ tục “{found.title}” vào thùng rác.")
    return redirect(url_for("desk.procedures"))


@bp.get("/thu-tuc/danh-muc.xlsx")
def export_procedures() -> Response:
    """The catalogue as the very form that is imported: to be filled in or corrected in Excel."""
    access.demand_editor(current_user)
    name = f"danh-muc-thu-tuc-{formats.now():%Y%m%d}.xlsx"
    return Response(
        catalogue.export_catalogue(identity.zone()),
        mimetype=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.post("/thu-tuc/nhap")
def import_procedures():
    """Read a catalogue and show what it would change."""
    access.demand_editor(current_user)
    form = CatalogueForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    return importing.preview(
        "procedures", form.file.data.filename or "", form.file.data.stream.read(), _run,
        url_for("desk.procedures"), retire_missing=form.retire_missing.data,
    )  # fmt: skip


@bp.post("/thu-tuc/nhap/<id:id>")
def apply_procedures(id: int):
    access.demand_editor(current_user)
    back = url_for("desk.procedures")
    page = importing.apply("procedures", id, request.form.get("digest", ""), _run, back)
    return page or redirect(back)


def _run(content: bytes, options: dict):
    return catalogue.import_catalogue(
        content, retire_missing=bool(options.get("retire_missing")), person=current_user,
        look=bool(options.get("look")),
    )  # fmt: skip


def _list_page(form: CatalogueForm):
    words = request.args.get("q", "").strip()[:200]
    query = having(Procedure.listed(), Procedure.search_text, words)
    order = (Procedure.is_retired, Procedure.title, Procedure.id)
    page = paginate(query, Procedure.id, order, PER_PAGE)
    return render_template(
        "desk/procedures.html",
        procedures=page.items,
        page=page,
        words=words,
        form=form,
    )


def _edit(found: Procedure | None):
    if request.method == "GET":
        return _form_page(found, ProcedureForm.of(found))
    form = ProcedureForm(found)
    if table := request.form.get("add_row"):
        if table not in ("channels", "papers", "legal_basis"):
            abort(400)
        form.add_row(table)
        return _form_page(found, form)
    if form.version_differs(found):
        return _overtaken(found, form)
    if not form.validate():
        # Files that came along are kept; the record is not.
        db.session.commit()
        return _form_page(found, form, 422)
    procedure = found or Procedure()
    was_in_force = found is not None and not found.is_retired
    if found:
        revisions.begin(found)
    with db.session.no_autoflush:
        form.fill(procedure, Field.named(form.field_name.data))
    procedure.updated_at = formats.now()
    db.session.add(procedure)
    try:
        db.session.flush()
    except StaleDataError:
        # Somebody's save came between our reading and our writing.
        db.session.rollback()
        return _overtaken(db.session.get(Procedure, found.id), form)
    revisions.keep(procedure, current_user)
    retires = was_in_force and procedure.is_retired
    journal.record("retired" if retires else "saved", procedure, current_user)
    db.session.commit()
    flash("Đã lưu thủ tục.")
    return redirect(url_for("desk.procedure", code=procedure.code))


def _overtaken(found: Procedure, form: ProcedureForm):
    flash(OVERTAKEN, "error")
    form.version.data = form.version_of(found)
    return _form_page(found, form, 409)


def _form_page(found: Procedure | None, form: ProcedureForm, status: int = 200):
    page = render_template(
        "desk/procedure.html", form=form, procedure=found, fields=Field.in_order()
    )
    return page, status
