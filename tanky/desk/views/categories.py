from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ...base.db import db
from ...news.models import Article, Category
from ...records import journal
from .. import access, bp
from ..forms.categories import CategoryForm


@bp.route("/chuyen-muc/", methods=["GET", "POST"])
def categories():
    access.demand_editor(current_user)
    form = CategoryForm()
    if form.validate_on_submit():
        category = Category()
        form.fill(category)
        db.session.add(category)
        journal.record("created", category, current_user)
        db.session.commit()
        flash(f"Đã thêm chuyên mục “{category.name}”.")
        return redirect(url_for("desk.categories"))
    sizes = select(Article.category_id, func.count()).group_by(Article.category_id)
    page = render_template(
        "desk/categories.html",
        categories=Category.in_order(),
        sizes=dict(db.session.execute(sizes).tuples().all()),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.route("/chuyen-muc/<id:id>", methods=["GET", "POST"])
def category(id: int):
    access.demand_editor(current_user)
    found = db.get_or_404(Category, id)
    form = CategoryForm(found)
    if form.validate_on_submit():
        form.fill(found)
        journal.record("saved", found, current_user)
        db.session.commit()
        flash("Đã lưu chuyên mục.")
        return redirect(url_for("desk.categories"))
    page = render_template("desk/category.html", category=found, form=form)
    return page, 422 if form.errors else 200


@bp.post("/chuyen-muc/<id:id>/xoa")
def delete_category(id: int):
    access.demand_editor(current_user)
    found = db.get_or_404(Category, id)
    used = db.session.scalar(select(func.count()).where(Article.category_id == id))
    if used:
        flash(
            f"Chuyên mục còn {used} bài nên chưa xoá được. Hãy chuyển bài trước.",
            "error",
        )
    else:
        journal.record("deleted", found, current_user)
        db.session.delete(found)
        db.session.commit()
        flash(f"Đã xoá chuyên mục “{found.name}”.")
    return redirect(url_for("desk.categories"))
