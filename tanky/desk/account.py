"""One's own account: password, sessions, second factor."""

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from ..accounts import passkeys
from ..accounts import two_factors as factors
from ..accounts.models import Passkey, Person, RoleRule, SignIn
from ..accounts.throttling import SignInThrottle
from ..accounts.views import open_session
from ..base.db import db
from ..records import journal
from ..site import identity
from . import roles
from .forms.people import NewPasskeyForm, PasskeyAnswerForm, PasswordForm, TurnOffForm, TurnOnForm
from .section import Entry, Section

bp = Blueprint("account", __name__)


@bp.get("/tai-khoan/")
@roles.anyone
def index():
    query = select(SignIn).where(SignIn.person_id == current_user.id)
    sessions = db.session.scalars(query.order_by(SignIn.seen_at.desc())).all()
    return render_template(
        "desk/account.html",
        sessions=sessions,
        passkeys=passkeys.of(current_user),
        form=NewPasskeyForm(formdata=None),
    )


@bp.route("/mat-khau", methods=["GET", "POST"])
@roles.anyone
def password():
    """One's own password; every other session of the person ends."""
    person = current_user._get_current_object()
    form = PasswordForm(person.username, person.name)
    if form.validate_on_submit() and _is_own_password(form.present):
        if form.new.data == form.present.data:
            form.new.errors = ["Mật khẩu mới phải khác mật khẩu hiện tại."]
        else:
            person.set_password(form.new.data)
            journal.record("password_changed", person, person)
            open_session(person)
            flash("Đã đổi mật khẩu. Các phiên khác đã kết thúc, khoá truy cập cũ đã xoá.")
            return redirect(url_for("desk.account.index"))
    return render_template("desk/password.html", form=form), 422 if form.errors else 200


@bp.get("/tai-khoan/the.json")
@roles.anyone
def renew_token():
    """The form token of the present session, for a page that was opened in an earlier one."""
    return jsonify(token=generate_csrf())


@bp.post("/tai-khoan/phien/<id:id>/ket-thuc")
@roles.anyone
def end_session(id: int):
    found = db.first_or_404(
        select(SignIn).where(SignIn.id == id, SignIn.person_id == current_user.id)
    )
    journal.record("sessions_ended", current_user, current_user, found.device)
    db.session.delete(found)
    db.session.commit()
    flash(f"Đã kết thúc phiên {found.device}.")
    return redirect(url_for("desk.account.index"))


@bp.post("/tai-khoan/khoa")
@roles.anyone
def ask_for_passkey():
    """A challenge for a new key, for whoever knows the account's password."""
    form, person = NewPasskeyForm(), current_user._get_current_object()
    if problem := _problem_with(form, person):
        return jsonify(problem=problem), 422
    return jsonify(options=passkeys.ask_for_new(person, identity.current().called))


@bp.post("/tai-khoan/khoa/xong")
@roles.anyone
def add_passkey():
    form, person = PasskeyAnswerForm(), current_user._get_current_object()
    if problem := _problem_with(form, person):
        return jsonify(problem=problem), 422
    try:
        added = passkeys.add(person, form.answer.data, form.name.data)
    except passkeys.Refused:
        return jsonify(problem="Thiết bị không tạo được khoá. Mời bạn thử lại."), 422
    journal.record("passkey_added", person, person, added.name)
    db.session.commit()
    flash("Đã thêm khoá truy cập. Lần sau bạn đăng nhập bằng khoá, không cần mật khẩu.")
    return jsonify(onward=url_for("desk.account.index"))


@bp.post("/tai-khoan/khoa/<id:id>/xoa")
@roles.anyone
def remove_passkey(id: int):
    mine = (Passkey.id == id, Passkey.person_id == current_user.id)
    found = db.first_or_404(select(Passkey).where(*mine))
    journal.record("passkey_removed", current_user, current_user, found.name)
    db.session.delete(found)
    db.session.commit()
    flash(f"Đã xoá khoá {found.name}.")
    return redirect(url_for("desk.account.index"))


@bp.post("/tai-khoan/phien/ket-thuc-khac")
@roles.anyone
def end_other_sessions():
    current_user.end_sessions(but=current_user.sign_in)
    journal.record("sessions_ended", current_user, current_user, "mọi phiên khác")
    db.session.commit()
    flash("Đã kết thúc mọi phiên khác của bạn.")
    return redirect(url_for("desk.account.index"))


@bp.route("/tai-khoan/hai-lop", methods=["GET", "POST"])
@roles.anyone
def two_factors():
    """Turn the second factor on: scan, type one code, write the recovery codes down."""
    person = current_user._get_current_object()
    if person.has_two_factors:
        return render_template(
            "desk/two_factors_on.html",
            form=TurnOffForm(),
            demanded=person.role in RoleRule.demanding_two_factors(),
        )
    form = TurnOnForm()
    secret = session.setdefault("totp_secret", factors.new_secret())
    if form.validate_on_submit() and _is_own_password(form.present):
        codes = factors.turn_on(person, secret, form.code.data)
        if codes:
            session.pop("totp_secret")
            journal.record("two_factor_on", person, person)
            db.session.commit()
            return render_template("desk/recovery_codes.html", codes=codes)
        form.code.errors = ["Mã không đúng. Hãy xem giờ trên điện thoại có đúng không rồi thử lại."]
    page = render_template("desk/two_factors.html", form=form, secret=secret)
    return page, 422 if form.errors else 200


@bp.get("/tai-khoan/ma-qr.svg")
@roles.anyone
def qr_code():
    secret = session.get("totp_secret") or factors.new_secret()
    picture = factors.picture(secret, current_user, identity.current().called)
    return Response(picture, mimetype="image/svg+xml")


@bp.post("/tai-khoan/hai-lop/tat")
@roles.anyone
def turn_off_two_factors():
    form = TurnOffForm()
    person = current_user._get_current_object()
    if person.role in RoleRule.demanding_two_factors():
        flash("Vai trò của bạn phải dùng xác thực hai lớp nên không tắt được.", "error")
        return redirect(url_for("desk.account.two_factors"))
    if form.validate_on_submit() and _is_own_password(form.present):
        factors.turn_off(person)
        journal.record("two_factor_off", person, person)
        db.session.commit()
        flash("Đã tắt xác thực hai lớp.")
        return redirect(url_for("desk.account.index"))
    return render_template("desk/two_factors_on.html", form=form, demanded=False), 422


@bp.post("/tai-khoan/hai-lop/ma-moi")
@roles.anyone
def renew_recovery_codes():
    form = TurnOffForm()
    person = current_user._get_current_object()
    if person.has_two_factors and form.validate_on_submit() and _is_own_password(form.present):
        codes = factors.new_recovery_codes(person)
        journal.record("two_factor_on", person, person, "mã khôi phục mới")
        db.session.commit()
        return render_template("desk/recovery_codes.html", codes=codes)
    demanded = person.role in RoleRule.demanding_two_factors()
    return render_template("desk/two_factors_on.html", form=form, demanded=demanded), 422


def _problem_with(form: NewPasskeyForm, person: Person) -> str:
    """Why there is no new key for this form, as a sentence; "" where there may be one."""
    if len(passkeys.of(person)) >= passkeys.MOST:
        return f"Mỗi người có nhiều nhất {passkeys.MOST} khoá. Hãy xoá một khoá cũ."
    if form.validate() and _is_own_password(form.present):
        return ""
    return " ".join(str(problem) for problems in form.errors.values() for problem in problems)


def _is_own_password(field) -> bool:
    throttle = SignInThrottle(current_user.username, request.remote_addr or "")
    if throttle.admit():
        field.errors = ["Bạn đã thử quá nhiều lần. Hãy đợi ít phút."]
        return False
    if not Person.signing_in(current_user.username, field.data):
        field.errors = ["Mật khẩu hiện tại không đúng."]
        return False
    throttle.succeeded()
    return True


class AccountSection(Section):
    blueprint = bp
    menu = (Entry("desk.account.index", "Tài khoản"),)


SECTION = AccountSection()
