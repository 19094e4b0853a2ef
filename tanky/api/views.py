from flask import Blueprint, Response, abort, current_app, jsonify

from ..news.models import Article
from ..procedures import results
from ..site import identity
from ..templating import absolute

bp = Blueprint("api", __name__, url_prefix="/api/v1")
ITEMS = 20


@bp.after_request
def open_to_all(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/counters")
def counters():
    return jsonify(current_app.extensions["tally"].figures()._asdict())


@bp.get("/tthc")
def tthc():
    latest = results.latest()
    if latest is None:
        return jsonify(None)
    total = latest.total
    return jsonify(
        year=latest.year,
        month=latest.month,
        settled=total.settled,
        early_or_on_time=total.early_or_on_time,
        late=total.late,
        on_time_rate=None if total.settled == 0 else f"{total.on_time_rate:.1f}",
        late_rate=None if total.settled == 0 else f"{total.late_rate:.1f}",
        is_sample=latest.is_sample,
        updated_at=latest.updated_at.astimezone(identity.zone()).isoformat(),
    )


@bp.get("/news")
def news():
    zone = identity.zone()
    return jsonify(
        items=[
            {
                "id": article.id,
                "title": article.title,
                "lede": article.summary,
                "category": article.category.name if article.category else None,
                "published_at": article.published_at.astimezone(zone).isoformat(),
                "url": absolute(article.url),
            }
            for article in Article.newest(ITEMS)
        ]
    )


@bp.route("/", defaults={"path": ""})
@bp.route("/<path:path>")
def nothing_here(path: str):
    abort(404)
