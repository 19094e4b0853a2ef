"""How much a request may bring: of a stranger little, and nothing where one has to sign in."""

from flask import Flask, abort, current_app, request
from flask_login import current_user

from ..base.extensions import login

MOST_OF_A_STRANGER = 64 * 1024  # bytes
MOST_FIELDS = 5_000  # of a form; a million take seconds to read


def init_app(app: Flask) -> None:
    """Before the extension that looks for a form's token, which reads the whole form."""
    app.before_request(bound)


def bound():
    if request.method not in ("POST", "PUT", "PATCH"):
        return None
    if current_user.is_authenticated:
        if request.mimetype == "application/x-www-form-urlencoded":
            # Counting the fields reads the whole body, so the parser's limit applies already here.
            config = current_app.config
            request.max_content_length = min(
                config["MAX_FORM_MEMORY_SIZE"], config["MAX_CONTENT_LENGTH"]
            )
            if request.get_data().count(b"&") >= MOST_FIELDS:
                abort(413)
        return None
    if "desk" in request.blueprints:
        return login.unauthorized()
    request.max_content_length = MOST_OF_A_STRANGER
