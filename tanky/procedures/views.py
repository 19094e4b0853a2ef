from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    render_template,
    request,
)
from sqlalchemy import func, select

from ..base.db import db
from ..front.arguments import reads
from ..front.heart import current_heartbeat
from ..records.downloads import csv_response
from ..web.conditional import holds, not_modified, tagged, wants_fragment
from ..web.pagination import paginate
from . import results
from .importer import COLUMNS
from .models import Field, Procedure

bp = Blueprint("procedures", __name__)
PER_PAGE = 25


def init_app(app: Flask) -> None:
    """Keep at hand which results are the newest, so that a poll need not ask the database."""
    app.extensions["heartbeat"].keep("results", results.version)


@bp.get("/thu-tuc/")
@reads("q", "linh-vuc", "trang")
def index():
    words = request.args.get("q", "").strip()[:200]
    slug = request.args.get("linh-vuc", "")
    fields = Field.in_order()
    field = next((known for known in fields if known.slug == slug), None)
    if slug and field is None:
        abort(404)
    query = Procedure.matching(words, field)
    page = paginate(query, Procedure.id, (Procedure.title, Procedure.code), PER_PAGE)
    template = "procedures/_list.html" if wants_fragment() else "procedures/index.html"
    body = render_template(
        template,
        procedures=page.items,
        page=page,
        count=db.session.scalar(select(func.count()).select_from(query.subquery())),
        words=words,
        field=field,
        fields=fields,
        asked={"q": words or None, "linh-vuc": field.slug if field else None},
    )
    response = Response(body, mimetype="text/html")
    response.vary.add("HX-Request")
    return response


@bp.get("/thu-tuc/<code>")
@reads()
def procedure(code: str):
    found = db.first_or_404(Procedure.listed().where(Procedure.code == code))
    return render_template("procedures/procedure.html", procedure=found)


@bp.get("/thu-tuc/ket-qua")
@reads("nam")
def year_of_results():
    known = results.years()
    if not known:
        return render_template("procedures/results.html", year=None, years=[])
    asked = request.args.get("nam", type=int) if "nam" in request.args else known[0]
    if asked not in known:
        abort(404)
    return render_template("procedures/results.html", year=results.of_year(asked), years=known)


@bp.get("/thu-tuc/ket-qua.csv")
def results_csv():
    """The rows of a year in the columns that the import takes."""
    found = results.of_year(request.args.get("nam", type=int) or 0)
    if found is None:
        abort(404)
    rows = [[*COLUMNS.values(), "Trước & đúng hạn"]]
    for row in found.rows:
        figures = {column: getattr(row, column, None) for column in COLUMNS}
        figures |= {"field": row.field.name if row.field else "Tất cả lĩnh vực"}
        figures |= {"month": row.month if row.first_month == row.month else row.months}
        rows.append([*figures.values(), row.settled_early_or_on_time])
    return csv_response(f"ket-qua-tthc-{found.year}.csv", rows)


@bp.get("/partials/tthc")
def tthc():
    version = current_heartbeat().at_hand("results")
    if holds(version):
        return not_modified(version)
    version, latest = results.latest_with_version()
    fragment = render_template("procedures/_results.html", results=latest, results_version=version)
    return tagged(fragment, version)
