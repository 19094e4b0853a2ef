"""oEmbed 1.0 (https://oembed.com): an address of the portal that someone pastes into WordPress,
Discourse or Moodle becomes a widget there.
"""

from html import escape
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from flask import Response, abort, current_app, jsonify, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from ..site import identity
from ..web.templating import absolute
from .widgets import COUNTERS, NARROW, NEWS, TTHC, WIDE, Choice

WIDTH = 400  # pixels, where the asker names none
CACHE_AGE = 24 * 3600  # seconds
# The pages that stand for a widget: endpoint → its name.
PAGES = {
    "embed.tthc": TTHC.name,
    "embed.counters": COUNTERS.name,
    "embed.news": NEWS.name,
    "results.year": TTHC.name,
    "news.index": NEWS.name,
    "news.category": NEWS.name,
    "home.index": NEWS.name,
}


def answer(args: MultiDict) -> Response:
    """The answer to a consumer's request: ``url``, ``format``, ``maxwidth``, ``maxheight``.

    :raises NotFound: the address is not one of the portal's that stand for a widget.
    :raises NotImplemented: a format other than json and xml (oEmbed, section 2.3.4).
    """
    form = args.get("format", "json")
    if form not in ("json", "xml"):
        abort(501)
    choice = choice_of(args.get("url", ""))
    if choice is None:
        abort(404)
    width = min(max(args.get("maxwidth", WIDTH, type=int), NARROW), WIDE)
    height = min(choice.height(width), max(args.get("maxheight", 10_000, type=int), 100))
    fields = {
        "version": "1.0",
        "type": "rich",
        "title": choice.called,
        "provider_name": identity.current().name,
        "provider_url": absolute("/"),
        "cache_age": CACHE_AGE,
        "html": _html(choice, width, height),
        "width": width,
        "height": height,
    }
    response = jsonify(fields) if form == "json" else Response(_xml(fields), mimetype="text/xml")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    return response


def choice_of(address: str) -> Choice | None:
    """The widget that an address of the portal stands for; None for any other address."""
    try:
        asked = urlsplit(address)
        ours = {urlsplit(absolute("/")).netloc, request.host}
        if asked.scheme not in ("http", "https") or asked.netloc not in ours:
            return None
        endpoint, values = current_app.url_map.bind(asked.netloc).match(asked.path or "/")
        options = MultiDict(parse_qsl(asked.query))
        if endpoint == "embed.index":
            return Choice.of(options.get("loai", TTHC.name), options)
        if endpoint == "news.category":
            options = MultiDict({"chuyen-muc": values["slug"]})
        return Choice.of(PAGES[endpoint], options)
    except (ValueError, KeyError, HTTPException):
        return None


def _html(choice: Choice, width: int, height: int) -> str:
    """The frame, and before it a link. WordPress shows the link until the widget answers, and only
    where there is one does it listen for the widget's height and links; it takes ``hidden`` away,
    by which others show the frame alone.
    """
    link = f'<a href="{escape(absolute(choice.portal_page))}">{escape(choice.called)}</a>'
    return f"<blockquote hidden>{link}</blockquote>{choice.frame(width, height)}"


def _xml(fields: dict) -> bytes:
    root = ElementTree.Element("oembed")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = str(value)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
