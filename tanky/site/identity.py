"""The identity at hand: one look-up a request, and a time zone known without any."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g

from ..text import formats
from .hours import Hours, Unreadable, parse_days_off
from .models import SiteIdentity


def init_app(app: Flask) -> None:
    # Kept by the heartbeat for the polls, which must not ask the database.
    heartbeat = app.extensions["heartbeat"]
    # A beat has a context of its own, so that it looks anew each time and remembers the zone.
    heartbeat.keep("site", lambda: current().version)
    # Asked for where a password is chosen, in a room that knows of no site.
    app.extensions["site_names"] = names


def current() -> SiteIdentity:
    if "site_identity" not in g:
        g.site_identity = SiteIdentity.current()
        _remember(g.site_identity)
    return g.site_identity


def names() -> tuple[str, ...]:
    """What anyone calls the site."""
    return current().name, current().short_name


def zone(app: Flask | None = None) -> ZoneInfo:
    """The site's time zone, at most a heartbeat old.

    :param app: for who has no application context, once a page was drawn.
    """
    return (app or current_app).extensions.get("site_zone") or current().zone


def today() -> date:
    """The day that it is where the site is."""
    return formats.now().astimezone(zone()).date()


def wall_clock(moment: datetime | None) -> str | None:
    """A moment as a record has it: in the site's time, ISO 8601 without a zone."""
    return moment and moment.astimezone(zone()).replace(tzinfo=None).isoformat()


def moment_of(wall_clock: str | None) -> datetime | None:
    """The moment that a record has so."""
    if not wall_clock:
        return None
    return datetime.fromisoformat(wall_clock).replace(tzinfo=zone()).astimezone(UTC)


def day_of(moment: datetime | None) -> date | None:
    """The day on which a moment is where the site is."""
    return moment and moment.astimezone(zone()).date()


def due(day: date, count: int, in_working_days: bool) -> date:
    """The last day of a term that begins after ``day``, by the site's days off."""
    if not in_working_days:
        return day + timedelta(days=count)
    try:
        off = parse_days_off(current().days_off)
    except Unreadable:
        off = ()
    return Hours((), off).working_days_after(day, count)


def framed_by() -> list[str]:
    """The sites that may frame widgets, as sources of a policy; empty: any.

    Where no identity was needed to draw the answer (the database is away), it is a bare sentence.
    """
    known = g.get("site_identity")
    # Without a scheme a site is meant under both: "http:" stands for its secure form as well.
    return [
        site if "://" in site else f"http://{site}" for site in (known.framed_by if known else [])
    ]


def _remember(identity: SiteIdentity) -> None:
    current_app.extensions["site_zone"] = identity.zone
