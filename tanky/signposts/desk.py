"""Signposts on the desk. What an editor saves is public at once, as with procedures."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.alphabet import in_alphabet
from ..base.db import db
from ..desk import roles, saving
from ..desk.section import Entry, Section
from ..records.search import having
from ..web.pagination import paginate
from .forms import SignpostForm
from .models import RECORD, Signpost

bp = Blueprint("signposts", __name__, url_prefix="/khong-lam-o-xa")
PER_PAGE = 50


def signpost_for(person: Person, id: int) -> Signpost:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: signposts are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Signpost.listed().where(Signpost.id == id))


@bp.get("/")
@roles.editors
def index():
    words = request.args.get("q", "").strip()[:200]
    query = having(Signpost.listed(), Signpost.search_text, words)
    page = paginate(query, Signpost.id, (in_alphabet(Signpost.title), Signpost.id), PER_PAGE)
    return render_template("signposts/desk/signposts.html", page=page, words=words)


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        return _form_page(None, SignpostForm.of(None))
    form = SignpostForm()
    if not form.validate():
        return _form_page(None, form, 422)
    signpost = Signpost()
    saving.create(signpost, form.record)
    flash("Đã lưu. Người dân tìm thấy từ bây giờ.")
    return redirect(url_for("desk.signposts.edit", id=signpost.id))


@bp.route("/<id:id>", methods=["GET", "POST"])
def edit(id: int):
    signpost = signpost_for(current_user, id)
    if request.method == "GET":
        return _form_page(signpost, SignpostForm.of(signpost))
    form = SignpostForm()
    if not form.validate():
        return _form_page(signpost, form, 422)
    if not saving.save(signpost, form.record, form.version.data, "mục này"):
        form.version.data = str(signpost_for(current_user, id).version)
        return _form_page(signpost, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.signposts.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    signpost = signpost_for(current_user, id)
    saving.throw_away(signpost)
    flash(f"Đã bỏ “{signpost.title}” vào thùng rác.")
    return redirect(url_for("desk.signposts.index"))


def _form_page(signpost: Signpost | None, form: SignpostForm, status: int = 200):
    page = render_template("signposts/desk/signpost.html", signpost=signpost, form=form)
    return page, status


class SignpostSection(Section):
    subject, noun, path = Signpost.SUBJECT, "chỉ dẫn", "khong-lam-o-xa"
    blueprint = bp
    menu = (Entry("desk.signposts.index", "Không làm ở xã", roles.every_editor),)
    model = Signpost
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Signpost:
        return signpost_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Signpost) -> bool:
        return person.edits_all and not row.is_trashed

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Signpost.listed().subquery())
        return {"Việc không làm ở xã": db.session.scalar(count)}


SECTION = SignpostSection()
