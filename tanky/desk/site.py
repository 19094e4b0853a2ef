from collections.abc import Iterable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import delete

from ..base.db import db
from ..media.library import take_picture
from ..records import journal
from ..site import hamlets
from ..site.models import MenuItem, SiteIdentity, SiteTask
from ..site.redirects import Redirect
from ..text import formats
from . import roles
from .forms import take
from .forms.site import EmbeddingForm, IdentityForm, MenuForm, RedirectsForm, TasksForm
from .section import Entry, Fulfilment, Section

bp = Blueprint("site", __name__, url_prefix="/trang")


@bp.route("/", methods=["GET", "POST"])
@roles.chiefs
def identity():
    tally = current_app.extensions["tally"]
    current = SiteIdentity.current()
    if request.method == "GET":
        form = IdentityForm(obj=current, data={"opening_balance": tally.store.opening_balance()})
    else:
        form = IdentityForm()
        valid = form.validate()
        files = (
            (form.logo, "logo", take_picture),
            (form.face, "face", take_picture),
            (form.hamlets, "hamlets", hamlets.read),
        )
        for field, name, taker in files:
            if taken := take(field, taker):
                setattr(current, name, taken)
        if valid and not any(field.errors for field, _, _ in files):
            form.fill(current)
            current.updated_at = formats.now()
            db.session.add(current)
            journal.record("saved", current, current_user)
            db.session.commit()
            if form.opening_balance.data != tally.store.opening_balance():
                tally.store.open_with(form.opening_balance.data)
            flash("Đã lưu thông tin trang.")
            return redirect(url_for("desk.site.identity"))
        db.session.rollback()
    page = render_template("desk/site_identity.html", form=form, identity=current)
    return page, 422 if form.errors else 200


@bp.route("/nhung", methods=["GET", "POST"])
@roles.chiefs
def embedding():
    """Which other sites may show the widgets."""
    current = SiteIdentity.current()
    form = EmbeddingForm.of(current.framed_by) if request.method == "GET" else EmbeddingForm()
    if form.validate_on_submit():
        current.framed_by = form.framed_by
        current.updated_at = formats.now()
        db.session.add(current)
        allowed = ", ".join(form.framed_by) or "mọi trang"
        journal.record("framing_changed", current, current_user, remark=allowed[:1000])
        db.session.commit()
        flash("Đã lưu. Ô nhúng trên các trang khác theo quy định mới trong vài phút.")
        return redirect(url_for("desk.site.embedding"))
    return render_template("desk/embedding.html", form=form), 422 if form.errors else 200


@bp.route("/viec-trang-chu", methods=["GET", "POST"])
@roles.chiefs
def tasks():
    """The tiles of the home page."""
    form = TasksForm.of(SiteTask.in_order()) if request.method == "GET" else TasksForm()
    if form.validate_on_submit():
        _replace(SiteTask, form.filled, ("label", "icon", "url"))
        journal.record("saved", person=current_user, label="việc ở trang chủ")
        db.session.commit()
        flash("Đã lưu các việc ở trang chủ.")
        return redirect(url_for("desk.site.tasks"))
    return render_template("desk/tasks.html", form=form), 422 if form.errors else 200


@bp.route("/chuyen-huong", methods=["GET", "POST"])
@roles.chiefs
def moved():
    """Addresses of before, and where they lead."""
    form = RedirectsForm.of(Redirect.in_order()) if request.method == "GET" else RedirectsForm()
    if form.validate_on_submit():
        Redirect.replace(form.parsed)
        remark = f"{len(form.parsed)} địa chỉ"
        journal.record("saved", person=current_user, label="địa chỉ cũ", remark=remark)
        db.session.commit()
        flash(f"Đã lưu {len(form.parsed)} địa chỉ cũ.")
        return redirect(url_for("desk.site.moved"))
    return render_template("desk/moved.html", form=form), 422 if form.errors else 200


@bp.route("/menu", methods=["GET", "POST"])
@roles.chiefs
def menu():
    form = MenuForm.of(MenuItem.in_order()) if request.method == "GET" else MenuForm()
    if form.validate_on_submit():
        _replace(MenuItem, form.filled, ("label", "url"))
        journal.record("saved", person=current_user, label="menu chính")
        db.session.commit()
        flash("Đã lưu menu.")
        return redirect(url_for("desk.site.menu"))
    return render_template("desk/menu.html", form=form), 422 if form.errors else 200


def _replace(model: type[MenuItem] | type[SiteTask], rows: list[dict], names) -> None:
    """Put what was typed in the place of all rows, in its order."""
    db.session.execute(delete(model))
    for position, row in enumerate(rows):
        db.session.add(model(position=position, **{name: row[name] for name in names}))


class SiteSection(Section):
    subject, noun = SiteIdentity.SUBJECT, "trang"
    blueprint = bp
    menu = (
        Entry("desk.site.identity", "Thông tin trang", roles.every_chief),
        Entry("desk.site.embedding", "Nhúng", roles.every_chief),
        Entry("desk.site.menu", "Menu", roles.every_chief),
        Entry("desk.site.tasks", "Việc ở trang chủ", roles.every_chief),
        Entry("desk.site.moved", "Địa chỉ cũ", roles.every_chief),
    )
    model = SiteIdentity

    def fulfilments(self) -> Iterable[Fulfilment]:
        site, here = SiteIdentity.current(), url_for("desk.site.identity")
        is_whole = all((site.editor_in_chief, site.address, site.phone, site.email))
        yield Fulfilment(
            "trang:lien-he", "Tên, địa chỉ, điện thoại, thư điện tử, người chịu trách nhiệm",
            is_whole, None, here, is_for_chiefs=True,
        )  # fmt: skip
        checked_on = site.accessibility_checked_on
        yield Fulfilment(
            "trang:tiep-can", "Tự đánh giá khả năng tiếp cận, đã công bố",
            bool(checked_on and site.accessibility_result), checked_on, here, is_for_chiefs=True,
        )  # fmt: skip

    def address(self, row: SiteIdentity) -> str:
        return url_for("desk.site.identity")

    def told(self, row: SiteIdentity) -> str:
        return "biểu trưng của trang"


SECTION = SiteSection()
