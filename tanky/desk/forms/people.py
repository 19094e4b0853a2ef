from wtforms import PasswordField, SelectField, SelectMultipleField, widgets
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from ...accounts.forms import AnswerForm, CodeForm, NewPasswordForm
from ...accounts.models import Person, Role
from . import EditorForm, text

ROLES = [(role.value, role.label) for role in Role]


class PresentPassword(EditorForm):
    present = PasswordField(
        "Mật khẩu hiện tại",
        [InputRequired("Hãy gõ mật khẩu hiện tại."), Length(max=500, message="Mật khẩu quá dài.")],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(PresentPassword, NewPasswordForm):
    """The present one first, then the new one twice."""


class TurnOnForm(PresentPassword, CodeForm):
    """Whoever finds a desk open must not bind the account to a phone of theirs."""


class NewPasskeyForm(PresentPassword):
    name = text("Tên khoá", 60, "Hãy đặt tên để sau này nhận ra: điện thoại của tôi, máy ở phòng.")


class PasskeyAnswerForm(AnswerForm, NewPasskeyForm):
    """The same once more, with what the device made."""


class TurnOffForm(PresentPassword):
    """What weakens an account asks for its password again."""


class PersonForm(EditorForm):
    name = text("Họ tên", 120, "Hãy gõ họ tên.")
    role = SelectField("Vai trò", choices=ROLES)


class InvitationForm(PersonForm):
    username = text(
        "Tên đăng nhập",
        60,
        "Hãy gõ tên đăng nhập.",
        Regexp(r"[a-z0-9._-]+$", message="Chỉ gồm chữ thường không dấu, chữ số và . _ -"),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )

    def validate_username(self, field) -> None:
        if Person.by_username(field.data):
            raise ValidationError("Đã có người dùng tên này.")


class RulesForm(EditorForm):
    roles = SelectMultipleField(
        "Vai trò phải dùng xác thực hai lớp",
        choices=ROLES,
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )

    @property
    def chosen(self) -> set[Role]:
        return {Role(value) for value in self.roles.data}
