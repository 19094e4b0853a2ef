from collections.abc import Iterable
from datetime import datetime

from flask import url_for
from sqlalchemy import Select, select

from ..records.public import Place, Public
from .models import SiteIdentity


class PublicSite(Public):
    """The site itself: each page shows its logo."""

    model = SiteIdentity
    is_mapped = False

    def visible(self) -> Select:
        return select(SiteIdentity)

    def next_change(self, after: datetime) -> datetime | None:
        return SiteIdentity.current().next_change(after)

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            for name in ("index", "contact", "site_map", "counting", "privacy", "accessibility"):
                yield Place(url_for(f"home.{name}"))
            if SiteIdentity.current().hamlets:
                yield Place(url_for("home.hamlets"))


SITE = PublicSite()
