from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length


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
    submit = SubmitField("Đăng nhập")
