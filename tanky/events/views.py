import calendar as months
from datetime import date, timedelta

from flask import Blueprint, Response, abort, redirect, render_template, request

from ..base.db import db
from ..front.arguments import reads
from ..records.trash import first_or_gone
from ..site import identity
from ..text import formats
from ..web.page import for_other_sites
from . import calendar
from .models import Event

bp = Blueprint("events", __name__)
AHEAD = 366  # days in which the next times of an event are looked for
NEXT_TIMES = 6
YEARS_BACK, YEARS_AHEAD = 5, 1  # that are drawn: to count a rule far ahead takes seconds
NAMES = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


@bp.get("/lich/")
@reads("tuan", "thang")
def index():
    """A week, the present one unless the address names another, or a month."""
    if "thang" in request.args:
        return _month(*_asked(request.args["thang"], 12))
    today = identity.today()
    year, week, _ = today.isocalendar()
    if "tuan" in request.args:
        year, week = _asked(request.args["tuan"], 53)
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        abort(404)
    days = [monday + timedelta(days=ahead) for ahead in range(7)]
    return render_template(
        "events/week.html", days=_by_day(days), monday=monday, sunday=days[-1], names=NAMES,
        before=_week_of(monday - timedelta(days=7)), after=_week_of(monday + timedelta(days=7)),
        years=_years(),
        week=week, year=year, today=today,
    )  # fmt: skip


@bp.get("/lich/<id:id>")
@reads()
def by_id(id: int):
    return redirect(first_or_gone(Event.listed(), Event.id == id).url, 301)


@bp.get("/lich/<id:id>-<slug>")
@reads()
def event(id: int, slug: str):
    found = first_or_gone(Event.listed(), Event.id == id)
    if not found.url.endswith(f"-{slug}"):
        return redirect(found.url, 301)
    today = identity.today()
    times = calendar.occurrences(today, today + timedelta(days=AHEAD), Event.id == id)
    return render_template(
        "events/event.html", event=found, times=times[:NEXT_TIMES], names=NAMES,
        is_to_come=found.starts_at > formats.now(),
    )  # fmt: skip


@bp.get("/lich.ics")
def feed() -> Response:
    """The whole calendar, without what was over a year ago."""
    events = db.session.scalars(Event.reaching(identity.today()).order_by(Event.id))
    text = calendar.as_text(events, f"Lịch {identity.current().called_within}")
    return for_other_sites(text, "text/calendar")


@bp.get("/lich/<id:id>.ics")
def download(id: int) -> Response:
    found = first_or_gone(Event.listed(), Event.id == id)
    return for_other_sites(calendar.as_text([found], found.title), "text/calendar")


def _month(year: int, month: int):
    first = date(year, month, 1)
    last = date(year, month, months.monthrange(year, month)[1])
    days = [first + timedelta(days=ahead) for ahead in range(last.day)]
    return render_template(
        "events/month.html", days=_by_day(days), first=first, names=NAMES,
        weeks=months.Calendar().monthdatescalendar(year, month),
        before=f"{first - timedelta(days=1):%Y-%m}", after=f"{last + timedelta(days=1):%Y-%m}",
        today=identity.today(), years=_years(),
    )  # fmt: skip


def _years() -> range:
    """Those that are drawn."""
    this_year = identity.today().year
    return range(this_year - YEARS_BACK, this_year + YEARS_AHEAD + 1)


def _by_day(days: list[date]) -> dict[date, list[calendar.Occurrence]]:
    by_day: dict[date, list[calendar.Occurrence]] = {day: [] for day in days}
    for one in calendar.occurrences(days[0], days[-1]):
        last = (one.ends_at - timedelta(microseconds=1)).date()
        for day in days:  # one that goes on for days stands on each
            if one.starts_at.date() <= day <= last:
                by_day[day].append(one)
    return by_day


def _asked(text: str, most: int) -> tuple[int, int]:
    """Year and number of ``2026-48``.

    :raises NotFound: another form, or out of range.
    """
    year, _, number = text.partition("-")
    fits = text.isascii() and year.isdigit() and number.isdigit() and len(text) <= 7
    if not (fits and 1 <= int(number) <= most):
        abort(404)
    if int(year) not in _years():
        abort(404)
    return int(year), int(number)


def _week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-{week}"
