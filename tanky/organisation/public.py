from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import Select, select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Official, ServiceCentre, Unit


class PublicUnits(Public):
    """Units have no pages of their own: the chart shows them."""

    model = Unit
    is_mapped = False

    def visible(self) -> Select:
        return Unit.listed()


class PublicOfficials(Public):
    model = Official
    is_ranked = True
    row_template = "organisation/_row.html"
    row_page = ("organisation.official", "slug")
    found_as = ("to-chuc", "Cán bộ")

    def visible(self) -> Select:
        return Official.listed()

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Official.id, Official.version)
        rows = db.session.execute(Official.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for official in db.session.scalars(Official.listed().where(Official.id.in_(ids))):
            names = [official.name, official.post, f"{official.post} {official.name}"]
            names += ["người phát ngôn"] if official.is_spokesperson else []
            texts = ((Where.OUTCOME, sanitise.plain(official.tasks)),)
            yield Entry(Official.SUBJECT, official.id, tuple(names), texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("organisation.index"))
        rows = Official.listed().where(Official.id.between(first, last)).order_by(Official.id)
        yield from (Place(row.url, row.updated_at) for row in db.session.scalars(rows))

    def outline(self) -> Outline:
        return Outline("Tổ chức bộ máy", url_for("organisation.index"))


class PublicCentre(Public):
    """The service centre: pages that show its state change with it."""

    model = ServiceCentre
    is_mapped = False

    def visible(self) -> Select:
        return select(ServiceCentre)

    def next_change(self, after: datetime) -> datetime | None:
        return ServiceCentre.current().next_change(after)


UNITS = PublicUnits()
OFFICIALS = PublicOfficials()
CENTRE = PublicCentre()
