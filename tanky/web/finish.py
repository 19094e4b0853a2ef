"""The one ``after_request``: what happens to an answer, from top to bottom."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from flask import Flask, Response

from ..base.extensions import compress
from . import headers
from .conditional import revalidate
from .page import Drawn, Page, current_page


@dataclass(frozen=True)
class View:
    """A page with the slot for the visitors' figures."""

    is_counted: bool
    about: object  # which page it is, where its views are counted by themselves
    fragment: bytes
    figures: str  # the fragment's tag; empty where the figures are not known


def init_app(app: Flask, slot: bytes, count: Callable[[Response], View | None]) -> None:
    """:param count: counts the view that an answer is; None where the answer has no slot."""

    @app.after_request
    def finish(response: Response) -> Response:
        page = current_page()
        if page.rewrite and not response.is_streamed:
            response.set_data(page.rewrite(response.get_data(as_text=True)))
        response.vary.update(page.varies_by)
        view = count(response)
        # The page cache takes each page whose view was counted, and sends it with the figures.
        if view and view.is_counted and page.for_cache:
            hand_over(response, page, view)
        elif view:
            fill(response, slot, view)
        headers.say_how_long(response)
        if page.drawn is None:
            revalidate(response)
        headers.secure(response, page)  # which a 304 goes without
        return compress.after_request(response)


def hand_over(response: Response, page: Page, view: View) -> None:
    """Leave the page to the cache in front, which sends it in the one form that it keeps."""
    body = response.get_data()
    page.drawn = Drawn(body, tag_of(body), view.about, view.fragment, view.figures)
    response.set_data(b"")


def fill(response: Response, slot: bytes, view: View) -> None:
    """Put the figures into the slot. The ETag is made of the page and the figures."""
    body = response.get_data()
    if response.status_code == 200 and view.figures:
        response.set_etag(f"{tag_of(body)}.{view.figures}")
    response.set_data(body.replace(slot, view.fragment))


def tag_of(body: bytes) -> str:
    return sha256(body).hexdigest()[:16]
