from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from ...extensions import db
from ...procedures.models import Field, Procedure
from ...search import having
from ...text import formats
from .. import access, bp
from ..forms.procedures import ProcedureForm


@bp.get("/thu-tuc/")
def procedures():
    access.demand_editor(current_user)
    words = request.args.get("q", "").strip()[:200]
    query = select(Procedure).order_by(Procedure.is_retired, Procedure.title)
    query = having(query, Procedure.search_text, words)
    return render_template(
        "editors/procedures.html",
        procedures=list(db.session.scalars(query)),
        words=words,
    )


@bp.route("/thu-tuc/moi", methods=["GET", "POST"])
def new_procedure():
    access.demand_editor(current_user)
    return _edit(None)


@bp.route("/thu-tuc/<code>", methods=["GET", "POST"])
def procedure(code: str):
    access.demand_editor(current_user)
    return _edit(db.first_or_404(select(Procedure).filter_by(code=code)))


@bp.post("/thu-tuc/<code>/xoa")
def delete_procedure(code: str):
    """A procedure that was published is retired, not deleted; this is for one made by mistake."""
    access.demand_chief(current_user)
    found = db.first_or_404(select(Procedure).filter_by(code=code))
    for successor in db.session.scalars(select(Procedure).filter_by(replaced_by_id=found.id)):
        successor.replaced_by = None
    db.session.delete(found)
    db.session.commit()
    flash(f"Đã xoá thủ tục “{found.title}”.")
    return redirect(url_for("editors.procedures"))


def _edit(found: Procedure | None):
    status = 200
    if request.method == "GET":
        form = ProcedureForm.of(found)
    else:
        form = ProcedureForm(found)
        if table := request.form.get("add_row"):
            if table in ("channels", "papers", "legal_basis"):
                form.add_row(table)
        elif form.validate():
            procedure = found or Procedure()
            with db.session.no_autoflush:
                form.fill(procedure, form.field_of_name())
            procedure.updated_at = formats.now()
            db.session.add(procedure)
            db.session.commit()
            flash("Đã lưu thủ tục.")
            return redirect(url_for("editors.procedure", code=procedure.code))
        else:
            # Files that came along are kept; the record is not.
            db.session.commit()
            status = 422
    page = render_template(
        "editors/procedure.html", form=form, procedure=found, fields=Field.in_order()
    )
    return page, status
