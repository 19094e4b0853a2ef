"""Which arguments of an address a page reads.

A link that was shared carries others along (``fbclid``, ``utm_source``, ``zarsrc``). They change
nothing of the page, so they are taken off before it is looked for among the kept pages or drawn.
"""

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

AS_ASKED = "tanky.arguments"  # where an address that leads elsewhere finds what it was asked with


def reads(*names: str):
    """Declare that a view reads these arguments and no others."""

    def declare(view):
        view.reads = names
        return view

    return declare


class Arguments:
    """WSGI middleware: takes off what the page does not read. A view that declares nothing gets its
    arguments as they came."""

    def __init__(self, app: Flask):
        self.app = app
        self._inner = app.wsgi_app

    def __call__(self, environ, start_response):
        if environ["QUERY_STRING"]:
            names = self._read_by(environ)
            if names is not None:
                environ[AS_ASKED] = environ["QUERY_STRING"]
                given = environ["QUERY_STRING"].split("&")
                environ["QUERY_STRING"] = "&".join(
                    part for part in given if part.partition("=")[0] in names
                )
        return self._inner(environ, start_response)

    def _read_by(self, environ) -> tuple[str, ...] | None:
        adapter = self.app.url_map.bind("", script_name="/")
        try:
            endpoint, _ = adapter.match(environ["PATH_INFO"], method="GET")
        except (HTTPException, RequestRedirect):
            return None
        return getattr(self.app.view_functions[endpoint], "reads", None)
