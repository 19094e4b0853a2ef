"""Unchanged polls, answered in front of Flask: they are most of what open pages ask."""

from collections.abc import Callable

from flask import Flask

from ..web.conditional import matching_etag


class Polls:
    """WSGI middleware.

    :param current: by path, what tells the validator of the fragment there, at most a beat old;
        empty where it is not known.
    :param keep_online: told of each poll that is answered here.
    :param witness: the address where a page's browser is heard, and the headers of the answer.
    """

    def __init__(
        self,
        app: Flask,
        current: dict[str, Callable[[], str]],
        keep_online: Callable[[dict], None],
        witness: tuple[str, Callable[[dict], list[tuple[str, str]]]],
    ):
        self._witness_path, self._hear = witness
        self.current = current
        self.keep_online = keep_online
        self._inner = app.wsgi_app
        self._heartbeat = app.extensions["heartbeat"]
        self._cookie = app.config["SESSION_COOKIE_NAME"] + "="

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        tag_of = self.current.get(path)
        if (
            (tag_of or path == self._witness_path)
            and self._heartbeat.fresh
            and environ["REQUEST_METHOD"] == "GET"
            # Whether someone is an editor, who is not counted, is for the application to see.
            and self._cookie not in environ.get("HTTP_COOKIE", "")
        ):
            if tag_of is None:
                start_response("200 OK", self._hear(environ))
                return []
            tag = tag_of()
            if tag and matching_etag(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
                self.keep_online(environ)
                headers = [("Cache-Control", "no-cache"), ("ETag", f'"{tag}"')]
                start_response("304 NOT MODIFIED", headers)
                return []
        return self._inner(environ, start_response)
