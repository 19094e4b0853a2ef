from flask import current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from ...base.db import db
from ...media.library import take_picture
from ...records import journal
from ...site.models import MenuItem, SiteIdentity
from ...text import formats
from .. import access, bp
from ..forms import take
from ..forms.site import EmbeddingForm, IdentityForm, MenuForm


@bp.route("/trang/", methods=["GET", "POST"])
def site_identity():
    access.demand_chief(current_user)
    tally = current_app.extensions["tally"]
    identity = SiteIdentity.current()
    if request.method == "GET":
        form = IdentityForm(obj=identity, data={"opening_balance": tally.store.opening_balance()})
    else:
        form = IdentityForm()
        valid = form.validate()
        logo = take(form.logo, take_picture)
        if logo:
            identity.logo = logo
        if valid and not form.logo.errors:
            form.fill(identity)
            identity.updated_at = formats.now()
            db.session.add(identity)
            journal.record("saved", identity, current_user)
            db.session.commit()
            if form.opening_balance.data != tally.store.opening_balance():
                tally.store.open_with(form.opening_balance.data)
            flash("Đã lưu thông tin trang.")
            return redirect(url_for("desk.site_identity"))
        db.session.rollback()
    page = render_template("desk/site_identity.html", form=form, identity=identity)
    return page, 422 if form.errors else 200


@bp.route("/trang/nhung", methods=["GET", "POST"])
def embedding():
    """Which other sites may show the widgets."""
    access.demand_chief(current_user)
    identity = SiteIdentity.current()
    form = EmbeddingForm.of(identity.framed_by) if request.method == "GET" else EmbeddingForm()
    if form.validate_on_submit():
        identity.framed_by = form.framed_by
        identity.updated_at = formats.now()
        db.session.add(identity)
        allowed = ", ".join(form.framed_by) or "mọi trang"
        journal.record("framing_changed", identity, current_user, remark=allowed[:1000])
        db.session.commit()
        flash("Đã lưu. Ô nhúng trên các trang khác theo quy định mới trong vài phút.")
        return redirect(url_for("desk.embedding"))
    return render_template("desk/embedding.html", form=form), 422 if form.errors else 200


@bp.route("/trang/menu", methods=["GET", "POST"])
def menu():
    access.demand_chief(current_user)
    form = MenuForm.of(MenuItem.in_order()) if request.method == "GET" else MenuForm()
    if form.validate_on_submit():
        for item in MenuItem.in_order():
            db.session.delete(item)
        for position, row in enumerate(form.filled):
            db.session.add(MenuItem(position=position, label=row["label"], url=row["url"]))
        journal.record("saved", person=current_user, label="menu chính")
        db.session.commit()
        flash("Đã lưu menu.")
        return redirect(url_for("desk.menu"))
    return render_template("desk/menu.html", form=form), 422 if form.errors else 200
