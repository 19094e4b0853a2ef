"""Pages on the desk. Editors write them; the editor-in-chief decides what is public."""

from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.forms import WithdrawForm
from ..desk.section import Entry, Fulfilment, Section, StillUsed, Warning
from ..media import rich_text
from ..records import journal
from ..site import identity
from ..text import formats
from .forms import PageForm
from .models import RECORD, Page, Slot, flat, tree

bp = Blueprint("pages", __name__, url_prefix="/gioi-thieu")
PUBLISHED_MEANWHILE = (
    "Trang đã đăng nên chỉ Trưởng Ban Biên tập sửa được. Nội dung bạn gõ còn nguyên bên dưới; hãy "
    "chép lại trước khi rời trang này."
)
BRANCHES = "Trang “{}” còn trang bên dưới. Hãy chuyển hoặc bỏ chúng trước."
IN_TRASH = "Trang “{}” còn trang bên dưới, có thể cũng trong thùng rác. Hãy xoá hẳn chúng trước."


def page_for(person: Person, id: int, action: str = "") -> Page:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: pages are not this person's, or the action is not.
    """
    if not person.edits_all:
        abort(403)
    page = db.first_or_404(Page.listed().where(Page.id == id))
    if action and action not in actions(page, person):
        abort(409 if person.is_chief else 403)
    return page


def actions(page: Page, person: Person) -> set[str]:
    """What the person may do with the page in its present state; each is an endpoint here."""
    if page.is_trashed or not person.edits_all:
        return set()
    if page.published_at:
        return {"save", "withdraw"} if person.is_chief else set()
    return {"save", "trash", "publish"} if person.is_chief else {"save", "trash"}


@bp.get("/")
@roles.editors
def index():
    pages = list(flat(tree(Page.listed())))
    public = {page.slot for _, page in pages if page.published_at}
    missing = [slot.value for slot in Slot if slot not in public]
    return render_template("pages/desk/pages.html", tree=pages, missing=missing)


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        return _form_page(None, PageForm.of(None))
    form = PageForm()
    if not form.validate():
        return _form_page(None, form, 422)
    page = Page()
    saving.create(page, form.record)
    flash("Đã lưu. Trang còn là bản nháp.")
    return redirect(url_for("desk.pages.edit", id=page.id))


@bp.get("/<id:id>")
def edit(id: int):
    page = page_for(current_user, id)
    return _form_page(page, PageForm.of(page))


@bp.post("/<id:id>")
def save(id: int):
    page = page_for(current_user, id)
    form = PageForm(page)
    if "save" not in actions(page, current_user):
        flash(PUBLISHED_MEANWHILE, "error")
        return _form_page(page, form, 403, {"save"})
    if not form.validate():
        return _form_page(page, form, 422)
    record = form.record
    problem = _problem_with(record["body"]) if page.published_at else ""
    if problem and form.version.data == str(page.version):
        form.body.errors = [problem]
        return _form_page(page, form, 422)
    if not saving.save(page, record, form.version.data, "trang này"):
        page = page_for(current_user, id)
        form.version.data = str(page.version)
        return _form_page(page, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.pages.edit", id=id))


@bp.post("/<id:id>/dang")
def publish(id: int):
    page = page_for(current_user, id, "publish")
    if request.form.get("version") != str(page.version):
        flash("Trang vừa được sửa. Hãy xem lại bản này rồi đăng.", "error")
        return redirect(url_for("desk.pages.edit", id=id))
    if problem := _problem_with(page.body):
        flash(problem, "error")
        return redirect(url_for("desk.pages.edit", id=id))
    page.publish()
    journal.record("published", page, current_user)
    db.session.commit()
    if any(above.published_at is None for above in page.above):
        flash("Đã đăng. Người dân thấy trang này khi các trang ở trên nó cũng được đăng.")
    else:
        flash("Đã đăng. Người dân xem được trang này từ bây giờ.")
    return redirect(url_for("desk.pages.edit", id=id))


@bp.post("/<id:id>/go-xuong")
def withdraw(id: int):
    page = page_for(current_user, id, "withdraw")
    form = WithdrawForm()
    if not form.validate():
        return _form_page(page, PageForm.of(page), 422, withdrawing=form)
    page.withdraw(form.because.data)
    journal.record("withdrawn", page, current_user, form.because.data)
    db.session.commit()
    flash("Đã gỡ trang. Người dân không còn xem được trang này và các trang bên dưới nó.")
    return redirect(url_for("desk.pages.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    page = page_for(current_user, id, "trash")
    if db.session.scalar(Page.listed().where(Page.parent_id == id).limit(1)):
        flash(BRANCHES.format(page.title), "error")
        return redirect(url_for("desk.pages.edit", id=id))
    saving.throw_away(page)
    flash("Đã bỏ trang vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
    return redirect(url_for("desk.pages.index"))


def _problem_with(body: str) -> str:
    """What residents would lack; empty if nothing."""
    if lost := ", ".join(file.called for file in rich_text.trashed_files(body)):
        return f"Trang còn dùng tệp đã bỏ: {lost}. Hãy lấy lại tệp hoặc xoá nó khỏi trang."
    if silent := len(rich_text.undescribed(body)):
        return f"Còn {silent} ảnh trong trang chưa có mô tả cho người không nhìn thấy ảnh."
    return ""


def _form_page(
    page: Page | None,
    form: PageForm,
    status: int = 200,
    allowed: set[str] | None = None,
    withdrawing: WithdrawForm | None = None,
):
    """:param allowed: what the page offers, where that is not what may be done."""
    allowed = allowed or (actions(page, current_user) if page else {"save"})
    html = render_template(
        "pages/desk/page.html", page=page, form=form, actions=allowed,
        withdrawing=withdrawing or WithdrawForm(formdata=None),
    )  # fmt: skip
    return html, status


class PageSection(Section):
    subject, noun, path = Page.SUBJECT, "trang giới thiệu", "gioi-thieu"
    blueprint = bp
    menu = (Entry("desk.pages.index", "Giới thiệu", roles.every_editor),)
    model = Page
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Page:
        return page_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Page) -> bool:
        return "save" in actions(row, person)

    def delete(self, row: Page) -> None:
        if db.session.scalar(select(Page.id).where(Page.parent_id == row.id).limit(1)):
            raise StillUsed(IN_TRASH.format(row.title))
        db.session.delete(row)

    def warnings(self, person: Person) -> Sequence[Warning]:
        if not person.edits_all:
            return ()
        due = [page for page in db.session.scalars(Page.listed()) if page.is_due]
        return [
            Warning(
                f"Trang “{page.title}” đến ngày xem lại ({formats.day(page.review_on)}).",
                self.address(page),
                "Xem lại",
            )
            for page in due
        ]

    def fulfilments(self) -> Iterable[Fulfilment]:
        public = db.session.scalars(
            Page.published().where(Page.slot != "", Page.is_sample.is_(False))
        ).all()
        for slot in Slot:
            pages = [page for page in public if page.slot == slot]
            since = max((page.updated_at for page in pages), default=None)
            yield Fulfilment(
                f"trang:{slot.value}",
                f"Trang giới thiệu: {slot.value}",
                bool(pages),
                identity.day_of(since),
                self.address(pages[0]) if pages else url_for("desk.pages.index"),
            )

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Page.published().subquery())
        return {"Trang giới thiệu": db.session.scalar(count)}


SECTION = PageSection()
