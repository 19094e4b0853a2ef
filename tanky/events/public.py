from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Event


class PublicEvents(Public):
    model = Event
    path = "lich"
    is_ranked = True
    row_template = "events/_row.html"
    row_page = ("events.event", "id")
    found_as = ("lich", "Lịch")
    dated_by = "starts_at"

    def visible(self) -> Select:
        return Event.listed()

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        rows = db.session.scalars(Event.listed().where(Event.id.in_(ids)))
        return {event.id: event.url for event in rows}

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Event.id, Event.version)
        rows = db.session.execute(Event.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for event in db.session.scalars(Event.listed().where(Event.id.in_(ids))):
            words = f"{event.kind.value} {event.host} {event.place} {sanitise.plain(event.body)}"
            yield Entry(Event.SUBJECT, event.id, (event.title,), ((Where.OUTCOME, words),))

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("events.index"))
        rows = Event.listed().where(Event.id.between(first, last)).order_by(Event.id)
        yield from (Place(row.url, row.updated_at) for row in db.session.scalars(rows))

    def outline(self) -> Outline:
        return Outline("Lịch", url_for("events.index"))


EVENTS = PublicEvents()
