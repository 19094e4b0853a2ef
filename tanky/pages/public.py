from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Branch, Page, tree


class PublicPages(Public):
    model = Page
    is_ranked = True
    row_template = "pages/_row.html"
    row_page = ("pages.page", "slug")
    found_as = ("gioi-thieu", "Giới thiệu")

    def visible(self) -> Select:
        return Page.published()

    def over(self) -> Select:
        return Page.over()

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

    def outline(self) -> Outline | None:
        branches = tree(Page.published())
        return (
            Outline("Giới thiệu", url_for("pages.index"), _outlines(branches)) if branches else None
        )


def _outlines(branches: list[Branch]) -> list[Outline]:
    return [Outline(page.title, page.url, _outlines(smaller)) for page, smaller in branches]


PAGES = PublicPages()
