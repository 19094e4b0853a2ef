"""The desk: the area of those who write and run the site, all of it behind the sign-in."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_login import current_user

from ..base.extensions import login

bp = Blueprint("desk", __name__, url_prefix="/bien-tap")
# Where a person may go who must first see to their own account.
OWN_ACCOUNT = {"desk.account", "desk.password", "desk.two_factors", "desk.qr_code"}


@bp.before_request
def demand_sign_in():
    if not current_user.is_authenticated:
        return login.unauthorized()
    if request.endpoint in OWN_ACCOUNT:
        return None
    if current_user.must_change_password:
        flash("Trước khi làm tiếp, bạn cần đổi mật khẩu.", "error")
        return redirect(url_for("desk.password"))
    if current_user.needs_two_factors:
        flash("Vai trò của bạn phải dùng xác thực hai lớp. Hãy bật trước khi làm tiếp.", "error")
        return redirect(url_for("desk.two_factors"))


@bp.context_processor
def who() -> dict:
    return {"current_user": current_user}


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


# The views register themselves on ``bp``.
from .views import (  # noqa: E402
    account,  # noqa: F401
    articles,  # noqa: F401
    board,  # noqa: F401
    categories,  # noqa: F401
    files,  # noqa: F401
    journal,  # noqa: F401
    people,  # noqa: F401
    procedures,  # noqa: F401
    results,  # noqa: F401
    revisions,  # noqa: F401
    site,  # noqa: F401
    trash,  # noqa: F401
    word,  # noqa: F401
)
