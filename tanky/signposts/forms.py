from wtforms import HiddenField

from ..desk.forms import EditorForm
from ..desk.forms.record import field_of
from ..records.schema import lines
from ..text import sanitise
from .models import RECORD, Signpost


class SignpostForm(EditorForm):
    title = field_of(RECORD["title"])
    also_called = field_of(RECORD["also_called"])
    place = field_of(RECORD["place"])
    address = field_of(RECORD["address"])
    phone = field_of(RECORD["phone"])
    online_url = field_of(RECORD["online_url"])
    advice = field_of(RECORD["advice"])
    version = HiddenField()

    @classmethod
    def of(cls, signpost: Signpost | None) -> "SignpostForm":
        """The form as its page opens it."""
        if signpost is None:
            return cls(formdata=None)
        record = signpost.snapshot()
        record["also_called"] = "\n".join(record["also_called"])
        record["advice"] = sanitise.for_editor(record["advice"])
        return cls(formdata=None, data=record | {"version": str(signpost.version)})

    @property
    def record(self) -> dict:
        """What was typed, as the record that a signpost takes."""
        typed = {attribute.name: self[attribute.name].data for attribute in RECORD}
        return typed | {
            "also_called": lines(self.also_called.data),
            "advice": RECORD["advice"].clean(self.advice.data),
        }
