"""The portal's figures and news as JSON, for other programs: read only, open to every origin.

``openapi.json`` beside this file describes each answer; what it promises under ``/api/v1`` is only
ever added to.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, json, jsonify, request, url_for
from sqlalchemy import Select, extract

from ..base.db import db
from ..disclosures.models import Disclosure
from ..documents.models import Document
from ..events.models import Event
from ..media.models import MediaFile
from ..news.archive import newest_page
from ..news.models import Article, Category
from ..notices.models import Notice
from ..organisation.models import Official
from ..results import figures
from ..site import identity
from ..web.errors import problem
from ..web.page import current_page
from ..web.pagination import LAST, paginate
from ..web.templating import absolute

bp = Blueprint("api", __name__, url_prefix="/api/v1")
ITEMS, MOST_ITEMS = 20, 100
DAY = 24 * 3600


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
        online_rate=online and float(online),
        is_sample=bool(known and known.is_sample),
        updated_at=known and _moment(known.updated_at),
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
        items=[_article(article) for article in page.items],
        page=number,
        next=_page("api.news", **following) if following else None,
    )


@bp.get("/documents")
def documents():
    given = _read({"limit": (1, MOST_ITEMS), "page": (1, LAST), "year": (1945, 2100)})
    query = Document.listed()
    if year := given["year"]:
        query = query.where(extract("year", Document.issued_on) == year)
    return _listing(given, query, Document, Document.NEWEST, _document)


@bp.get("/disclosures")
def disclosures():
    """What is posted by law; what names people is for its page alone."""
    given = _read({"limit": (1, MOST_ITEMS), "page": (1, LAST)})
    query = Disclosure.published().where(Disclosure.has_names.is_(False))
    return _listing(given, query, Disclosure, (Disclosure.id.desc(),), _disclosure)


@bp.get("/notices")
def notices():
    given = _read({"limit": (1, MOST_ITEMS), "page": (1, LAST)})
    return _listing(given, Notice.published(), Notice, Notice.ORDER, _notice)


@bp.get("/events")
def events():
    given = _read({"limit": (1, MOST_ITEMS), "page": (1, LAST)})
    newest = (Event.starts_at.desc(), Event.id.desc())
    return _listing(given, Event.listed(), Event, newest, _event)


@bp.get("/officials")
def officials():
    given = _read({"limit": (1, MOST_ITEMS), "page": (1, LAST)})
    order = (*Official.ORDER, Official.id)
    return _listing(given, Official.listed(), Official, order, _official)


@bp.route("/", defaults={"path": ""})
@bp.route("/<path:path>")
def nothing_here(path: str):
    abort(404)


def _listing(given: dict, query: Select, model: Any, order: tuple, told: Callable[[Any], dict]):
    """A page of a noun's rows, each as ``told`` gives it."""
    number = given["page"] or 1
    page = paginate(query, model.id, order, given["limit"] or ITEMS, number)
    following = {**request.args, "page": page.next} if page.next else None
    return jsonify(
        items=[told(row) for row in page.items],
        page=number,
        next=_page(request.endpoint, **following) if following else None,
    )


def _document(document: Document) -> dict:
    return {
        "id": document.id,
        "url": absolute(document.url),
        **document.facts,
        "files": [_file(row.file) for row in document.files],
        "is_sample": document.is_sample,
        "updated_at": _moment(document.updated_at),
    }


def _disclosure(item: Disclosure) -> dict:
    return {
        "id": item.id,
        "url": absolute(item.url),
        "title": item.title,
        "heading": item.heading,
        "heading_name": item.under.name if item.under else "",
        "number": item.number,
        "decided_on": item.decided_on and item.decided_on.isoformat(),
        "year": item.year,
        "posted_at": _moment(item.posting.began_at),
        "posted_until": item.posted_until and item.posted_until.isoformat(),
        "digest": item.posting.digest,
        "files": [_file(row.file) for row in item.files],
        "is_sample": item.is_sample,
        "updated_at": _moment(item.updated_at),
    }


def _notice(notice: Notice) -> dict:
    return {
        "id": notice.id,
        "url": absolute(notice.url),
        "title": notice.title,
        "grade": notice.grade.value,
        "category": notice.category.value,
        "place": notice.where,
        "advice": notice.advice,
        "since": _moment(notice.since),
        "ends_at": notice.ends_at and _moment(notice.ends_at),
        "stops_at": notice.stops_at and _moment(notice.stops_at),
        "resumes_at": notice.resumes_at and _moment(notice.resumes_at),
        "is_sample": notice.is_sample,
        "updated_at": _moment(notice.updated_at),
    }


def _event(event: Event) -> dict:
    plain = ("id", "title", "place", "host", "participants", "changes", "is_sample")
    return {
        **{name: getattr(event, name) for name in plain},
        "url": absolute(event.url),
        "kind": event.kind.value,
        "starts_at": _moment(event.starts_at),
        "ends_at": event.ends_at and _moment(event.ends_at),
        "repeats": event.repeats.value,
        "repeats_until": event.repeats_until and event.repeats_until.isoformat(),
        "updated_at": _moment(event.updated_at),
    }


def _official(official: Official) -> dict:
    plain = ("id", "name", "post", "is_leader", "is_spokesperson", "phone", "email", "is_sample")
    return {
        **{name: getattr(official, name) for name in plain},
        "url": absolute(official.url),
        "unit": official.unit.name if official.unit else None,
        "portrait": absolute(official.portrait.url) if official.portrait else None,
        "updated_at": _moment(official.updated_at),
    }


def _file(file: MediaFile) -> dict:
    return {
        "url": absolute(file.url),
        "name": file.called,
        "type": file.mimetype,
        "size": file.size,
    }


def _article(article: Article) -> dict:
    category = article.category
    return {
        "id": article.id,
        "title": article.title,
        "lede": article.summary,
        "category": category.name if category else None,
        "category_slug": category.slug if category else None,
        "published_at": _moment(article.published_at),
        "picture": absolute(article.cover.url) if article.cover else None,
        "url": absolute(article.url),
    }


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


def _moment(value) -> str:
    """RFC 3339 in the site's time: ``2022-01-17T10:03:53+07:00``."""
    return value.astimezone(identity.zone()).isoformat(timespec="seconds")


def _page(endpoint: str, **values) -> str:
    return absolute(url_for(endpoint, **values))


@lru_cache(maxsize=1)
def _description() -> bytes:
    """The file without its line breaks."""
    text = (Path(__file__).parent / "openapi.json").read_text(encoding="utf-8")
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
