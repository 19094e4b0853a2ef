from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, current_app, render_template

from ..front.arguments import reads
from ..records.trash import first_or_gone
from .models import LifeEvent

bp = Blueprint("life_events", __name__, url_prefix="/viec-can-lam")


def init_app(app: Flask, articles_about: Callable[[str], Sequence[Any]]) -> None:
    """:param articles_about: gives the newest articles that hold some words."""
    app.extensions["articles_about"] = articles_about


@bp.get("/")
@reads()
def index():
    return render_template("life_events/index.html", life_events=LifeEvent.in_order())


@bp.get("/<slug>")
@reads()
def life_event(slug: str):
    found = first_or_gone(LifeEvent.listed(), LifeEvent.slug == slug)
    articles_about = current_app.extensions["articles_about"]
    return render_template(
        "life_events/life_event.html",
        life_event=found,
        articles=articles_about(found.news_words) if found.news_words else (),
    )
