from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user, login_user

from ...accounts.models import Person
from ...accounts.throttling import SignInThrottle
from ...extensions import db
from .. import bp
from ..forms.people import PasswordForm


@bp.route("/mat-khau", methods=["GET", "POST"])
def password():
    """One's own password; every other session of the person ends."""
    form = PasswordForm()
    if form.validate_on_submit():
        throttle = SignInThrottle(current_user.username, request.remote_addr or "")
        if throttle.admit():
            form.present.errors = ["Bạn đã thử quá nhiều lần. Hãy đợi ít phút."]
        elif not Person.signing_in(current_user.username, form.present.data):
            form.present.errors = ["Mật khẩu hiện tại không đúng."]
        else:
            throttle.succeeded()
            current_user.set_password(form.new.data)
            db.session.commit()
            login_user(current_user._get_current_object())
            flash("Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.")
            return redirect(url_for("editors.desk"))
    return render_template("editors/password.html", form=form), 422 if form.errors else 200
