from flask import Blueprint, render_template

from ..base.alphabet import in_alphabet
from ..base.db import db
from ..front.arguments import reads
from ..records.trash import first_or_gone
from .models import Page, tree

bp = Blueprint("pages", __name__, url_prefix="/gioi-thieu")


@bp.get("/")
@reads()
def index():
    return render_template("pages/index.html", tree=tree(Page.published()))


@bp.get("/<slug>")
@reads()
def page(slug: str):
    was_public = Page.withdrawn_at.is_not(None)
    page = first_or_gone(Page.published(), Page.slug == slug, was_public, over=Page.over())
    beneath = Page.published().where(Page.parent_id == page.id)
    return render_template(
        "pages/page.html",
        page=page,
        beneath=db.session.scalars(beneath.order_by(Page.position, in_alphabet(Page.title))).all(),
    )
