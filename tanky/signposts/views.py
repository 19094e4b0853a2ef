from flask import Blueprint, render_template

from ..base.alphabet import in_alphabet
from ..base.db import db
from ..front.arguments import reads
from ..records.trash import first_or_gone
from .models import Signpost

bp = Blueprint("signposts", __name__, url_prefix="/thu-tuc/khong-lam-o-xa")


@bp.get("/")
@reads()
def index():
    signposts = db.session.scalars(Signpost.listed().order_by(in_alphabet(Signpost.title))).all()
    return render_template("signposts/index.html", signposts=signposts)


@bp.get("/<slug>")
@reads()
def signpost(slug: str):
    found = first_or_gone(Signpost.listed(), Signpost.slug == slug)
    return render_template("signposts/signpost.html", signpost=found)
