from collections.abc import Iterable

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Place, Public
from .models import Page

MOST_FOUND = 10


class PublicPages(Public):
    model = Page
    rows_template = "pages/_found.html"
    heading = "Giới thiệu"

    def visible(self) -> Select:
        return Page.published()

    def matching(self, words: str) -> Select:
        return Page.matching(words).limit(MOST_FOUND)

    def places(self, first: int, last: int) -> Iterable[Place]:
        pages = db.session.scalars(
            Page.published().where(Page.id.between(first, last)).order_by(Page.id)
        ).all()
        if first == 1 and db.session.scalar(Page.published().with_only_columns(Page.id).limit(1)):
            yield Place(url_for("pages.index"))
        yield from (Place(page.url, page.updated_at) for page in pages)


PAGES = PublicPages()
