"""Every version that was saved of an article or a procedure: read, compare, take back."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from ...base.db import db
from ...procedures.models import MonthlyResult, Procedure
from ...records import journal, revisions
from ...text import formats
from .. import access, bp, comparing, publishing

SHOWN = 100


@bp.get("/tin-tuc/<id:id>/phien-ban")
def article_revisions(id: int):
    article = access.get_article_for(current_user, id)
    return _page(article, url_for("desk.article", id=id), access.may_edit(current_user, article))


@bp.post("/tin-tuc/<id:id>/phien-ban/<id:number>/khoi-phuc")
def restore_article(id: int, number: int):
    article = access.get_editable_article_for(current_user, id)
    revision = revisions.get(article, number)
    try:
        publishing.save(
            article,
            current_user,
            lambda article: article.restore(revision.content),
            f"Khôi phục bản {number}",
        )
    except publishing.Incomplete as lack:
        db.session.rollback()
        flash(f"Chưa khôi phục được vì bài đang đăng sẽ thiếu: {lack}", "error")
    else:
        flash(f"Đã khôi phục bản {number}. Bản trước đó vẫn còn trong danh sách.")
    return redirect(url_for("desk.article", id=id))


@bp.get("/thu-tuc/<code>/phien-ban")
def procedure_revisions(code: str):
    access.demand_editor(current_user)
    procedure = db.first_or_404(select(Procedure).filter_by(code=code))
    return _page(procedure, url_for("desk.procedure", code=code), not procedure.is_trashed)


@bp.post("/thu-tuc/<code>/phien-ban/<id:number>/khoi-phuc")
def restore_procedure(code: str, number: int):
    access.demand_editor(current_user)
    procedure = db.first_or_404(Procedure.listed().where(Procedure.code == code))
    revision = revisions.get(procedure, number)
    note = f"Khôi phục bản {number}"
    with db.session.no_autoflush:
        # The code is its address; an old version brings back what it said, not where it was.
        procedure.restore(revision.content | {"code": procedure.code})
    db.session.flush()
    revisions.keep(procedure, current_user, note)
    journal.record("restored_revision", procedure, current_user, note)
    db.session.commit()
    flash(f"Đã khôi phục bản {number}. Bản trước đó vẫn còn trong danh sách.")
    return redirect(url_for("desk.procedure", code=code))


@bp.get("/ket-qua/lich-su")
def result_history():
    """Every correction of the results of a year, also of rows deleted since."""
    access.demand_editor(current_user)
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
        shown.append((revision, comparing.changes("result", before, revision.content)))
    return render_template("desk/result_history.html", year=year, shown=shown)


def _page(thing, back: str, may_restore: bool):
    """The list, with the difference that one of them made: ``?ban=3``, or to another: ``&so=1``."""
    known = db.session.scalars(revisions.of(thing).limit(SHOWN)).all()
    chosen = other = None
    changes = []
    if known:
        chosen = revisions.get(thing, request.args.get("ban", known[0].number, type=int))
        if asked := request.args.get("so", type=int):
            other = revisions.get(thing, asked)
        else:
            other = revisions.before(chosen)
        if other and other.number > chosen.number:
            abort(404)
        before = other.content if other else {}
        changes = comparing.changes(thing.SUBJECT, before, chosen.content)
    return render_template(
        "desk/revisions.html",
        thing=thing, back=back, revisions=known, chosen=chosen, other=other, changes=changes,
        may_restore=may_restore,
    )  # fmt: skip
