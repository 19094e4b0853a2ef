from flask import Blueprint, Flask, render_template

from ..front.arguments import reads
from ..records.trash import first_or_gone
from .models import Official, OfficialChannel, ServiceCentre, chart

bp = Blueprint("organisation", __name__, url_prefix="/to-chuc")


def init_app(app: Flask) -> None:
    """Let every page tell how the service centre is now."""
    app.jinja_env.globals["service_centre"] = ServiceCentre.current


@bp.get("/")
@reads()
def index():
    return render_template(
        "organisation/index.html",
        chart=chart(),
        leaders=Official.in_order(Official.is_leader),
        others=Official.without_unit(Official.is_leader.is_(False)),
        spokespeople=Official.in_order(Official.is_spokesperson),
        channels=OfficialChannel.in_order(),
        centre=ServiceCentre.current(),
    )


@bp.get("/<slug>")
@reads()
def official(slug: str):
    found = first_or_gone(Official.listed(), Official.slug == slug)
    return render_template("organisation/official.html", official=found)
