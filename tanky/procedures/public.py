from collections.abc import Iterable

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Place, Public
from .models import Procedure

MOST_FOUND = 20


class PublicProcedures(Public):
    model = Procedure
    rows_template = "procedures/_found.html"
    heading = "Thủ tục hành chính"

    def visible(self) -> Select:
        return Procedure.listed()

    def matching(self, words: str) -> Select:
        return Procedure.matching(words).order_by(Procedure.title).limit(MOST_FOUND)

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("procedures.index"))
        rows = Procedure.listed().where(Procedure.id.between(first, last)).order_by(Procedure.id)
        for procedure in db.session.scalars(rows):
            yield Place(procedure.url, procedure.updated_at)


PROCEDURES = PublicProcedures()
