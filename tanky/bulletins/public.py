from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select, extract

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..records.search import holding
from .models import Bulletin


class PublicBulletins(Public):
    model = Bulletin
    path = "truyen-thanh"
    is_ranked = True
    row_template = "bulletins/_row.html"
    row_page = ("bulletins.bulletin", "id")
    found_as = ("truyen-thanh", "Truyền thanh")
    dated_by = "broadcast_on"

    def visible(self) -> Select:
        return Bulletin.listed()

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        rows = db.session.scalars(Bulletin.listed().where(Bulletin.id.in_(ids)))
        return {bulletin.id: bulletin.url for bulletin in rows}

    def holding(
        self, words: str, understood: str, most: int, year: int | None = None
    ) -> Sequence[int]:
        query = holding(Bulletin.listed(), Bulletin.id, words, understood)
        if year:
            query = query.where(extract("year", Bulletin.broadcast_on) == year)
        ids = query.with_only_columns(Bulletin.id).order_by(*Bulletin.NEWEST).limit(most)
        return db.session.scalars(ids).all()

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Bulletin.id, Bulletin.version)
        rows = db.session.execute(Bulletin.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        columns = (Bulletin.id, Bulletin.title, Bulletin.summary)
        rows = Bulletin.listed().with_only_columns(*columns).where(Bulletin.id.in_(ids))
        for row in db.session.execute(rows):
            yield Entry(Bulletin.SUBJECT, row.id, (row.title,), ((Where.OUTCOME, row.summary),))

    def places(self, first: int, last: int) -> Iterable[Place]:
        rows = db.session.scalars(
            Bulletin.listed().where(Bulletin.id.between(first, last)).order_by(Bulletin.id)
        ).all()
        if first == 1 and db.session.scalar(Bulletin.listed().limit(1)):
            yield Place(url_for("bulletins.index"))
        yield from (Place(bulletin.url, bulletin.updated_at) for bulletin in rows)

    def outline(self) -> Outline | None:
        if db.session.scalar(Bulletin.listed().limit(1)) is None:
            return None
        return Outline("Truyền thanh", url_for("bulletins.index"))


BULLETINS = PublicBulletins()
