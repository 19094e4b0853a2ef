from flask import flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ...base.db import db
from ...desk import roles
from ...records import journal
from ..forms import CategoryForm
from ..models import Article, Category
from .section import categories_bp as bp


@bp.route("/", methods=["GET", "POST"])
@roles.editors
def index():
    form = CategoryForm()
    if form.validate_on_submit():
        category = Category()
        form.fill(category)
        db.session.add(category)
        journal.record("created", category, current_user)
        db.session.commit()
        flash(f"Đã thêm chuyên mục “{category.name}”.")
        return redirect(url_for("desk.categories.index"))
    sizes = select(Article.category_id, func.count()).group_by(Article.category_id)
    page = render_template(
        "news/desk/categories.html",
        categories=Category.in_order(),
        sizes=dict(db.session.execute(sizes).tuples().all()),
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.route("/<id:id>", methods=["GET", "POST"])
@roles.editors
def edit(id: int):
    category = db.get_or_404(Category, id)
    form = CategoryForm(category)
    if form.validate_on_submit():
        form.fill(category)
        journal.record("saved", category, current_user)
        db.session.commit()
        flash("Đã lưu chuyên mục.")
        return redirect(url_for("desk.categories.index"))
    page = render_template("news/desk/category.html", category=category, form=form)
    return page, 422 if form.errors else 200


@bp.post("/<id:id>/xoa")
@roles.editors
def delete(id: int):
    category = db.get_or_404(Category, id)
    used = db.session.scalar(select(func.count()).where(Article.category_id == id))
    if used:
        flash(
            f"Chuyên mục còn {used} bài nên chưa xoá được. Hãy chuyển bài trước.",
            "error",
        )
    else:
        journal.record("deleted", category, current_user)
        db.session.delete(category)
        db.session.commit()
        flash(f"Đã xoá chuyên mục “{category.name}”.")
    return redirect(url_for("desk.categories.index"))
