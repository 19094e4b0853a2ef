from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from ...accounts.models import SHORTEST_PASSWORD
from . import EditorForm


class PasswordForm(EditorForm):
    present = PasswordField(
        "Mật khẩu hiện tại",
        [InputRequired("Hãy gõ mật khẩu hiện tại.")],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        "Mật khẩu mới",
        [
            InputRequired("Hãy gõ mật khẩu mới."),
            Length(
                SHORTEST_PASSWORD,
                500,
                f"Mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự.",
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "Gõ lại mật khẩu mới",
        [EqualTo("new", "Hai lần gõ không giống nhau.")],
        render_kw={"autocomplete": "new-password"},
    )
