from wtforms import FieldList, FormField, HiddenField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, RowForm
from ..desk.forms.record import field_of
from ..records.schema import lines
from ..text import sanitise
from .models import RECORD, STEPS, LifeEvent, is_address, service_named

MOST_STEPS = 30


class StepForm(RowForm):
    label = field_of(STEPS["label"])
    target = field_of(STEPS["target"])
    remark = field_of(STEPS["remark"])

    def validate_label(self, field) -> None:
        if not field.data and (self.target.data or self.remark.data):
            raise ValidationError("Hãy gõ việc phải làm.")

    def validate_target(self, field) -> None:
        if field.data and not is_address(field.data) and not service_named(field.data):
            raise ValidationError(
                "Không có thủ tục nào mang mã này. Gõ mã thủ tục (1.001193), phần cuối địa chỉ của "
                "một việc không làm ở xã, hoặc địa chỉ bắt đầu bằng https:// hay /."
            )


class LifeEventForm(EditorForm):
    title = field_of(RECORD["title"])
    also_called = field_of(RECORD["also_called"])
    icon = field_of(RECORD["icon"])
    position = field_of(RECORD["position"])
    lede = field_of(RECORD["lede"])
    steps = FieldList(FormField(StepForm), max_entries=MOST_STEPS)
    advice = field_of(RECORD["advice"])
    news_words = field_of(RECORD["news_words"])
    version = HiddenField()

    @classmethod
    def of(cls, event: LifeEvent | None) -> "LifeEventForm":
        """The form as its page opens it, with a row to spare."""
        if event is None:
            return cls(formdata=None, data={"steps": [{}, {}, {}]})
        record = event.snapshot()
        data = record | {
            "also_called": "\n".join(record["also_called"]),
            "advice": sanitise.for_editor(record["advice"]),
            "steps": [*record["steps"], {}][:MOST_STEPS],
            "version": str(event.version),
        }
        return cls(formdata=None, data=data)

    @property
    def record(self) -> dict:
        """What was typed, as the record that a life event takes."""
        typed = {attribute.name: self[attribute.name].data for attribute in RECORD}
        return typed | {
            "also_called": lines(self.also_called.data),
            "advice": RECORD["advice"].clean(self.advice.data),
            "steps": [
                {part.name: row[part.name] for part in STEPS.parts}
                for row in self.steps.data
                if row["label"]
            ],
        }
