from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import LifeEvent


class PublicLifeEvents(Public):
    model = LifeEvent
    is_ranked = True
    row_template = "life_events/_row.html"
    row_page = ("life_events.life_event", "slug")
    found_as = ("viec-can-lam", "Việc cần làm")

    def visible(self) -> Select:
        return LifeEvent.listed()

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (LifeEvent.id, LifeEvent.version)
        rows = db.session.execute(LifeEvent.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for event in db.session.scalars(LifeEvent.listed().where(LifeEvent.id.in_(ids))):
            steps = " ".join(row["label"] for row in event.steps)
            texts = (
                (Where.PAPERS, f"{event.lede} {steps}"),
                (Where.STEPS, sanitise.plain(event.advice)),
            )
            yield Entry(LifeEvent.SUBJECT, event.id, (event.title, *event.also_called), texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        rows = db.session.scalars(
            LifeEvent.listed().where(LifeEvent.id.between(first, last)).order_by(LifeEvent.id)
        ).all()
        if first == 1 and db.session.scalar(LifeEvent.listed().limit(1)):
            yield Place(url_for("life_events.index"))
        yield from (Place(event.url, event.updated_at) for event in rows)

    def outline(self) -> Outline:
        beneath = [Outline(event.title, event.url) for event in LifeEvent.in_order()]
        return Outline("Việc cần làm", url_for("life_events.index"), beneath)


LIFE_EVENTS = PublicLifeEvents()
