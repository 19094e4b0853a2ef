from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from itertools import chain

from flask import Blueprint, Response, abort, redirect, render_template, request
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from ..base.db import db
from ..front.arguments import reads
from ..records import change_notes
from ..records.downloads import csv_response
from ..records.public import Catalogued, current_nouns
from ..records.trash import first_or_gone
from ..site import identity
from ..text import formats
from ..web.page import current_page, for_other_sites
from ..web.pagination import paginate
from ..web.squares import Squares
from ..web.templating import absolute
from .headings import Heading, tree
from .models import Disclosure, ListedElsewhere, Plan, Posting

bp = Blueprint("disclosures", __name__)
PER_PAGE = 20
NEWEST = 30  # in the feed
NEWEST_ON_INDEX = 5
BUDGET_YEARS = 4
LATE_AT_MOST = timedelta(days=365)  # then another year's is late
FIRST_YEAR = 2000


@bp.get("/cong-khai/")
@reads()
def index():
    numbers = db.session.scalars(Disclosure.published().with_only_columns(Disclosure.heading))
    newest = _newest(Disclosure.published(), NEWEST_ON_INDEX)
    page = render_template(
        "disclosures/index.html",
        tops=[top for top, _ in tree()],
        counts=Counter(number.partition(".")[0] for number in numbers),
        newest=newest,
    )
    return _answer(page, any(row.has_names for row in newest))


@bp.get("/cong-khai/<slug>")
@reads("trang")
def heading(slug: str):
    found = Heading.by(slug=slug) or abort(404)
    parts = [part for part in Heading.in_order() if part.parent_number == found.number]
    numbers = [found.number, *(part.number for part in parts)]
    query = Disclosure.published().where(Disclosure.heading.in_(numbers))
    page = paginate(query, Disclosure.id, Disclosure.newest_first(), PER_PAGE)
    budget = _budget(parts) if parts else []
    body = render_template(
        "disclosures/heading.html",
        heading=found,
        above=Heading.by(number=found.parent_number) if found.parent_number else None,
        page=page,
        budget=budget,
    )
    staged = [stage.item for _, stages in budget for stage in stages if stage.item]
    return _answer(body, any(row.has_names for row in [*page.items, *staged]))


@bp.get("/cong-khai/<id:id>")
@reads()
def by_id(id: int):
    return _moved_to(_item(id))


@bp.get("/cong-khai/<id:id>-<slug>")
@reads()
def item(id: int, slug: str):
    found = _item(id)
    if not found.url.endswith(f"-{slug}"):
        return _moved_to(found)
    body = render_template("disclosures/item.html", item=found, heading=found.under)
    return _answer(body, found.has_names)


@bp.get("/cong-khai/<id:id>/chung-nhan")
@reads()
def certificate(id: int):
    """Since when and until when an item was posted, and the digest of what was: to be printed."""
    query = Disclosure.listed().where(Disclosure.id == id, Disclosure.postings.any())
    found = db.first_or_404(query)
    body = draw_certificate(found, shows_names=found.is_public)
    return _answer(body, any(posting.has_names for posting in found.postings))


def draw_certificate(item: Disclosure, shows_names: bool) -> str:
    """:param shows_names: whether a title that names people is shown."""
    address = absolute(item.certificate_url)
    return render_template(
        "disclosures/certificate.html", item=item, shows_names=shows_names,
        squares=Squares.of(address), address=address,
    )  # fmt: skip


@bp.get("/cong-khai/danh-muc")
@reads("nam")
def catalogue():
    """The list of information that must be public (Luật 104/2016/QH13, articles 19 and 34)."""
    year, years = _year_asked()
    rows = list(_catalogued(year))
    return render_template("disclosures/catalogue.html", rows=rows, year=year, years=years)


@bp.get("/cong-khai/danh-muc.csv")
@reads("nam")
def catalogue_download() -> Response:
    year, _ = _year_asked()
    head = ["Tên thông tin", "Số, ký hiệu", "Ngày của văn bản", "Hình thức", "Công khai từ",
            "Thời hạn", "Địa chỉ"]  # fmt: skip
    table = [
        [row.name, row.number, _day(row.dated_on), row.form, _day(row.since), row.duration,
         absolute(row.address) if row.address.startswith("/") else row.address]
        for row in _catalogued(year)
    ]  # fmt: skip
    return csv_response(f"danh-muc-thong-tin-{year}.csv", [head, *table])


@bp.get("/cong-khai/theo-quy")
@reads("quy")
def quarter():
    """What was posted within a quarter (Luật 10/2022/QH15, article 13)."""
    year, number = _quarter_asked()
    return render_template(
        "disclosures/quarter.html", postings=_posted_within(year, number), year=year,
        quarter=number, quarters=_last_quarters(),
    )  # fmt: skip


@bp.get("/cong-khai/theo-quy.csv")
@reads("quy")
def quarter_download() -> Response:
    year, number = _quarter_asked()
    head = ["Mục", "Nội dung", "Số, ký hiệu", "Đăng từ", "Đến", "Hình thức khác", "Phụ trách"]
    zone = identity.zone()
    table = [
        [
            posting.heading, posting.listed_title, posting.number,
            formats.moment(posting.began_at, zone), posting.told_until,
            "; ".join(posting.forms), posting.responsible,
        ]
        for posting in _posted_within(year, number)
    ]  # fmt: skip
    return csv_response(f"cong-khai-quy-{number}-{year}.csv", [head, *table])


@bp.get("/cong-khai/ke-hoach")
@reads("nam")
def plan():
    """A year's plan, and what was done of it."""
    this_year = identity.today().year
    years = sorted({this_year, *Plan.years()}, reverse=True)
    year = request.args.get("nam", default=this_year, type=int)
    if year not in years:
        abort(404)
    return render_template("disclosures/plan.html", rows=planned(year), year=year, years=years)


@bp.get("/tiep-can-thong-tin")
@reads()
def asking():
    """How to ask for information (Luật 104/2016/QH13; Nghị định 13/2018/NĐ-CP, article 11)."""
    return render_template("disclosures/asking.html")


@bp.get("/cong-khai/rss.xml")
def feed() -> Response:
    query = Disclosure.published().where(Disclosure.has_names.is_(False))
    newest = _newest(query, NEWEST)
    changed = change_notes.newest(NEWEST, Disclosure.SUBJECT)
    body = render_template(
        "disclosures/rss.xml", items=newest, rfc822=format_datetime, changed=changed
    )
    return for_other_sites(body, "application/rss+xml")


def _newest(query: Select, most: int) -> list[Disclosure]:
    return list(db.session.scalars(query.order_by(*Disclosure.newest_first()).limit(most)))


def _answer(body: str, has_names: bool) -> Response:
    """A page; one that names people is kept by no cache, since their time ends."""
    response = Response(body, mimetype="text/html")
    if has_names:
        current_page().for_cache = False
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _moved_to(item: Disclosure):
    """Where an item is now; a title with names is not kept by who remembers the way."""
    response = redirect(item.url, 301)
    if item.has_names:
        response.headers["Cache-Control"] = "no-store"
    return response


def planned(year: int) -> list[tuple[Plan, Disclosure | None]]:
    """The lines of a year's plan, each with the item that was posted by it."""
    rows = Plan.of_year(year)
    done: dict[int, Disclosure] = {}
    query = Disclosure.listed().where(
        Disclosure.planned_id.in_([row.id for row in rows]), Disclosure.postings.any()
    )
    for found in db.session.scalars(query.order_by(Disclosure.id)):
        done.setdefault(found.planned_id, found)
    return [(row, done.get(row.id)) for row in rows]


def _item(id: int) -> Disclosure:
    return first_or_gone(
        Disclosure.published(),
        Disclosure.id == id,
        Disclosure.postings.any(),
        over=Disclosure.over(),
    )


@dataclass(frozen=True)
class Stage:
    """A part of the budget in one year."""

    part: Heading
    item: Disclosure | None
    due_on: date | None  # known where the part has a period


def _budget(parts: list[Heading]) -> list[tuple[int, list[Stage]]]:
    """The stages of each of the last years."""
    this_year = identity.today().year
    query = Disclosure.published().where(Disclosure.heading.in_([part.number for part in parts]))
    known: dict[tuple[str, int], Disclosure] = {}
    for found in db.session.scalars(query.order_by(Disclosure.id)):
        known[found.heading, found.year_meant or this_year] = found
    years = sorted({this_year, *(year for _, year in known)}, reverse=True)[:BUDGET_YEARS]
    return [
        (
            year,
            [
                Stage(part, known.get((part.number, year)), part.due_on(None, year))
                for part in parts
            ],
        )
        for year in years
    ]


def budget_late(today: date) -> list[tuple[int, Heading, date]]:
    """The stages of this year and the last that should have been posted by now and were not, each
    with its year and its term."""
    parts = [part for part in Heading.in_order() if part.period_months]
    query = Disclosure.listed().where(
        Disclosure.heading.in_([part.number for part in parts]),
        Disclosure.postings.any(),
        Disclosure.is_sample.is_(False),
    )
    posted = {(row.heading, row.year_meant) for row in db.session.scalars(query)}
    return [
        (year, part, due_on)
        for year in (today.year - 1, today.year)
        for part in parts
        if (due_on := part.due_on(None, year))
        and today - LATE_AT_MOST < due_on < today
        and (part.number, year) not in posted
    ]


def _year_asked() -> tuple[int, list[int]]:
    """The year of the list, and those that may be chosen.

    :raises NotFound: another one.
    """
    this_year = identity.today().year
    year = request.args.get("nam", default=this_year, type=int)
    if not FIRST_YEAR <= year <= this_year:
        abort(404)
    return year, list(range(this_year, this_year - 5, -1))


def _catalogued(year: int) -> Iterator[Catalogued]:
    """What is public, then the lines that a person added."""
    yield from chain.from_iterable(noun.catalogued(year) for noun in current_nouns())
    for row in ListedElsewhere.in_order():
        if row.dated_on is None or row.dated_on.year == year:
            # Nobody said since when it is public: its day is that of the text.
            yield Catalogued(
                row.name, row.number, row.dated_on, row.form, None, row.duration, row.address
            )


def _quarter_asked() -> tuple[int, int]:
    """:raises NotFound: ``?quy=`` is no quarter (``2026-4``) up to the present one."""
    asked = request.args.get("quy", "")
    if not asked:
        return _last_quarters()[0]
    year, _, number = asked.partition("-")
    is_year = len(year) == 4 and year.isascii() and year.isdigit()
    if not (is_year and number in ("1", "2", "3", "4")):
        abort(404)
    chosen = int(year), int(number)
    if chosen > _last_quarters()[0] or chosen[0] < FIRST_YEAR:
        abort(404)
    return chosen


def _last_quarters() -> list[tuple[int, int]]:
    today = identity.today()
    count = today.year * 4 + (today.month - 1) // 3
    return [((count - back) // 4, (count - back) % 4 + 1) for back in range(8)]


def _posted_within(year: int, quarter: int) -> list[Posting]:
    zone = identity.zone()
    begins, ends = (
        datetime.combine(date(year + months // 12, months % 12 + 1, 1), time(), zone)
        for months in ((quarter - 1) * 3, quarter * 3)
    )
    rows = (
        select(Posting)
        .join(Posting.item)
        .where(Posting.began_at >= begins, Posting.began_at < ends, Disclosure.trashed_at.is_(None))
        .order_by(Posting.heading, Posting.began_at)
        .options(selectinload(Posting.item))
    )
    return list(db.session.scalars(rows))


def _day(day: date | None) -> str:
    return formats.day(day) if day else ""
