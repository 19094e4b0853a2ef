"""What drawing a page found out, gathered for ``finish.py`` and for the page cache in front.

One object a request: the page cache makes it where it stands in front, else the first who asks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import Response, request

IN_ENVIRON = "tanky.page"


class Drawn(NamedTuple):
    """A page that is the same for everyone but for its slot, and what this view puts there."""

    body: bytes  # with the slot
    tag: str  # of the body
    about: object  # which page it is, for who counts its views
    fragment: bytes  # for the slot
    figures: str  # the fragment's tag


@dataclass
class Page:
    # Whether the page cache can keep it: ``drawn`` then takes the place of a body.
    for_cache: bool = False
    drawn: Drawn | None = None
    # What stands within the page, as its policy names it (CSP Level 3, hash-source).
    scripts: list[str] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    # Gives the sites that may frame the page, as sources of a policy; an empty list means any site.
    # Without the function nobody may.
    framed_by: Callable[[], list[str]] | None = None
    is_framed_by_us: bool = False
    # Whether it plays sounds or films of ours.
    plays: bool = False
    # Whether other sites' scripts and pages read it.
    is_for_other_sites: bool = False
    # Request headers that the page depends on.
    varies_by: set[str] = field(default_factory=set)
    # Applied to the page as drawn.
    rewrite: Callable[[str], str] | None = None


def current_page() -> Page:
    page: Page | None = request.environ.get(IN_ENVIRON)
    if page is None:
        page = request.environ[IN_ENVIRON] = Page()
    return page


def for_other_sites(body: str | bytes, mimetype: str) -> Response:
    """An answer that other sites' scripts and pages may read."""
    current_page().is_for_other_sites = True
    response = Response(body, mimetype=mimetype)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
