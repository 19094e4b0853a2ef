from dataclasses import dataclass
from email.utils import format_datetime

from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import Select, extract, func, select
from sqlalchemy.orm import selectinload

from ..base.db import db
from ..front.arguments import reads
from ..media.models import FileText
from ..records import change_notes
from ..records.downloads import csv_response
from ..records.trash import first_or_gone
from ..site import identity
from ..text.folding import slugify
from ..web.page import for_other_sites
from ..web.pagination import paginate
from . import search, texts
from .models import Document
from .record import RECORD, Kind

bp = Blueprint("documents", __name__, url_prefix="/van-ban")
PER_PAGE = 20
NEWEST = 30  # in the feed
MOST_ROWS = 20_000  # of a download
ASKED = ("q", "loai", "co-quan", "linh-vuc", "nam")


@dataclass(frozen=True)
class Filter:
    """One way to narrow the list: its argument, and the choices that there are."""

    argument: str
    label: str
    choices: list[tuple[str, str]]  # what stands in the address, what is read


@bp.get("/")
@reads(*ASKED, "trang")
def index():
    filters = _filters()
    query, chosen = _asked(filters)
    page = paginate(query, Document.id, Document.NEWEST, PER_PAGE)
    count = db.session.scalar(select(func.count()).select_from(query.subquery()))
    return render_template(
        "documents/index.html", page=page, count=count, filters=filters, chosen=chosen,
        asked={name: value or None for name, value in chosen.items()},
    )  # fmt: skip


@bp.get("/<slug>")
@reads()
def document(slug: str):
    found = first_or_gone(Document.listed(), Document.slug == slug)
    files = [(row, db.session.get(FileText, row.file_id)) for row in found.files]
    return render_template("documents/document.html", document=found, files=files)


@bp.get("/<slug>/toan-van")
@reads()
def full_text(slug: str):
    """The words of its files, to be read on a phone beside the scan."""
    found = first_or_gone(Document.listed(), Document.slug == slug)
    files = [(row, texts.parts_of(row.text)) for row in found.files if row.text]
    if not files:
        abort(404)
    return render_template("documents/full_text.html", document=found, files=files)


@bp.get("/danh-sach.csv")
@reads(*ASKED)
def download() -> Response:
    query, _ = _asked(_filters())
    query = query.options(selectinload(Document.relations))
    rows = db.session.scalars(query.order_by(*Document.NEWEST).limit(MOST_ROWS))
    columns = RECORD.columns
    table = [[column.head for column in columns] + ["Tình trạng"]]
    today = identity.current().now.date()
    for row in rows:
        record = row.facts
        cells = [column.cell(record[column.name]) for column in columns]
        table.append([*cells, row.state(today)])
    return csv_response("van-ban.csv", table)


@bp.get("/rss.xml")
def feed() -> Response:
    newest = db.session.scalars(Document.listed().order_by(*Document.NEWEST).limit(NEWEST)).all()
    changed = change_notes.newest(NEWEST, Document.SUBJECT)
    body = render_template(
        "documents/rss.xml", documents=newest, rfc822=format_datetime, changed=changed
    )
    return for_other_sites(body, "application/rss+xml")


def _filters() -> list[Filter]:
    def values(column):
        return [(slugify(name), name) for name in Document.used(column)]

    year = extract("year", Document.issued_on)
    used = set(db.session.scalars(Document.listed().with_only_columns(Document.kind).distinct()))
    years = db.session.scalars(Document.listed().with_only_columns(year).distinct())
    return [
        Filter("loai", "Loại", [(slugify(k.value), k.value) for k in Kind if k in used]),
        Filter("co-quan", "Cơ quan ban hành", values(Document.issuer)),
        Filter("linh-vuc", "Lĩnh vực", values(Document.topic)),
        Filter("nam", "Năm", [(str(int(y)),) * 2 for y in sorted(years, reverse=True)]),
    ]


def _asked(filters: list[Filter]) -> tuple[Select, dict[str, str]]:
    """The documents that the address asks for, and what it asked.

    :raises NotFound: a choice that there is not.
    """
    columns = {"loai": Document.kind, "co-quan": Document.issuer, "linh-vuc": Document.topic,
               "nam": extract("year", Document.issued_on)}  # fmt: skip
    query = Document.listed()
    chosen = {"q": request.args.get("q", "").strip()[:200]}
    for by in filters:
        value = chosen[by.argument] = request.args.get(by.argument, "")
        if not value:
            continue
        names = [name for slug, name in by.choices if slug == value]
        if not names:
            abort(404)
        wanted: list = [int(value)] if by.argument == "nam" else names
        query = query.where(columns[by.argument].in_(wanted))
    if chosen["q"]:
        query = search.matching(query, chosen["q"])
    return query, chosen
