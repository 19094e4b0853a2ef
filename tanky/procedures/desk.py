from collections.abc import Iterable, Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from ..accounts.models import Person
from ..base.alphabet import in_alphabet
from ..base.db import db
from ..desk import roles, saving
from ..desk.importing import Importing
from ..desk.section import Entry, Fulfilment, Section
from ..records import journal, revisions
from ..records.search import having
from ..records.sheets import XLSX
from ..site import identity
from ..site.fields import Field
from ..text import formats
from ..web.pagination import paginate
from . import catalogue
from .forms import CatalogueForm, ProcedureForm
from .models import Procedure
from .record import RECORD

bp = Blueprint("procedures", __name__, url_prefix="/thu-tuc")
PER_PAGE = 50


@bp.get("/")
@roles.editors
def index():
    return _list_page(CatalogueForm())


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    return _edit(None)


@bp.route("/<code>", methods=["GET", "POST"])
@roles.editors
def edit(code: str):
    return _edit(db.first_or_404(Procedure.listed().where(Procedure.code == code)))


@bp.post("/<code>/xoa")
@roles.chiefs
def trash(code: str):
    """A procedure that was published is retired, not deleted; this is for one made by mistake."""
    found = db.first_or_404(Procedure.listed().where(Procedure.code == code))
    saving.throw_away(found)
    flash(f"Đã bỏ thủ tục “{found.title}” vào thùng rác.")
    return redirect(url_for("desk.procedures.index"))


@bp.get("/danh-muc.xlsx")
@roles.editors
def export() -> Response:
    """The catalogue as the very form that is imported: to be filled in or corrected in Excel."""
    name = f"danh-muc-thu-tuc-{formats.now():%Y%m%d}.xlsx"
    return Response(
        catalogue.export_catalogue(identity.zone()),
        mimetype=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.post("/nhap")
@roles.editors
def upload():
    """Read a catalogue and show what it would change."""
    form = CatalogueForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    return IMPORTING.preview(form.file.data, retire_missing=form.retire_missing.data)


@bp.post("/nhap/<id:id>")
@roles.editors
def apply(id: int):
    return IMPORTING.apply(id, request.form.get("digest", ""))


def _run(content: bytes, options: dict):
    return catalogue.import_catalogue(
        content, retire_missing=bool(options.get("retire_missing")), person=current_user,
        look=bool(options.get("look")),
    )  # fmt: skip


def _list_page(form: CatalogueForm):
    words = request.args.get("q", "").strip()[:200]
    query = having(Procedure.listed(), Procedure.search_text, words)
    order = (Procedure.is_retired, in_alphabet(Procedure.title), Procedure.id)
    page = paginate(query, Procedure.id, order, PER_PAGE)
    return render_template(
        "procedures/desk/procedures.html",
        procedures=page.items,
        page=page,
        words=words,
        form=form,
    )


def _edit(found: Procedure | None):
    if request.method == "GET":
        return _form_page(found, ProcedureForm.of(found))
    form = ProcedureForm(found)
    form.take_files()
    db.session.commit()
    if table := request.form.get("add_row"):
        if table not in ("channels", "papers", "legal_basis"):
            abort(400)
        form.add_row(table)
        return _form_page(found, form)
    if form.version_differs(found):
        return _overtaken(found, form)
    if not form.validate():
        return _form_page(found, form, 422)
    procedure = found or Procedure()
    was_in_force = found is not None and not found.is_retired
    if found:
        revisions.begin(found)
    with db.session.no_autoflush:
        procedure.restore(form.record)
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
    return redirect(url_for("desk.procedures.edit", code=procedure.code))


def _overtaken(found: Procedure, form: ProcedureForm):
    flash(saving.OVERTAKEN.format("thủ tục này"), "error")
    form.version.data = form.version_of(found)
    return _form_page(found, form, 409)


def _form_page(found: Procedure | None, form: ProcedureForm, status: int = 200):
    page = render_template(
        "procedures/desk/procedure.html", form=form, procedure=found, fields=Field.in_order()
    )
    return page, status


class ProcedureSection(Section):
    subject, noun, path = Procedure.SUBJECT, "thủ tục", "thu-tuc"
    blueprint = bp
    menu = (Entry("desk.procedures.index", "Thủ tục", roles.every_editor),)
    model = Procedure
    schema = RECORD

    def address(self, row: Procedure) -> str:
        return url_for("desk.procedures.edit", code=row.code)

    def row_for(self, person: Person, ref: str) -> Procedure:
        if not person.edits_all:
            abort(403)
        return db.first_or_404(select(Procedure).filter_by(code=ref))

    def may_restore(self, person: Person, row: Procedure) -> bool:
        return person.edits_all and not row.is_trashed

    def delete(self, row: Procedure) -> None:
        for predecessor in db.session.scalars(select(Procedure).filter_by(replaced_by_id=row.id)):
            predecessor.replaced_by = None
        db.session.delete(row)

    def restore(self, row: Procedure, content: Mapping, note: str) -> None:
        # The code is its address; an old version brings back what it said, not where it was.
        super().restore(row, {**content, "code": row.code}, note)

    def fulfilments(self) -> Iterable[Fulfilment]:
        real = Procedure.in_force().where(Procedure.is_sample.is_(False))
        newest = db.session.scalar(real.with_only_columns(func.max(Procedure.updated_at)))
        here = url_for("desk.procedures.index")
        day = identity.day_of(newest)
        yield Fulfilment("thu-tuc", "Danh mục thủ tục hành chính", bool(newest), day, here)

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Procedure.listed().subquery())
        return {"Thủ tục": db.session.scalar(count)}


SECTION = ProcedureSection()
IMPORTING = Importing(SECTION, "danh mục thủ tục", _run)
