from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField
from wtforms.validators import ValidationError

from ..desk import saving
from ..desk.forms import EditorForm
from ..desk.forms.record import field_of
from .models import RECORD, Duty, fulfilments


class DutyForm(EditorForm):
    name = field_of(RECORD["name"])
    citation = field_of(RECORD["citation"])
    slot = SelectField(RECORD["slot"].label)
    term = field_of(RECORD["term"])
    fresh_days = field_of(RECORD["fresh_days"])
    is_read = field_of(RECORD["is_read"])
    checked_on = field_of(RECORD["checked_on"])
    is_dropped = field_of(RECORD["is_dropped"])
    opened_with = HiddenField()

    def __init__(self, duty: Duty | None = None, **kwargs):
        super().__init__(**kwargs)
        choices = {"": "Không có trên trang: tự xác nhận"}
        choices |= {one.slot: one.label for one in fulfilments()}
        if duty and duty.slot not in choices:
            choices[duty.slot] = f"{duty.slot} (không còn)"
        self.slot.choices = list(choices.items())

    @classmethod
    def of(cls, duty: Duty) -> "DutyForm":
        given = {"checked_on": duty.checked_on, "opened_with": saving.state_of([duty.snapshot()])}
        return cls(duty, formdata=None, data=duty.snapshot() | given)

    def record(self, key: str) -> dict:
        """What was typed, as the record that the duty of a key takes."""
        typed = {attribute.name: self[attribute.name].data for attribute in RECORD
                 if attribute.name != "key"}  # fmt: skip
        day = self.checked_on.data
        return typed | {"key": key, "checked_on": day and day.isoformat()}


class NewDutyForm(DutyForm):
    key = field_of(RECORD["key"])

    def validate_key(self, field) -> None:
        if Duty.by_key(field.data):
            raise ValidationError("Đã có nghĩa vụ mang mã này.")


class SheetForm(EditorForm):
    file = FileField("Tệp Excel hoặc CSV", [FileRequired("Hãy chọn một tệp.")])
