from datetime import datetime

from wtforms import HiddenField

from ..desk.forms import EditorForm, to_utc
from ..desk.forms.record import field_of
from ..media import rich_text
from ..site import identity
from ..text import formats
from .models import MOMENTS, PLAIN, Notice
from .record import RECORD, wrong

SHOWN = "Thông báo đang hiện: hãy gỡ xuống rồi đăng lại như vậy."


class NoticeForm(EditorForm):
    title = field_of(RECORD["title"])
    grade = field_of(RECORD["grade"])
    category = field_of(RECORD["category"])
    is_observed = field_of(RECORD["is_observed"])
    place = field_of(RECORD["place"])
    advice = field_of(RECORD["advice"])
    body = field_of(RECORD["body"])
    begins_at = field_of(RECORD["begins_at"])
    ends_at = field_of(RECORD["ends_at"])
    is_interruption = field_of(RECORD["is_interruption"])
    stops_at = field_of(RECORD["stops_at"])
    resumes_at = field_of(RECORD["resumes_at"])
    late_because = field_of(RECORD["late_because"])
    version = HiddenField()

    def __init__(self, notice: Notice | None = None, **kwargs):
        super().__init__(**kwargs)
        self._notice = notice

    @classmethod
    def of(cls, notice: Notice | None) -> "NoticeForm":
        """The form as its page opens it."""
        if notice is None:
            return cls(formdata=None)
        record = notice.snapshot()
        moments = {name: record[name] and datetime.fromisoformat(record[name]) for name in MOMENTS}
        given = {"body": rich_text.for_form(notice.body), "version": str(notice.version)}
        return cls(notice, formdata=None, data=record | moments | given)

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        now = formats.now().astimezone(identity.zone()).replace(tzinfo=None)
        found = list(
            wrong(
                self.grade.data,
                {name: self[name].data for name in MOMENTS},
                self.is_interruption.data,
                self._is_announced or bool(self.late_because.data),
                self.advice.data,
                now,
            )
        )
        notice = self._notice
        if notice and notice.is_public:
            # Whoever was warned must be told that it no longer holds.
            if self.begins_at.data and self.begins_at.data > now:
                found = [*found, ("begins_at", SHOWN)]
            if notice.is_urgent and self.grade.data != notice.grade:
                found = [*found, ("grade", SHOWN)]
        for name, why in found:
            self[name].errors = [*self[name].errors, why]
            valid = False
        return valid

    @property
    def _is_announced(self) -> bool:
        """Whether residents know of an interruption that begins no earlier."""
        notice = self._notice
        if not (notice and notice.published_at and notice.is_interruption and not notice.is_over):
            return False
        stops_at = to_utc(self.stops_at.data, identity.zone())
        return stops_at is not None and stops_at >= notice.stops_at

    @property
    def record(self) -> dict:
        """What was typed, as the record that a notice takes."""
        return {
            **{name: self[name].data for name in PLAIN},
            **{name: self[name].data and self[name].data.isoformat() for name in MOMENTS},
            "grade": self.grade.data,
            "category": self.category.data,
            "body": RECORD["body"].clean(self.body.data),
        }
