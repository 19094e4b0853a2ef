"""Unchanged polls, answered in front of Flask: they are most of what open pages ask."""

from collections.abc import Callable

from flask import Flask

from .page_cache import held_as


class Polls:
    """WSGI middleware.

    :param current: by path, what tells the validator of the fragment there, at most a beat old;
        empty where it is not known.
    :param keep_online: told of each poll that is answered here.
    """

    def __init__(
        self,
        app: Flask,
        current: dict[str, Callable[[], str]],
        keep_online: Callable[[dict], None],
    ):
        self.current = current
        self.keep_online = keep_online
        self._inner = app.wsgi_app
        self._heartbeat = app.extensions["heartbeat"]
        self._cookie = app.config["SESSION_COOKIE_NAME"] + "="

    def __call__(self, environ, start_response):
        tag_of = self.current.get(environ["PATH_INFO"])
        if tag_of and self._heartbeat.fresh and environ["REQUEST_METHOD"] == "GET":
            tag = tag_of()
            # Whether someone is an editor, who is not counted, is for the application to see.
            is_anyone = self._cookie not in environ.get("HTTP_COOKIE", "")
            if tag and is_anyone and held_as(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
                self.keep_online(environ)
                headers = [("Cache-Control", "no-cache"), ("ETag", f'"{tag}"')]
                start_response("304 NOT MODIFIED", headers)
                return []
        return self._inner(environ, start_response)
