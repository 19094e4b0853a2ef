"""Notices on the desk. Editors prepare them; the editor-in-chief has them shown."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.forms import WithdrawForm
from ..desk.section import Entry, Section, Warning
from ..media import rich_text
from ..records import journal
from ..web.pagination import paginate
from .forms import NoticeForm
from .models import Notice
from .record import RECORD

bp = Blueprint("notices", __name__, url_prefix="/thong-bao")
PER_PAGE = 50


def notice_for(person: Person, id: int, action: str = "") -> Notice:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: notices are not this person's, or the action is not.
    """
    if not person.edits_all:
        abort(403)
    notice = db.first_or_404(Notice.listed().where(Notice.id == id))
    if action and action not in actions(notice, person):
        abort(409 if person.is_chief else 403)
    return notice


def actions(notice: Notice | None, person: Person) -> set[str]:
    """What the person may do with the notice in its present state; each is an endpoint here."""
    if notice is None:
        return {"save", "publish"} if person.is_chief else {"save"}
    if notice.is_trashed or not person.edits_all:
        return set()
    if notice.published_at and not notice.is_over:
        return {"save", "withdraw"} if person.is_chief else set()
    # A save that moved its end would show it again.
    own = {"save", "trash"} if notice.published_at is None else set()
    return own | {"publish"} if person.is_chief else own


@bp.get("/")
@roles.editors
def index():
    page = paginate(Notice.listed(), Notice.id, (Notice.id.desc(),), PER_PAGE)
    return render_template("notices/desk/notices.html", page=page)


@bp.get("/moi")
@roles.editors
def new():
    return _form_page(None, NoticeForm.of(None))


@bp.post("/moi")
@roles.editors
def create():
    form = NoticeForm()
    if not form.validate():
        return _form_page(None, form, 422)
    notice = Notice()
    saving.create(notice, form.record)
    flash("Đã lưu. Thông báo còn là bản nháp.")
    return redirect(url_for("desk.notices.edit", id=notice.id))


@bp.post("/moi/dang")
@roles.chiefs
def create_and_publish():
    """From the form to every page at once: a warning does not wait."""
    form = NoticeForm()
    if not _is_fit(form):
        return _form_page(None, form, 422)
    notice = Notice()
    saving.create(notice, form.record)
    return _published(notice)


@bp.get("/<id:id>")
def edit(id: int):
    notice = notice_for(current_user, id)
    return _form_page(notice, NoticeForm.of(notice))


@bp.post("/<id:id>")
def save(id: int):
    notice = notice_for(current_user, id)
    form = NoticeForm(notice)
    if "save" not in actions(notice, current_user):
        flash("Thông báo đã đăng nên chỉ Trưởng Ban Biên tập sửa được.", "error")
        return _form_page(notice, form, 403, {"save"})
    if not (_is_fit(form) if notice.published_at else form.validate()):
        return _form_page(notice, form, 422)
    if not saving.save(notice, form.record, form.version.data, "thông báo này"):
        return _overtaken(id, form)
    flash("Đã lưu.")
    return redirect(url_for("desk.notices.edit", id=id))


@bp.post("/<id:id>/dang")
def publish(id: int):
    """Save what was typed, and have it shown."""
    notice = notice_for(current_user, id, "publish")
    form = NoticeForm(notice)
    if not _is_fit(form):
        return _form_page(notice, form, 422)
    if not saving.save(notice, form.record, form.version.data, "thông báo này"):
        return _overtaken(id, form)
    return _published(notice)


@bp.post("/<id:id>/go-xuong")
def withdraw(id: int):
    notice = notice_for(current_user, id, "withdraw")
    form = WithdrawForm()
    if not form.validate():
        return _form_page(notice, NoticeForm.of(notice), 422, withdrawing=form)
    notice.withdraw(form.because.data)
    journal.record("withdrawn", notice, current_user, form.because.data)
    db.session.commit()
    flash("Đã gỡ khỏi mọi trang.")
    return redirect(url_for("desk.notices.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    notice = notice_for(current_user, id, "trash")
    saving.throw_away(notice)
    flash("Đã bỏ vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
    return redirect(url_for("desk.notices.index"))


def _is_fit(form: NoticeForm) -> bool:
    """Whether what was typed may be shown to residents; what is wrong is among the errors."""
    valid = form.validate()
    body = form.record["body"]
    if lost := ", ".join(file.called for file in rich_text.trashed_files(body)):
        form.body.errors = [f"Còn dùng tệp đã bỏ: {lost}."]
    elif silent := len(rich_text.undescribed(body)):
        form.body.errors = [f"Còn {silent} ảnh chưa có mô tả cho người không nhìn thấy ảnh."]
    return valid and not form.body.errors


def _published(notice: Notice):
    notice.publish()
    journal.record("published", notice, current_user)
    db.session.commit()
    flash("Đã đăng." if notice.is_public else "Đã đăng, sẽ hiện khi đến giờ.")
    return redirect(url_for("desk.notices.edit", id=notice.id))


def _overtaken(id: int, form: NoticeForm):
    notice = notice_for(current_user, id)
    form.version.data = str(notice.version)
    return _form_page(notice, form, 409)


def _form_page(
    notice: Notice | None,
    form: NoticeForm,
    status: int = 200,
    allowed: set[str] | None = None,
    withdrawing: WithdrawForm | None = None,
):
    """:param allowed: what the page offers, where that is not what may be done."""
    html = render_template(
        "notices/desk/notice.html", notice=notice, form=form,
        actions=allowed or actions(notice, current_user),
        withdrawing=withdrawing or WithdrawForm(formdata=None),
    )  # fmt: skip
    return html, status


class NoticeSection(Section):
    subject, noun, path = Notice.SUBJECT, "thông báo", "thong-bao"
    blueprint = bp
    menu = (Entry("desk.notices.index", "Thông báo, cảnh báo", roles.every_editor),)
    model = Notice
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Notice:
        return notice_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Notice) -> bool:
        # A version comes back without the form's checks, so never to where residents read.
        return row.published_at is None and "save" in actions(row, person)

    def warnings(self, person: Person) -> Sequence[Warning]:
        """Drafts that wait for the editor-in-chief, urgent ones by their titles."""
        drafts = db.session.scalars(Notice.listed().where(Notice.published_at.is_(None))).all()
        if not drafts or not person.is_chief:
            return ()
        urgent = [
            Warning(f"Cảnh báo khẩn chờ bạn đăng: “{row.title}”.", self.address(row), "Xem và đăng")
            for row in drafts
            if row.is_urgent
        ]
        here = url_for("desk.notices.index")
        others = Warning(f"{len(drafts)} thông báo là bản nháp, chờ bạn đăng.", here, "Xem")
        return urgent or (others,)

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Notice.published().subquery())
        return {"Thông báo đang hiện": db.session.scalar(count)}


SECTION = NoticeSection()
