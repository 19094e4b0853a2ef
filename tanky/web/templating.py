"""What every template can use: the site, the filters of text/formats, addresses of assets."""

import re
from urllib.parse import urlencode, urlsplit

from flask import Flask, current_app, request
from markupsafe import Markup, escape

from ..text import formats, sanitise

_TIME_OF_DAY = re.compile(r"(\d{1,2} giờ(?: \d{2})?(?: – \d{1,2} giờ(?: \d{2})?)?)")


def init_app(app: Flask, identity, menu) -> None:
    """:param identity: gives the site's identity; :param menu: its menu items, in order."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    filters = app.jinja_env.filters
    filters["day"] = formats.day
    filters["day_tag"] = day_tag
    filters["sentence"] = formats.sentence
    filters["number"] = formats.number
    filters["percent"] = formats.percent
    filters["change"] = formats.change
    filters["filesize"] = formats.size
    filters["html"] = sanitise.markup
    filters["time_tag"] = lambda value: time_tag(value, identity().zone)
    filters["recent_tag"] = lambda value: recent_tag(value, identity().zone)
    filters["tel"] = formats.dialled
    filters["times_whole"] = times_whole
    app.jinja_env.globals["absolute"] = absolute
    app.jinja_env.globals["map_url"] = map_url
    app.jinja_env.globals["entry_of"] = entry_of

    @app.context_processor
    def of_the_site() -> dict:
        return {"site": identity(), "menu": menu}


def entry_of(path: str, entries) -> object | None:
    """The menu's entry for the part of the site that a page belongs to; None for none."""
    above = [
        entry
        for entry in entries
        if path == entry.url or (entry.url != "/" and path.startswith(f"{entry.url.rstrip('/')}/"))
    ]
    return max(above, key=lambda entry: len(entry.url), default=None)


def time_tag(value, zone) -> Markup:
    """A moment for people and machines: ``<time datetime="…+07:00">17/01/2022 10:03:53</time>``."""
    machine = value.astimezone(zone).isoformat(timespec="seconds")
    return Markup('<time datetime="{}">{}</time>').format(machine, formats.moment(value, zone))


def day_tag(value) -> Markup:
    """A day for people and machines, which no line breaks."""
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), formats.day(value))


def recent_tag(value, zone) -> Markup:
    """The same for lists: ``hôm nay, 18:18``. Kept pages end with the day (site/models.py)."""
    machine = value.astimezone(zone).isoformat(timespec="seconds")
    told = formats.recent(value, formats.now(), zone)
    return Markup('<time datetime="{}">{}</time>').format(machine, told)


def times_whole(text: str) -> Markup:
    """A text in which no line ends within hours: ``7 giờ 30 – 11 giờ 30``."""
    whole = Markup('<span class="tk-whole-time">{}</span>')
    parts = _TIME_OF_DAY.split(text)  # every other one is a time
    return Markup().join(
        whole.format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def map_url(address: str) -> str:
    """An address on a map: phones open it in their own, others in a browser."""
    return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": address})


def absolute(path: str) -> str:
    """A full address on this portal: under ``public_url`` where set, else as it was asked for."""
    public = current_app.config["TANKY"]["public_url"]
    if public:
        parts = urlsplit(public)
        return f"{parts.scheme}://{parts.netloc}{path}"
    return request.host_url.rstrip("/") + path
