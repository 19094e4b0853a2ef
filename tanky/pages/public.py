from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Page


class PublicPages(Public):
    model = Page
    is_ranked = True
    row_template = "pages/_row.html"

    def visible(self) -> Select:
        return Page.published()

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Page.id, Page.version)
        return dict(db.session.execute(Page.published().with_only_columns(*columns)).tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for page in db.session.scalars(Page.published().where(Page.id.in_(ids))):
            texts = ((Where.OUTCOME, sanitise.plain(page.body)),)
            yield Entry(Page.SUBJECT, page.id, (page.title,), texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        pages = db.session.scalars(
            Page.published().where(Page.id.between(first, last)).order_by(Page.id)
        ).all()
        if first == 1 and db.session.scalar(Page.published().with_only_columns(Page.id).limit(1)):
            yield Place(url_for("pages.index"))
        yield from (Place(page.url, page.updated_at) for page in pages)


PAGES = PublicPages()
