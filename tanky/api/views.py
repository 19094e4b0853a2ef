"""The portal's figures and news as JSON, for other programs: read only, open to every origin.

``openapi.json`` beside this file describes each answer; what it promises under ``/api/v1`` is only
ever added to.
"""

from functools import lru_cache
from itertools import chain
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, json, jsonify, request, url_for

from ..base.db import db
from ..news.archive import newest_page
from ..news.models import Category
from ..records.downloads import csv_response
from ..results import figures
from ..web.errors import problem
from ..web.page import current_page
from ..web.pagination import LAST, paginate
from ..web.templating import absolute
from .lists import LISTS, NEWS, article, as_cell, moment

bp = Blueprint("api", __name__, url_prefix="/api/v1")
ITEMS, MOST_ITEMS = 20, 100
MOST_ROWS = 5000  # of a sheet; years apart there are more
AT_ONCE = 500
DAY = 24 * 3600


def init_app(app: Flask) -> None:
    """Give the site map for people the lists that there are as data: name and title."""
    lists = {"news": NEWS, **LISTS}
    app.jinja_env.globals["open_lists"] = [(name, wanted.title) for name, wanted in lists.items()]


class BadParameters(Exception):
    """Query parameters that the description does not allow: name → what is wrong, in Vietnamese."""

    def __init__(self, errors: dict[str, str]):
        super().__init__(errors)
        self.errors = errors


# Not before_request, which an error of the application's own hooks would leave out.
@bp.url_value_preprocessor
def for_other_sites(endpoint: str | None, values: dict | None) -> None:
    current_page().is_for_other_sites = True


@bp.after_request
def open_to_all(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    if request.method == "OPTIONS":
        # A script that sends a validator of its own asks for leave first (Fetch, section 3.2).
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        response.headers["Access-Control-Max-Age"] = str(DAY)
    elif response.status_code == 200:
        response.headers["Access-Control-Expose-Headers"] = "ETag"
    return response


@bp.errorhandler(BadParameters)
def bad_parameters(error: BadParameters) -> Response:
    return problem(
        400,
        "Tham số không hợp lệ",
        "; ".join(f"{name}: {message}" for name, message in error.errors.items()),
        errors=[{"parameter": name, "detail": text} for name, text in error.errors.items()],
    )


@bp.get("/openapi.json")
def openapi():
    return Response(_description(), mimetype="application/json")


@bp.get("/counters")
def counters():
    return jsonify(current_app.extensions["tally"].figures()._asdict())


@bp.get("/tthc")
def tthc():
    year = _read({"year": (1, 9999)})["year"]
    known = figures.latest() if year is None else figures.to_date(year)
    if known is None and year is not None:
        abort(404)
    total = known.total if known else figures.Settled(0, 0)
    whole = figures.of_year(known.year) if known else None
    online = whole.total.online_rate if whole else None
    return jsonify(
        year=known and known.year,
        month=known and known.month,
        settled=total.settled,
        early_or_on_time=total.early_or_on_time,
        late=total.late,
        # One decimal: the nearest binary fraction prints as the same digits.
        on_time_rate=float(total.on_time_rate) if total.settled else None,
        late_rate=float(total.late_rate) if total.settled else None,
        received=whole and whole.total.received,
        received_online=whole and whole.total.received_online,
        online_rate=None if online is None else float(online),
        is_sample=bool(known and known.is_sample),
        updated_at=known and moment(known.updated_at),
        url=_page("results.year", nam=known and known.year),
    )


@bp.get("/news")
def news():
    given = _read({"limit": (1, MOST_ITEMS), "page": (1, LAST)}, texts={"category"})
    limit, number = given["limit"] or ITEMS, given["page"] or 1
    category = None
    if given["category"]:
        category = db.first_or_404(db.select(Category).filter_by(slug=given["category"]))
    page = newest_page(limit, category, number=number)
    following = {**request.args, "page": page.next} if page.next else None
    return jsonify(
        items=[article(row) for row in page.items],
        page=number,
        next=_page("api.news", **following) if following else None,
    )


@bp.get(f"/<any({', '.join(LISTS)}):name>")
def listing(name: str):
    """A page of a noun's rows, each as its list tells it."""
    wanted = LISTS[name]
    bounds = {"limit": (1, MOST_ITEMS), "page": (1, LAST)}
    given = _read(bounds | ({"year": (1945, 2100)} if wanted.dated_by is not None else {}))
    number = given["page"] or 1
    rows = wanted.rows(given.get("year"))
    per_page = given["limit"] or ITEMS
    page = paginate(rows, wanted.model.id, wanted.order, per_page, number, wanted.options)
    following = {**request.args, "page": page.next} if page.next else None
    return jsonify(
        items=[wanted.told(row) for row in page.items],
        page=number,
        next=_page("api.listing", name=name, **following) if following else None,
    )


@bp.get(f"/<any(news, {', '.join(LISTS)}):name>.csv")
def table(name: str):
    """The rows of a list as a sheet, under the names that the JSON has: at most so many."""
    wanted = NEWS if name == "news" else LISTS[name]
    year = _read({"year": (1945, 2100)})["year"]
    query = wanted.rows(year).options(*wanted.options)
    rows = db.session.scalars(
        query.order_by(*wanted.order).limit(MOST_ROWS).execution_options(yield_per=AT_ONCE)
    )
    columns = _columns(name)
    told = map(wanted.told, rows)
    table = ([as_cell(item[column]) for column in columns] for item in told)
    return csv_response(f"{name}.csv", chain([columns], table))


@lru_cache
def _columns(name: str) -> list[str]:
    """What a row of a list tells, as the description has it."""
    described = json.loads(_description())
    answer = described["paths"][f"/api/v1/{name}"]["get"]["responses"]["200"]
    schemas = described["components"]["schemas"]

    def named(reference: dict) -> dict:
        return schemas[reference["$ref"].rpartition("/")[2]]

    page = named(answer["content"]["application/json"]["schema"])
    return named(page["properties"]["items"]["items"])["required"]


@bp.route("/", defaults={"path": ""})
@bp.route("/<path:path>")
def nothing_here(path: str):
    abort(404)


def _read(numbers: dict[str, tuple[int, int]], texts: frozenset | set = frozenset()) -> dict:
    """The query parameters: whole numbers within bounds, and texts; None for one not given.

    :raises BadParameters: a value out of bounds, or one given twice.
    """
    given, errors = dict.fromkeys((*numbers, *texts)), {}
    for name in given:
        values = request.args.getlist(name)
        if not values:
            continue
        if len(values) > 1:
            errors[name] = "chỉ được cho một lần."
        elif name in texts:
            given[name] = values[0]
            if not values[0]:
                errors[name] = "không được để trống."
        else:
            least, most = numbers[name]
            value = values[0]
            if value.isascii() and value.isdigit() and least <= int(value[:10]) <= most:
                given[name] = int(value)
            else:
                errors[name] = f"phải là số nguyên từ {least} đến {most}."
    if errors:
        raise BadParameters(errors)
    return given


def _page(endpoint: str, **values) -> str:
    return absolute(url_for(endpoint, **values))


@lru_cache(maxsize=1)
def _description() -> bytes:
    """The file without its line breaks."""
    text = (Path(__file__).parent / "openapi.json").read_text(encoding="utf-8")
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
