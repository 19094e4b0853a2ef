"""Documents on the desk. What an editor saves is public at once, as with procedures."""

from collections.abc import Iterable, Mapping

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.importing import Importing
from ..desk.section import Entry, Fulfilment, Section
from ..records.sheets import XLSX, write
from ..site import identity
from ..web.pagination import paginate
from . import search, sheet
from .forms import DocumentForm, SheetForm
from .models import Document
from .record import RECORD

bp = Blueprint("documents", __name__, url_prefix="/van-ban")
PER_PAGE = 50


def document_for(person: Person, id: int) -> Document:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: documents are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Document.listed().where(Document.id == id))


@bp.get("/")
@roles.editors
def index():
    return _list_page(SheetForm())


@bp.post("/nhap")
@roles.editors
def upload():
    """Read a sheet, or a ZIP of a sheet and files, and show what it would change."""
    form = SheetForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    return IMPORTING.preview(form.file.data)


@bp.post("/nhap/<id:id>")
@roles.editors
def apply(id: int):
    return IMPORTING.apply(id, request.form.get("digest", ""))


@bp.get("/mau.xlsx")
@roles.editors
def template() -> Response:
    """An empty sheet with the headings that are read."""
    head = [name + ("*" if key in sheet.REQUIRED else "") for key, name in sheet.COLUMNS.items()]
    return Response(
        write("Văn bản", head, ()),
        mimetype=XLSX,
        headers={"Content-Disposition": 'attachment; filename="mau-van-ban.xlsx"'},
    )


def _run(content: bytes, options: dict):
    return sheet.import_documents(content, current_user, look=bool(options.get("look")))


def _list_page(form: SheetForm):
    words = request.args.get("q", "").strip()[:200]
    query = search.matching(Document.listed(), words) if words else Document.listed()
    page = paginate(query, Document.id, Document.NEWEST, PER_PAGE)
    return render_template("documents/desk/documents.html", page=page, words=words, form=form)


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        return _form_page(None, DocumentForm.of(None))
    form = DocumentForm()
    if table := request.form.get("add_row"):
        return _with_row(None, form, table)
    if not form.validate():
        return _form_page(None, form, 422)
    document = Document()
    saving.create(document, form.record)
    flash("Đã lưu. Người dân tìm thấy từ bây giờ.")
    return redirect(url_for("desk.documents.edit", id=document.id))


@bp.route("/<id:id>", methods=["GET", "POST"])
def edit(id: int):
    document = document_for(current_user, id)
    if request.method == "GET":
        return _form_page(document, DocumentForm.of(document))
    form = DocumentForm()
    if table := request.form.get("add_row"):
        return _with_row(document, form, table)
    if not form.validate():
        return _form_page(document, form, 422)
    if not saving.save(document, form.record, form.version.data, "văn bản này"):
        form.version.data = str(document_for(current_user, id).version)
        return _form_page(document, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.documents.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    document = document_for(current_user, id)
    saving.throw_away(document)
    flash(f"Đã bỏ “{document.called}” vào thùng rác.")
    return redirect(url_for("desk.documents.index"))


def _with_row(document: Document | None, form: DocumentForm, table: str):
    if table not in ("relations", "files"):
        abort(400)
    form.validate()  # takes in the files that were chosen
    db.session.commit()
    form.add_row(table)
    return _form_page(document, form)


def _form_page(document: Document | None, form: DocumentForm, status: int = 200):
    page = render_template(
        "documents/desk/document.html", document=document, form=form,
        issuers=Document.used(Document.issuer), topics=Document.used(Document.topic),
        signers=Document.used(Document.signer),
    )  # fmt: skip
    db.session.commit()  # the words of files that were read for it
    return page, status


class DocumentSection(Section):
    subject, noun, path = Document.SUBJECT, "văn bản", "van-ban"
    blueprint = bp
    menu = (Entry("desk.documents.index", "Văn bản", roles.every_editor),)
    model = Document
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Document:
        return document_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Document) -> bool:
        return person.edits_all and not row.is_trashed

    def fulfilments(self) -> Iterable[Fulfilment]:
        real = Document.listed().where(Document.is_sample.is_(False))
        newest = db.session.scalar(real.with_only_columns(func.max(Document.updated_at)))
        here = url_for("desk.documents.index")
        day = identity.day_of(newest)
        yield Fulfilment(
            "van-ban", "Văn bản quy phạm pháp luật, văn bản chỉ đạo", bool(newest), day, here
        )

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Document.listed().subquery())
        return {"Văn bản": db.session.scalar(count)}


SECTION = DocumentSection()
IMPORTING = Importing(SECTION, "văn bản", _run)
