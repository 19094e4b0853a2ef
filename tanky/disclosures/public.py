from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Catalogued, Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..site import identity
from ..text import formats, sanitise
from .headings import Heading
from .models import Disclosure, Posting


class PublicDisclosures(Public):
    model = Disclosure
    path = "cong-khai"
    is_ranked = True
    row_template = "disclosures/_row.html"
    row_page = ("disclosures.item", "id")

    def visible(self) -> Select:
        return Disclosure.published()

    def over(self) -> Select:
        return Disclosure.over()

    def named_people(self) -> Select:
        return Disclosure.published().where(Disclosure.has_names)

    def next_change(self, after: datetime) -> datetime | None:
        return Posting.next_end(after)

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        rows = db.session.scalars(Disclosure.published().where(Disclosure.id.in_(ids)))
        return {item.id: item.url for item in rows}

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Disclosure.id, Disclosure.version)
        rows = db.session.execute(Disclosure.published().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for item in db.session.scalars(Disclosure.published().where(Disclosure.id.in_(ids))):
            under = item.under.name if item.under else ""
            # Nobody is found by name in a list of names.
            body = "" if item.has_names else sanitise.plain(item.body)
            texts = ((Where.PAPERS, under), (Where.OUTCOME, body))
            yield Entry(Disclosure.SUBJECT, item.id, (item.title, item.number), texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("disclosures.index"))
            yield from (Place(heading.url) for heading in Heading.in_order())
        rows = Disclosure.published().where(
            Disclosure.id.between(first, last), Disclosure.has_names.is_(False)
        )
        for item in db.session.scalars(rows.order_by(Disclosure.id)):
            yield Place(item.url, item.updated_at)

    def catalogued(self, year: int) -> Iterable[Catalogued]:
        zone = identity.zone()
        rows = Disclosure.listed().where(Disclosure.postings.any())
        for item in db.session.scalars(rows.order_by(Disclosure.heading, Disclosure.id)):
            since = item.first_posted_on
            if since is None or since.year != year:
                continue
            ended = item.postings[-1].ended_at
            until = formats.day(ended.astimezone(zone)) if ended else "thường xuyên"
            yield Catalogued(
                name=item.shown_title,
                number=item.number,
                dated_on=item.decided_on,
                form="; ".join(("đăng trên trang này", *item.forms)).capitalize(),
                since=since,
                duration=f"đến {until}" if ended else until,
                address=item.url if item.is_public else item.certificate_url,
            )

    def outline(self) -> Outline:
        beneath = [
            Outline("Danh mục thông tin phải công khai", url_for("disclosures.catalogue")),
            Outline("Đã công khai theo quý", url_for("disclosures.quarter")),
            Outline("Kế hoạch công khai năm", url_for("disclosures.plan")),
            Outline("Tiếp cận thông tin", url_for("disclosures.asking")),
        ]
        return Outline("Công khai", url_for("disclosures.index"), beneath)


DISCLOSURES = PublicDisclosures()
