"""The site and the way to a page as search engines read them (schema.org, as JSON-LD)."""

import html
from collections.abc import Sequence
from datetime import time

from flask import Flask

from ..web.templating import absolute
from . import identity
from .models import SiteIdentity

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {
        "organisation": organisation,
        "office": office,
        "breadcrumbs": breadcrumbs,
    }


def organisation() -> dict:
    """The office: address, telephone, hours, logo."""
    site = identity.current()
    named = {
        **office(),
        "url": absolute("/"),
        "logo": absolute(site.logo.url) if site.logo else "",
        "telephone": site.phone,
        "email": site.email,
        "address": site.address,
        "openingHoursSpecification": _hours(site),
    }
    return {key: value for key, value in named.items() if value}


def office() -> dict:
    """Who it is, for what it publishes or provides."""
    site = identity.current()
    return {
        "@type": "GovernmentOffice",
        "@id": absolute("/#co-quan"),
        "name": site.superior or site.name,
    }


def breadcrumbs(trail: Sequence[tuple[str, str]], title: str) -> dict:
    """The way to a page from the home page.

    :param trail: names and paths of the pages between.
    :param title: of the page, as a template's block gives it, escaped.
    """
    steps = [("Trang chủ", absolute("/")), *((name, absolute(path)) for name, path in trail)]
    items = [
        {"@type": "ListItem", "position": number, "name": name, "item": address}
        for number, (name, address) in enumerate(steps, 1)
    ]
    # The last one is the page itself, which needs no address.
    last = {"@type": "ListItem", "position": len(items) + 1, "name": html.unescape(title).strip()}
    return {"@type": "BreadcrumbList", "itemListElement": [*items, last]}


def _hours(site: SiteIdentity) -> list[dict]:
    """Days with the same hours as one."""
    days: dict[tuple[time, time], list[str]] = {}
    for name, spans in zip(_DAYS, site.hours.week if site.hours else (), strict=False):
        for span in spans:
            days.setdefault(span, []).append(name)
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": names,
            "opens": f"{opens:%H:%M}",
            "closes": f"{closes:%H:%M}",
        }
        for (opens, closes), names in days.items()
    ]
