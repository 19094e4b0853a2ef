from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import delete, select

from ...base.db import db
from ...media import library
from ...media.models import MediaFile
from ...news.models import Article
from ...procedures.models import Procedure
from ...records import journal
from .. import access, bp, publishing, usage


@bp.get("/thung-rac/")
def trash():
    edits = current_user.edits_all
    return render_template(
        "desk/trash.html",
        articles=db.session.scalars(access.trashed_articles_for(current_user)).all(),
        procedures=db.session.scalars(_trashed(Procedure)).all() if edits else [],
        files=db.session.scalars(_trashed(MediaFile)).all() if edits else [],
    )


@bp.post("/thung-rac/bai/<id:id>/lay-lai")
def untrash_article(id: int):
    article = access.get_trashed_article_for(current_user, id)
    publishing.untrash(article, current_user)
    flash(f"Đã lấy lại bài “{article.called}”.")
    return redirect(url_for("desk.article", id=id))


@bp.post("/thung-rac/thu-tuc/<id:id>/lay-lai")
def untrash_procedure(id: int):
    access.demand_editor(current_user)
    procedure = db.first_or_404(_trashed(Procedure).where(Procedure.id == id))
    procedure.untrash()
    journal.record("restored", procedure, current_user)
    db.session.commit()
    flash(f"Đã lấy lại thủ tục “{procedure.title}”.")
    return redirect(url_for("desk.procedure", code=procedure.code))


@bp.post("/thung-rac/tep/<id:id>/lay-lai")
def untrash_file(id: int):
    access.demand_editor(current_user)
    file = db.first_or_404(_trashed(MediaFile).where(MediaFile.id == id))
    file.untrash()
    journal.record("restored", file, current_user)
    db.session.commit()
    flash(f"Đã lấy lại tệp “{file.called}”.")
    return redirect(url_for("desk.file", id=id))


@bp.post("/thung-rac/bai/<id:id>/xoa-han")
def delete_article(id: int):
    """For good; its revisions stay, as the record of what was written in the commune's name."""
    access.demand_chief(current_user)
    article = access.get_trashed_article_for(current_user, id)
    journal.record("deleted", article, current_user)
    # What hangs on it (autosaved text, links) goes by its foreign keys.
    db.session.execute(delete(Article).where(Article.id == id))
    db.session.commit()
    flash("Đã xoá hẳn bài.")
    return redirect(url_for("desk.trash"))


@bp.post("/thung-rac/thu-tuc/<id:id>/xoa-han")
def delete_procedure(id: int):
    access.demand_chief(current_user)
    procedure = db.first_or_404(_trashed(Procedure).where(Procedure.id == id))
    journal.record("deleted", procedure, current_user)
    for successor in db.session.scalars(select(Procedure).filter_by(replaced_by_id=id)):
        successor.replaced_by = None
    db.session.delete(procedure)
    db.session.commit()
    flash("Đã xoá hẳn thủ tục.")
    return redirect(url_for("desk.trash"))


@bp.post("/thung-rac/tep/<id:id>/xoa-han")
def delete_file(id: int):
    """Never what something shows, or what an earlier version would lack when taken back."""
    access.demand_chief(current_user)
    file = db.first_or_404(_trashed(MediaFile).where(MediaFile.id == id))
    if usage.uses_of(file) or usage.kept_by_revision(file):
        flash(f"Tệp “{file.called}” còn được dùng trong một bài hay một phiên bản cũ.", "error")
        return redirect(url_for("desk.trash"))
    journal.record("deleted", file, current_user)
    library.delete(file)
    db.session.commit()
    flash("Đã xoá hẳn tệp.")
    return redirect(url_for("desk.trash"))


def _trashed(model):
    return select(model).where(model.trashed_at.is_not(None)).order_by(model.trashed_at.desc())
