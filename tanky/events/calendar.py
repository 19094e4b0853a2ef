"""Events as iCalendar (RFC 5545), and their occurrences in a span of days.

The libraries are loaded within the functions: a worker that nobody asks for the calendar does
without their megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..base.db import db
from ..site import identity
from ..text import sanitise
from ..web.templating import absolute
from .models import Event
from .record import Change, Repeats

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//Tanky//Lich//VI"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = 5  # the fifth of a weekday, which not each month has, is taken for the last


@dataclass(frozen=True)
class Occurrence:
    """One time that an event takes place, or would have."""

    event: Event
    starts_at: datetime  # in the site's time, as ``ends_at``
    ends_at: datetime
    state: str = ""  # "huỷ", "dời sang", "dời từ"; "" as planned
    other: datetime | None = None  # where it was moved to, or from
    reason: str = ""

    @property
    def takes_place(self) -> bool:
        return self.state in ("", "dời từ")


def occurrences(first: date, last: date, *which: Any) -> list[Occurrence]:
    """What takes place from one day to another, in order; also what would have: cancelled ones,
    and those that were moved away.

    :param which: conditions on the events.
    """
    import recurring_ical_events

    zone = identity.zone()
    begins = datetime.combine(first, time(), zone)
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    events = {event.id: event for event in db.session.scalars(Event.reaching(first).where(*which))}
    found = []
    calendar = _calendar(events.values(), zone)
    for part in recurring_ical_events.of(calendar).between(begins, ends):
        event = events[int(str(part["UID"]).partition("@")[0].rpartition("-")[2])]
        starts_at = _moment(part, "DTSTART").astimezone(zone)
        found.append(_occurrence(event, part, starts_at))
    found += [
        away
        for event in events.values()
        for away in _moved_away(event, zone)
        if begins <= away.starts_at < ends
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.event.id))


def is_planned(event: Event, day: date) -> bool:
    """Whether an occurrence of the event begins on a day, changes apart."""
    zone = identity.zone()
    starts_at = event.starts_at.astimezone(zone)
    if event.repeats == Repeats.NEVER:
        return starts_at.date() == day
    import icalendar
    import recurring_ical_events

    planned = icalendar.Event()
    planned.add("dtstart", starts_at)
    planned.add("rrule", _rule(event, zone))
    calendar = icalendar.Calendar()
    calendar.add_component(planned)
    found = recurring_ical_events.of(calendar).between(day, day + timedelta(days=1))
    return any(_moment(part, "DTSTART").astimezone(zone).date() == day for part in found)


def as_text(events: Iterable[Event], name: str) -> bytes:
    """A calendar that other programs subscribe to."""
    zone = identity.zone()
    calendar = _calendar(events, zone)
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone.key)
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _calendar(events: Iterable[Event], zone: ZoneInfo) -> icalendar.Calendar:
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for event in events:
        for part in _parts(event, zone):
            calendar.add_component(part)
    return calendar


def _parts(event: Event, zone: ZoneInfo) -> list[icalendar.Event]:
    """The event as planned, then each occurrence that is otherwise."""
    planned = _part(event, event.starts_at.astimezone(zone))
    changes = {row["day"]: row for row in event.changes}
    if event.repeats == Repeats.NEVER:
        starts_at = event.starts_at.astimezone(zone)
        if row := changes.get(starts_at.date().isoformat()):
            _change(planned, event, row, zone)
        return [planned]
    planned.add("rrule", _rule(event, zone))
    parts = [planned]
    at = event.starts_at.astimezone(zone).timetz()
    for day, row in changes.items():
        original = datetime.combine(date.fromisoformat(day), at)
        part = _part(event, original)
        part.add("recurrence-id", original)
        _change(part, event, row, zone)
        parts.append(part)
    return parts


def _part(event: Event, starts_at: datetime) -> icalendar.Event:
    import icalendar

    part = icalendar.Event()
    part.add("uid", f"event-{event.id}@{absolute('/').split('/')[2]}")
    part.add("dtstamp", event.updated_at)
    part.add("last-modified", event.updated_at)
    part.add("sequence", event.version - 1)
    part.add("dtstart", starts_at)
    part.add("dtend", starts_at + event.lasts)
    part.add("summary", event.title)
    part.add("categories", [event.kind.value])
    part.add("url", absolute(event.url))
    if event.place:
        part.add("location", event.place)
    told = [event.host and f"Người tiếp, chủ trì: {event.host}",
            event.participants and f"Cùng dự: {event.participants}",
            sanitise.plain(event.body)]  # fmt: skip
    if description := "\n".join(filter(None, told)):
        part.add("description", description)
    return part


def _change(part: icalendar.Event, event: Event, row: dict, zone: ZoneInfo) -> None:
    """Have an occurrence be as a row of changes says."""
    if row["change"] == Change.CANCELLED:
        part.add("status", "CANCELLED")
    elif row["starts_at"]:
        starts_at = datetime.fromisoformat(row["starts_at"]).replace(tzinfo=zone)
        for name in ("dtstart", "dtend"):
            del part[name]
        part.add("dtstart", starts_at)
        part.add("dtend", starts_at + event.lasts)
    if row["reason"]:
        part.add("comment", row["reason"])


def _rule(event: Event, zone: ZoneInfo) -> dict:
    starts_at = event.starts_at.astimezone(zone)
    rules: dict[Repeats, dict[str, Any]] = {
        Repeats.WEEKLY: {"freq": "weekly"},
        Repeats.FORTNIGHTLY: {"freq": "weekly", "interval": 2},
        Repeats.MONTHLY_BY_DAY: {"freq": "monthly", "bymonthday": starts_at.day},
        Repeats.MONTHLY_BY_WEEKDAY: {"freq": "monthly", "byday": _nth_weekday(starts_at.date())},
    }
    rule = rules[event.repeats]
    if event.repeats_until:
        end = datetime.combine(event.repeats_until, time(23, 59, 59), zone)
        rule["until"] = end.astimezone(UTC)
    return rule


def _nth_weekday(day: date) -> str:
    """``1TH``: the first Thursday of its month; ``-1TH``: the last."""
    number = (day.day - 1) // 7 + 1
    return f"{-1 if number == LAST else number}{WEEKDAYS[day.weekday()]}"


def _occurrence(event: Event, part: icalendar.Event, starts_at: datetime) -> Occurrence:
    ends_at = starts_at + event.lasts
    happens_once = event.repeats == Repeats.NEVER
    original = event.starts_at if happens_once else _moment(part, "RECURRENCE-ID")
    original = original.astimezone(starts_at.tzinfo)
    day = original.date().isoformat()
    row = next((row for row in event.changes if row["day"] == day), None)
    if row is None:
        return Occurrence(event, starts_at, ends_at)
    if row["change"] == Change.CANCELLED:
        return Occurrence(event, starts_at, ends_at, "huỷ", reason=row["reason"])
    return Occurrence(event, starts_at, ends_at, "dời từ", original, row["reason"])


def _moment(part: icalendar.Event, name: str) -> datetime:
    value: Any = part[name]
    return value.dt


def _moved_away(event: Event, zone: ZoneInfo) -> list[Occurrence]:
    """The occurrences that were moved, where they would have been."""
    at = event.starts_at.astimezone(zone).timetz()
    away = []
    for row in event.changes:
        if row["change"] == Change.MOVED and row["starts_at"]:
            was = datetime.combine(date.fromisoformat(row["day"]), at)
            now = datetime.fromisoformat(row["starts_at"]).replace(tzinfo=zone)
            if was.date() != now.date():
                ends_at = was + event.lasts
                away.append(Occurrence(event, was, ends_at, "dời sang", now, row["reason"]))
    return away
