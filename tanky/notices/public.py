from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Notice


class PublicNotices(Public):
    model = Notice
    path = "thong-bao"
    is_ranked = True
    row_template = "notices/_row.html"
    row_page = ("notices.notice", "id")
    found_as = ("thong-bao", "Thông báo")
    dated_by = "published_at"

    def visible(self) -> Select:
        return Notice.published()

    def over(self) -> Select:
        return Notice.over()

    def next_change(self, after: datetime) -> datetime | None:
        return Notice.next_change(after)

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        rows = db.session.scalars(Notice.published().where(Notice.id.in_(ids)))
        return {notice.id: notice.url for notice in rows}

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Notice.id, Notice.version)
        rows = db.session.execute(Notice.published().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for notice in db.session.scalars(Notice.published().where(Notice.id.in_(ids))):
            texts = ((Where.OUTCOME, f"{notice.advice} {sanitise.plain(notice.body)}"),)
            yield Entry(Notice.SUBJECT, notice.id, (notice.title,), texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("notices.index"))
        rows = Notice.published().where(Notice.id.between(first, last)).order_by(Notice.id)
        yield from (Place(row.url, row.updated_at) for row in db.session.scalars(rows))

    def outline(self) -> Outline:
        return Outline("Thông báo, cảnh báo", url_for("notices.index"))


NOTICES = PublicNotices()
