"""The other Flask extensions, unbound; ``create_app`` binds them to a portal."""

from flask import Response
from flask_compress import Compress
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map


class IdConverter(IntegerConverter):
    """``<id:id>`` in a route: a number that an integer column holds, or the address is unknown."""

    def __init__(self, url_map: Map):
        super().__init__(url_map, min=1, max=2**31 - 1)


class Login(LoginManager):
    def _update_remember_cookie(self, response: Response) -> Response:
        # There is no remember-me cookie here, and looking for one would read the session at each
        # request, so that every public page would say that it varies by cookie.
        return response


login = Login()
csrf = CSRFProtect()
compress = Compress()
