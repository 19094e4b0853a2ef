from flask import Blueprint, render_template

from ..front.arguments import reads
from ..records.trash import first_or_gone
from .models import Official, OfficialChannel, ServiceCentre, chart

bp = Blueprint("organisation", __name__, url_prefix="/to-chuc")


@bp.get("/")
@reads()
def index():
    return render_template(
        "organisation/index.html",
        chart=chart(),
        leaders=Official.in_order(Official.is_leader),
        others=Official.in_order(Official.unit_id.is_(None), Official.is_leader.is_(False)),
        spokespeople=Official.in_order(Official.is_spokesperson),
        channels=OfficialChannel.in_order(),
        centre=ServiceCentre.current(),
    )


@bp.get("/<slug>")
@reads()
def official(slug: str):
    found = first_or_gone(Official.listed(), Official.slug == slug)
    return render_template("organisation/official.html", official=found)
