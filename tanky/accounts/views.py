from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_user, logout_user

from ..extensions import db, login
from ..htmx import wants_fragment
from .forms import SignInForm
from .models import HASHER, Person
from .throttling import SignInThrottle

bp = Blueprint("accounts", __name__)


@bp.route("/dang-nhap", methods=["GET", "POST"])
def sign_in():
    if current_user.is_authenticated:
        return redirect(_onward())
    form = SignInForm()
    status = 200
    problem = None
    if form.validate_on_submit():
        throttle = SignInThrottle(form.username.data, request.remote_addr or "")
        seconds = throttle.admit()
        if seconds:
            problem = f"Bạn đã thử quá nhiều lần. Hãy đợi {-(-seconds // 60)} phút rồi thử lại."
            page = render_template("accounts/sign_in.html", form=form, problem=problem)
            return make_response(page, 429, {"Retry-After": str(seconds)})
        person = Person.signing_in(form.username.data, form.password.data)
        if person:
            throttle.succeeded()
            if HASHER.check_needs_rehash(person.password_hash):
                person.password_hash = HASHER.hash(form.password.data)
                db.session.commit()
            session.clear()
            session.permanent = True
            login_user(person)
            return redirect(_onward())
        problem = "Tên đăng nhập hoặc mật khẩu không đúng."
    if form.is_submitted():
        status = 422
    response = make_response(
        render_template("accounts/sign_in.html", form=form, problem=problem), status
    )
    response.cache_control.no_store = True
    return response


@bp.post("/dang-xuat")
def sign_out():
    logout_user()
    session.clear()
    return redirect(url_for("site.home"))


@login.unauthorized_handler
def ask_to_sign_in() -> Response:
    if wants_fragment():
        # A draft that saves itself must not swap a whole page into its status line.
        return make_response(render_template("accounts/_signed_out.html"), 401)
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=here))


def _onward() -> str:
    """Where the person was going: a path of ours, never another site."""
    asked = request.args.get("next", "")
    parts = urlsplit(asked)
    if (
        asked.startswith("/bien-tap")
        and not parts.scheme
        and not parts.netloc
        and "\\" not in asked
    ):
        return asked
    return url_for("editors.desk")
