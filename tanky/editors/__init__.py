"""The editors' area, all of it behind the sign-in."""

from flask import Blueprint, Response
from flask_login import current_user

from ..extensions import login

bp = Blueprint("editors", __name__, url_prefix="/bien-tap")


@bp.before_request
def demand_sign_in():
    if not current_user.is_authenticated:
        return login.unauthorized()


@bp.context_processor
def who() -> dict:
    return {"current_user": current_user}


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


# The views register themselves on ``bp``.
from .views import articles, categories, desk, people, procedures, results, site  # noqa: E402, F401
