from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date

from flask import url_for
from sqlalchemy import Select, extract

from ..base.db import db
from ..records import journal
from ..records.public import Catalogued, Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..records.search import holding
from ..site import identity
from .models import Document


class PublicDocuments(Public):
    model = Document
    is_ranked = True
    row_template = "documents/_row.html"
    row_page = ("documents.document", "slug")
    found_as = ("van-ban", "Văn bản")
    dated_by = "issued_on"

    def visible(self) -> Select:
        return Document.listed()

    def named(self, name: str) -> Document | None:
        return db.session.scalar(Document.listed().where(Document.slug == name))

    def exactly(self, words: str) -> Document | None:
        return Document.named(words)

    def holding(
        self, words: str, understood: str, most: int, year: int | None = None
    ) -> Sequence[int]:
        query = holding(Document.listed(), Document.id, words, understood)
        if year:
            query = query.where(extract("year", Document.issued_on) == year)
        ids = query.with_only_columns(Document.id).order_by(*Document.NEWEST).limit(most)
        return db.session.scalars(ids).all()

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Document.id, Document.version)
        rows = db.session.execute(Document.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        columns = (Document.id, Document.kind, Document.number, Document.title, Document.issuer)
        rows = Document.listed().with_only_columns(*columns).where(Document.id.in_(ids))
        for row in db.session.execute(rows):
            names = (row.title, f"{row.kind.value} {row.number}", row.number)
            yield Entry(Document.SUBJECT, row.id, names, ((Where.PAPERS, row.issuer),))

    def places(self, first: int, last: int) -> Iterable[Place]:
        rows = db.session.scalars(
            Document.listed().where(Document.id.between(first, last)).order_by(Document.id)
        ).all()
        if first == 1 and db.session.scalar(Document.listed().limit(1)):
            yield Place(url_for("documents.index"))
        yield from (Place(document.url, document.updated_at) for document in rows)

    def catalogued(self, year: int) -> Iterable[Catalogued]:
        days = Document.issued_on.between(date(year, 1, 1), date(year, 12, 31))
        rows = Document.listed().where(days).order_by(*Document.NEWEST)
        documents = db.session.scalars(rows).all()
        since = journal.first_entered(Document.SUBJECT, [document.id for document in documents])
        for document in documents:
            moment = since.get(document.id)
            yield Catalogued(
                name=f"{document.kind.value}: {document.title}",
                number=document.number,
                dated_on=document.issued_on,
                form="Đăng tại mục Văn bản",
                since=moment and moment.astimezone(identity.zone()).date(),
                duration="thường xuyên",
                address=document.url,
            )

    def outline(self) -> Outline:
        return Outline("Văn bản", url_for("documents.index"))


DOCUMENTS = PublicDocuments()
