from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo

from flask import url_for
from sqlalchemy import Select, func, select

from ..base.db import db
from ..records.public import Catalogued, Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..records.search import holding
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
    found_as = ("cong-khai", "Công khai")

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

    def exactly(self, words: str) -> Disclosure | None:
        named = Disclosure.published().where(
            Disclosure.has_names.is_(False), Disclosure.number == words, Disclosure.number != ""
        )
        return db.session.scalar(named.order_by(Disclosure.id.desc()).limit(1))

    def years(self, ids: Collection[int], zone: tzinfo) -> dict[int, int]:
        rows = db.session.scalars(select(Disclosure).where(Disclosure.id.in_(ids)))
        return {item.id: year for item in rows if (year := item.year_meant)}

    def holding(
        self, words: str, understood: str, most: int, year: int | None = None
    ) -> Sequence[int]:
        # What names people is not in the index.
        nameless = Disclosure.published().where(Disclosure.has_names.is_(False))
        query = holding(nameless, Disclosure.id, words, understood)
        ids = query.with_only_columns(Disclosure.id).order_by(Disclosure.id.desc()).limit(most)
        return db.session.scalars(ids).all()

    def stamps(self) -> Mapping[int, Hashable]:
        # Nobody is found by name, not even by a title: what names people is read on its own page.
        columns = (Disclosure.id, Disclosure.version)
        found = Disclosure.published().where(Disclosure.has_names.is_(False))
        rows = db.session.execute(found.with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for item in db.session.scalars(Disclosure.published().where(Disclosure.id.in_(ids))):
            under = item.under.name if item.under else ""
            texts = ((Where.PAPERS, under), (Where.OUTCOME, sanitise.plain(item.body)))
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
        begins, ends = (datetime(y, 1, 1, tzinfo=zone) for y in (year, year + 1))
        first = (
            select(Posting.item_id)
            .group_by(Posting.item_id)
            .having(func.min(Posting.began_at) >= begins, func.min(Posting.began_at) < ends)
        )
        rows = Disclosure.listed().where(Disclosure.id.in_(first))
        for item in db.session.scalars(rows.order_by(Disclosure.heading, Disclosure.id)):
            last = item.postings[-1]
            until = last.told_until
            yield Catalogued(
                name=last.listed_title,
                number=last.number,
                dated_on=last.decided_on,
                form=formats.sentence("; ".join(("đăng trên trang này", *last.forms))),
                since=item.first_posted_on,
                duration=until if last.ended_at is None else f"đến {until}",
                address=item.certificate_url if last.has_names or not item.is_public else item.url,
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
