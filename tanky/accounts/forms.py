from flask import current_app
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from .passwords import problem_with


class SignInForm(FlaskForm):
    username = StringField(
        "Tên đăng nhập",
        [
            InputRequired("Hãy gõ tên đăng nhập."),
            Length(max=60, message="Tên đăng nhập quá dài."),
        ],
        render_kw={
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )
    password = PasswordField(
        "Mật khẩu",
        [
            InputRequired("Hãy gõ mật khẩu."),
            Length(max=500, message="Mật khẩu quá dài."),
        ],
        render_kw={"autocomplete": "current-password"},
    )


class AnswerForm(FlaskForm):
    """What a device made of a challenge, as JSON (passkeys.py)."""

    answer = StringField("", [InputRequired(), Length(max=20_000)])


class CodeForm(FlaskForm):
    code = StringField(
        "Mã xác thực",
        [InputRequired("Hãy gõ mã."), Length(max=40, message="Mã quá dài.")],
        render_kw={
            "autocomplete": "one-time-code",
            "autocapitalize": "none",
            "spellcheck": "false",
        },
    )


class NewPasswordForm(FlaskForm):
    """A password for oneself, twice."""

    new = PasswordField(
        "Mật khẩu mới",
        [
            InputRequired("Hãy gõ mật khẩu mới."),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "Gõ lại mật khẩu mới",
        [EqualTo("new", "Hai lần gõ không giống nhau.")],
        render_kw={"autocomplete": "new-password"},
    )

    def __init__(self, *own: str, **kwargs):
        """:param own: what anyone knows of the person, see :func:`passwords.problem_with`."""
        super().__init__(**kwargs)
        self._own = *own, *current_app.extensions["site_names"]()

    def validate_new(self, field) -> None:
        if problem := problem_with(field.data, *self._own):
            raise ValidationError(problem)
