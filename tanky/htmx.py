"""What the server needs to know of htmx: fragment requests, and polls that find nothing new."""

from flask import Response, make_response, request

from .page_cache import held_as


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page at this address (``Vary: HX-Request``)."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def holds(tag: str) -> bool:
    """Whether the client already shows what ``tag`` stands for."""
    return bool(held_as(request.headers.get("If-None-Match", ""), tag))


def tagged(body: str, tag: str) -> Response:
    """A fragment with its validator, or 304 where the client holds it."""
    if holds(tag):
        return not_modified(tag)
    response = make_response(body)
    response.set_etag(tag)
    response.cache_control.no_cache = True
    return response


def not_modified(tag: str) -> Response:
    """An empty 304 of as few bytes as HTTP allows (RFC 9110, section 15.4.5)."""
    response = Response(status=304)
    del response.headers["Content-Type"]
    response.set_etag(tag)
    response.cache_control.no_cache = True
    return response
