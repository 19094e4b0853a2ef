from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, or_, select

from ..accounts.models import Person
from ..base.alphabet import in_alphabet
from ..base.db import db
from ..records.downloads import csv_response
from ..records.journal import ACTIONS, JournalEntry
from ..records.trash import Trashable
from ..site import identity
from ..text import formats
from ..web.pagination import paginate
from . import roles
from .section import Entry, Section, current_sections

bp = Blueprint("journal", __name__)

PER_PAGE = 50
BATCH = 500
NEWEST = (JournalEntry.id.desc(),)


@bp.get("/nhat-ky/")
@roles.chiefs
def index():
    filters = _filters()
    return render_template(
        "desk/journal.html",
        page=paginate(_query(filters), JournalEntry.id, NEWEST, PER_PAGE),
        filters=filters,
        people=db.session.scalars(select(Person).order_by(in_alphabet(Person.name))).all(),
        actions=ACTIONS,
        nouns=_nouns(),
        with_page={section.subject for section in current_sections() if section.model},
    )


@bp.get("/nhat-ky/<id:id>")
@roles.chiefs
def subject(id: int):
    """The page of what an entry tells of."""
    entry = db.get_or_404(JournalEntry, id)
    for section in current_sections():
        if section.model and section.subject == entry.subject:
            row = db.session.get(section.model, entry.subject_id)
            if row is None:
                flash("Mục này đã xoá hẳn.", "error")
                return redirect(url_for("desk.journal.index"))
            if isinstance(row, Trashable) and row.is_trashed:
                return redirect(url_for("desk.trash.index"))
            return redirect(section.address(row))
    abort(404)


@bp.get("/nhat-ky.csv")
@roles.chiefs
def download() -> Response:
    """The entries that the filters leave, oldest first, for a spreadsheet."""
    query = _query(_filters()).order_by(JournalEntry.id)
    zone, nouns = identity.zone(), _nouns()

    def rows():
        yield "Thời điểm", "Người", "Từ đâu", "Việc", "Loại", "Đối tượng", "Ghi chú"
        last = 0
        while True:
            batch = db.session.scalars(query.where(JournalEntry.id > last).limit(BATCH)).all()
            for entry in batch:
                yield (
                    formats.moment(entry.happened_at, zone), entry.person_name, entry.address,
                    entry.deed, nouns.get(entry.subject, ""), entry.label, entry.remark,
                )  # fmt: skip
            if len(batch) < BATCH:
                return
            last = batch[-1].id

    return csv_response("nhat-ky.csv", rows())


def _nouns() -> dict[str, str]:
    """Subject → what it is called."""
    return {section.subject: section.noun for section in current_sections() if section.subject}


def _filters() -> dict[str, str]:
    names = ("nguoi", "viec", "tu", "den", "q")
    return {name: request.args.get(name, "").strip()[:100] for name in names}


def _query(filters: dict[str, str]) -> Select:
    """What cannot be understood in a filter narrows nothing: the page shows it as it was typed."""
    query = select(JournalEntry)
    person = filters["nguoi"]
    if person.isascii() and person.isdigit() and int(person[:9]) < 2**31:
        query = query.where(JournalEntry.person_id == int(person[:9]))
    if filters["viec"] in ACTIONS:
        query = query.where(JournalEntry.action == filters["viec"])
    if since := _midnight(filters["tu"]):
        query = query.where(JournalEntry.happened_at >= since)
    if until := _midnight(filters["den"], later=1):
        query = query.where(JournalEntry.happened_at < until)
    for word in filters["q"].split():
        columns = (JournalEntry.label, JournalEntry.remark, JournalEntry.person_name,
                   JournalEntry.address)  # fmt: skip
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return query


def _midnight(text: str, later: int = 0) -> datetime | None:
    """When a day of the site begins; None for what is no day."""
    try:
        day = date.fromisoformat(text)
        begins = datetime.combine(day + timedelta(days=later), time(), identity.zone())
        return begins.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class JournalSection(Section):
    blueprint = bp
    menu = (Entry("desk.journal.index", "Nhật ký", roles.every_chief),)


SECTION = JournalSection()
