"""Conditional requests (RFC 9110, section 13), and the fragments that htmx asks for."""

from flask import Response, make_response, request


def matching_etag(if_none_match: str, tag: str) -> str:
    """The entry of an If-None-Match header that names ``tag``, with the encoding that it ends in;
    "" if none does."""
    for entry in if_none_match.split(","):
        etag = entry.strip().removeprefix("W/")
        if etag.strip('"').partition(":")[0] == tag:
            return etag
    return ""


def wants_fragment() -> bool:
    """Whether htmx asks for a part of the page at this address (``Vary: HX-Request``)."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def holds(tag: str) -> bool:
    """Whether the client already shows what ``tag`` stands for."""
    return bool(matching_etag(request.headers.get("If-None-Match", ""), tag))


def tagged(body: str | bytes, tag: str) -> Response:
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


def revalidate(response: Response) -> None:
    """Answer 304 where the client has what it asks for."""
    if (
        request.method in ("GET", "HEAD")
        and response.status_code == 200
        and not response.is_streamed
        and not response.cache_control.no_store
    ):
        if not response.get_etag()[0]:
            response.add_etag()
        response.make_conditional(request)
