from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select

from ..base.alphabet import in_alphabet
from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Signpost


class PublicSignposts(Public):
    model = Signpost
    is_ranked = is_service = True
    row_template = "signposts/_row.html"
    row_page = ("signposts.signpost", "slug")
    found_as = ("khong-lam-o-xa", "Không làm ở xã")

    def visible(self) -> Select:
        return Signpost.listed()

    def named(self, name: str) -> Signpost | None:
        return db.session.scalar(Signpost.listed().where(Signpost.slug == name))

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Signpost.id, Signpost.version)
        rows = db.session.execute(Signpost.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for signpost in db.session.scalars(Signpost.listed().where(Signpost.id.in_(ids))):
            names = (signpost.title, *signpost.also_called)
            texts = (
                (Where.PAPERS, signpost.place),
                (Where.STEPS, sanitise.plain(signpost.advice)),
            )
            yield Entry(Signpost.SUBJECT, signpost.id, names, texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        rows = db.session.scalars(
            Signpost.listed().where(Signpost.id.between(first, last)).order_by(Signpost.id)
        ).all()
        if first == 1 and db.session.scalar(Signpost.listed().limit(1)):
            yield Place(url_for("signposts.index"))
        yield from (Place(signpost.url, signpost.updated_at) for signpost in rows)

    def outline(self) -> Outline:
        rows = db.session.scalars(Signpost.listed().order_by(in_alphabet(Signpost.title)))
        beneath = [Outline(signpost.title, signpost.url) for signpost in rows]
        return Outline("Việc không làm ở xã", url_for("signposts.index"), beneath)


SIGNPOSTS = PublicSignposts()
