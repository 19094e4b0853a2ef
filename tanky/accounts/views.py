import time
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user, login_user, logout_user

from ..base.db import db
from ..base.extensions import login
from ..base.tokens import digest_of, new_secret
from ..records import journal
from ..web.conditional import wants_fragment
from . import passkeys, two_factors
from .forms import AnswerForm, CodeForm, NewPasswordForm, SignInForm
from .models import HASHER, Person, SignIn, normal_username
from .throttling import SignInThrottle

bp = Blueprint("accounts", __name__)
REPEATED = "và có thể nhiều lần nữa trong 15 phút"
SECOND_STEP = 10 * 60  # seconds between the password and the code


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    # The address of a one-time link is a secret.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.route("/dang-nhap", methods=["GET", "POST"])
def sign_in():
    if current_user.is_authenticated:
        return redirect(_onward())
    form = SignInForm()
    problem = None
    if form.validate_on_submit():
        throttle = SignInThrottle(form.username.data, request.remote_addr or "")
        seconds = throttle.admit()
        if seconds:
            return _too_many("accounts/sign_in.html", form, seconds)
        person = Person.signing_in(form.username.data, form.password.data)
        if person:
            throttle.succeeded()
            if HASHER.check_needs_rehash(person.password_hash):
                person.password_hash = HASHER.hash(form.password.data)
                journal.record("password_rehashed", person, person)
            if person.has_two_factors:
                db.session.commit()
                session["second_step"] = [person.id, int(time.time()), person.password_mark]
                return redirect(url_for("accounts.second_step", next=request.args.get("next")))
            open_session(person)
            return redirect(_onward())
        if throttle.is_first:  # what follows from there in this window says nothing new
            label = normal_username(form.username.data)[:60]
            journal.record("sign_in_failed", label=label, remark=REPEATED)
            db.session.commit()
        problem = "Tên đăng nhập hoặc mật khẩu không đúng."
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/sign_in.html", form=form, problem=problem), status


@bp.route("/dang-nhap/ma", methods=["GET", "POST"])
def second_step():
    """The code of the app, or one from paper, after the right password."""
    person = _between_steps()
    if person is None:
        return redirect(url_for("accounts.sign_in", next=request.args.get("next")))
    form = CodeForm()
    problem = None
    if form.validate_on_submit():
        throttle = SignInThrottle(person.username, request.remote_addr or "", person)
        seconds = throttle.admit()
        if seconds:
            return _too_many("accounts/second_step.html", form, seconds)
        way = two_factors.admits(person, form.code.data)
        # Used up from now on, whatever comes after.
        db.session.commit()
        if way:
            throttle.succeeded()
            if way == "recovery":
                left = len(person.recovery_digests)
                journal.record("recovery_used", person, person, f"còn {left} mã")
            open_session(person)
            return redirect(_onward())
        if throttle.is_first:
            journal.record("sign_in_failed", person, remark="sai mã xác thực")
        db.session.commit()
        problem = "Mã không đúng hoặc đã dùng rồi. Hãy đợi mã mới hiện trên điện thoại."
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/second_step.html", form=form, problem=problem), status


@bp.post("/dang-nhap/khoa")
def ask_for_passkey():
    """A challenge for whatever key the device has."""
    return jsonify(options=passkeys.ask_for_known())


@bp.post("/dang-nhap/khoa/xong")
def sign_in_by_passkey():
    form = AnswerForm()
    try:
        if not form.validate():
            raise passkeys.Refused
        person = passkeys.person_of(form.answer.data)
    except passkeys.Refused:
        return jsonify(problem="Khoá này không mở được tài khoản nào ở đây."), 422
    open_session(person, "bằng khoá truy cập")
    return jsonify(onward=_onward())


@bp.route("/loi-moi/<secret>", methods=["GET", "POST"])
def one_time_link(secret: str):
    """Where an invited person, or one who forgot the password, sets one."""
    person = Person.by_link(secret)
    if person is None:
        return render_template("accounts/link_ended.html"), 404
    form = NewPasswordForm(person.username, person.name)
    if form.validate_on_submit():
        journal.record("joined" if person.is_invited else "password_changed", person, person)
        person.set_password(form.new.data)
        if person.has_two_factors:
            # Whoever holds the link may not hold the phone.
            db.session.commit()
            return redirect(url_for("accounts.sign_in"))
        open_session(person)
        return redirect(url_for("desk.board.index"))
    status = 422 if form.is_submitted() else 200
    return render_template("accounts/one_time_link.html", form=form, person=person), status


@bp.post("/dang-xuat")
def sign_out():
    if current_user.is_authenticated:
        person = current_user._get_current_object()
        journal.record("signed_out", person=person)
        db.session.delete(person.sign_in)
        db.session.commit()
    logout_user()
    session.clear()
    return redirect(url_for("home.index"))


@login.unauthorized_handler
def ask_to_sign_in() -> Response:
    if wants_fragment() or request.headers.get("X-Requested-With"):
        # A draft that saves itself must not swap a whole page into its status line.
        return make_response(render_template("accounts/_signed_out.html"), 401)
    here = request.full_path.rstrip("?") if request.method == "GET" else _page_of_form()
    return redirect(url_for("accounts.sign_in", next=here))


def open_session(person: Person, how: str = "") -> None:
    """Sign the person in on this browser; commits.

    :param how: for the journal, where it was not by password.
    """
    kept = SignIn(
        person_id=person.id,
        digest="",
        address=(request.remote_addr or "")[:60],
        user_agent=request.user_agent.string[:300],
    )
    kept.secret = new_secret()
    kept.digest = digest_of(kept.secret)
    db.session.add(kept)
    journal.record("signed_in", person=person, remark=", ".join(filter(None, (kept.device, how))))
    db.session.commit()
    person.sign_in = kept  # type: ignore[assignment]
    session.clear()
    session.permanent = True
    login_user(person)


def _between_steps() -> Person | None:
    """Who gave the right password a moment ago."""
    kept = session.get("second_step")
    if not kept or len(kept) != 3 or abs(time.time() - kept[1]) > SECOND_STEP:
        return None
    person = db.session.get(Person, kept[0])
    if not person or not person.has_two_factors or person.suspended_at:
        return None
    return person if kept[2] == person.password_mark else None


def _too_many(template: str, form, seconds: int) -> Response:
    problem = f"Bạn đã thử quá nhiều lần. Hãy đợi {-(-seconds // 60)} phút rồi thử lại."
    page = render_template(template, form=form, problem=problem)
    return make_response(page, 429, {"Retry-After": str(seconds)})


def _page_of_form() -> str | None:
    """The page that a form was sent from, where it is one of ours."""
    parts = urlsplit(request.referrer or "")
    return parts.path if parts.netloc == request.host else None


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
    return url_for("desk.board.index")
