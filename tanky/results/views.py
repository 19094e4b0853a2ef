from flask import Blueprint, Flask, abort, render_template, request

from ..front.arguments import reads
from ..front.heart import current_heartbeat
from ..records.downloads import csv_response
from ..web.conditional import holds, not_modified, tagged
from . import figures
from .record import COLUMNS, RECORD

bp = Blueprint("results", __name__)


def init_app(app: Flask) -> None:
    """Keep at hand which results are the newest, so that a poll need not ask the database."""
    app.extensions["heartbeat"].keep("results", figures.version)


@bp.get("/thu-tuc/ket-qua")
@reads("nam")
def year():
    years = figures.years()
    if not years:
        return render_template("results/results.html", year=None, years=[])
    asked = request.args.get("nam", type=int) if "nam" in request.args else years[0]
    if asked not in years:
        abort(404)
    year = figures.of_year(asked)
    strips = figures.strips(asked, year.to_date.month)
    return render_template("results/results.html", year=year, years=years, strips=strips)


@bp.get("/thu-tuc/ket-qua.csv")
def download():
    """The rows of a year in the columns that the import takes."""
    year = figures.of_year(request.args.get("nam", type=int) or 0)
    if year is None:
        abort(404)
    rows = [[*COLUMNS.values(), RECORD["settled_early_or_on_time"].label]]
    for row in year.rows:
        cells = {column: getattr(row, column, None) for column in COLUMNS}
        cells |= {"field": row.field.name if row.field else "Tất cả lĩnh vực"}
        cells |= {"month": row.month if row.first_month == row.month else row.months}
        rows.append([*cells.values(), row.settled_early_or_on_time])
    return csv_response(f"ket-qua-tthc-{year.year}.csv", rows)


@bp.get("/partials/tthc")
def tthc():
    version = current_heartbeat().at_hand("results")
    if holds(version):
        return not_modified(version)
    version, latest = figures.latest_with_version()
    fragment = render_template("results/_results.html", results=latest, results_version=version)
    return tagged(fragment, version)
