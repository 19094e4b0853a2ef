from datetime import date, datetime

from wtforms import FieldList, FormField, HiddenField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, RowForm, with_spare
from ..desk.forms.record import field_of
from ..media import rich_text
from . import calendar
from .models import PLAIN, Event
from .record import CHANGES, MOVED_AT_MOST, RECORD, Change, Kind, wrong

MOST_CHANGES = 40


class ChangeForm(RowForm):
    day = field_of(CHANGES["day"])
    change = field_of(CHANGES["change"])
    starts_at = field_of(CHANGES["starts_at"])
    reason = field_of(CHANGES["reason"])

    def validate_change(self, field) -> None:
        if self.day.data and not field.data:
            raise ValidationError("Hãy chọn huỷ hay dời.")
        if not self.day.data and (field.data or self.starts_at.data or self.reason.data):
            raise ValidationError("Hãy ghi buổi ngày nào.")
        if field.data == Change.MOVED and not self.starts_at.data:
            raise ValidationError("Hãy ghi dời sang lúc nào.")


class EventForm(EditorForm):
    title = field_of(RECORD["title"])
    kind = field_of(RECORD["kind"])
    starts_at = field_of(RECORD["starts_at"])
    ends_at = field_of(RECORD["ends_at"])
    place = field_of(RECORD["place"])
    host = field_of(RECORD["host"])
    participants = field_of(RECORD["participants"])
    body = field_of(RECORD["body"])
    repeats = field_of(RECORD["repeats"])
    repeats_until = field_of(RECORD["repeats_until"])
    changes = FieldList(FormField(ChangeForm), max_entries=MOST_CHANGES)
    late_because = field_of(RECORD["late_because"])
    version = HiddenField()

    def __init__(self, event: Event | None = None, **kwargs):
        super().__init__(**kwargs)
        self._event = event

    @classmethod
    def of(cls, event: Event | None) -> "EventForm":
        """The form as its page opens it: with an empty row more."""
        if event is None:
            return cls(formdata=None, data={"changes": [{}]})
        record = event.snapshot()
        rows = [
            row | {"day": date.fromisoformat(row["day"]), "starts_at": _moment(row["starts_at"])}
            for row in record["changes"]
        ]
        given = {
            "starts_at": _moment(record["starts_at"]),
            "ends_at": _moment(record["ends_at"]),
            "repeats_until": event.repeats_until,
            "body": rich_text.for_form(event.body),
            "changes": with_spare(rows, MOST_CHANGES),
            "version": str(event.version),
        }
        return cls(event, formdata=None, data=record | given)

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        event, starts_at = self._event, self.starts_at.data
        known = _moment(event.snapshot()["starts_at"]) if event else None
        is_new = starts_at != known or (event is not None and event.kind != Kind.RECEPTION)
        found = wrong(
            self.kind.data, starts_at, self.ends_at.data, self.repeats_until.data, is_new,
            bool(self.late_because.data),
        )  # fmt: skip
        for name, why in found:
            if not self[name].errors:
                self[name].errors = [why]
            valid = False
        return valid and self._demand_real_changes()

    def _demand_real_changes(self) -> bool:
        """Whether each change is of an occurrence that there is, once."""
        planned = Event()
        planned.restore(self.record | {"changes": []})
        seen: set[date] = set()
        for row in (row.form for row in self.changes if row.form.day.data):
            day = row.day.data
            if not calendar.is_planned(planned, day):
                row.day.errors = ["Ngày này không có buổi nào của lịch trên."]
            elif day in seen:
                row.day.errors = ["Buổi này đã có ở dòng trên."]
            seen.add(day)
            if self.kind.data == Kind.RECEPTION and not row.reason.data:
                row.reason.errors = ["Đổi lịch tiếp công dân thì phải báo lý do."]
            moved_to = row.starts_at.data
            if moved_to and abs(moved_to.date() - day) > MOVED_AT_MOST:
                row.starts_at.errors = ["Không dời quá nửa năm. Hãy thêm một lịch khác."]
        return not any(field.errors for row in self.changes for field in row.form)

    @property
    def record(self) -> dict:
        """What was typed, as the record that an event takes."""
        return {
            **{name: self[name].data for name in (*PLAIN, "kind", "repeats")},
            "starts_at": _iso(self.starts_at.data),
            "ends_at": _iso(self.ends_at.data),
            "repeats_until": _iso(self.repeats_until.data),
            "body": RECORD["body"].clean(self.body.data),
            "changes": [
                row | {"day": _iso(row["day"]), "starts_at": _iso(row["starts_at"])}
                for row in self.changes.data
                if row["day"]
            ],
        }


def _iso(value: date | datetime | None) -> str | None:
    return value.isoformat() if value else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
