import re

from wtforms import BooleanField, FieldList, FileField, FormField, HiddenField, SelectField
from wtforms.validators import ValidationError

from ..desk import saving
from ..desk.forms import EditorForm, RowForm, kept_file, take, text
from ..desk.forms.record import field_of
from ..media import rich_text
from ..media.library import take_picture
from ..media.models import MediaFile
from ..site import hours
from .models import (
    DEEPEST,
    OFFICIAL,
    UNIT,
    CentreState,
    Official,
    OfficialChannel,
    ServiceCentre,
    Unit,
    chart,
    flat,
)

MOST_CHANNELS = 15
SPARE_ROWS = 2
TO_SPEAK = "Người phát ngôn phải có mục này (Nghị định 244/2026/NĐ-CP, Điều 3)."
BARE_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:/\S*)?", re.I)


class UnitForm(EditorForm):
    name = field_of(UNIT["name"])
    parent = SelectField(UNIT["parent_id"].label, coerce=int)
    position = field_of(UNIT["position"])
    phone = field_of(UNIT["phone"])
    email = field_of(UNIT["email"])
    address = field_of(UNIT["address"])
    functions = field_of(UNIT["functions"])
    version = HiddenField()

    def __init__(self, unit: Unit | None = None, **kwargs):
        super().__init__(**kwargs)
        self.parent.choices = [(0, "— Đứng đầu —"), *_possible_parents(unit)]

    @classmethod
    def of(cls, unit: Unit | None) -> "UnitForm":
        """The form as its page opens it."""
        if unit is None:
            return cls(formdata=None)
        given = {
            "parent": unit.parent_id or 0,
            "functions": rich_text.for_form(unit.functions),
            "version": str(unit.version),
        }
        return cls(unit, formdata=None, data=unit.snapshot() | given)

    @property
    def record(self) -> dict:
        """What was typed, as the record that a unit takes."""
        plain = ("name", "position", "phone", "email", "address")
        return {
            **{name: self[name].data for name in plain},
            "parent_id": self.parent.data or None,
            "functions": UNIT["functions"].clean(self.functions.data),
        }


class OfficialForm(EditorForm):
    name = field_of(OFFICIAL["name"])
    post = field_of(OFFICIAL["post"])
    unit = SelectField(OFFICIAL["unit_id"].label, coerce=int)
    position = field_of(OFFICIAL["position"])
    is_leader = field_of(OFFICIAL["is_leader"])
    upload = FileField(OFFICIAL["portrait_id"].label)
    portrait_id = HiddenField()
    remove_portrait = BooleanField("Bỏ ảnh này")
    phone = field_of(OFFICIAL["phone"])
    email = field_of(OFFICIAL["email"])
    tasks = field_of(OFFICIAL["tasks"])
    biography = field_of(OFFICIAL["biography"])
    is_spokesperson = field_of(OFFICIAL["is_spokesperson"])
    decision = field_of(OFFICIAL["decision"])
    decided_on = field_of(OFFICIAL["decided_on"])
    version = HiddenField()

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.unit.choices = [(0, "—")] + [
            (branch.unit.id, "– " * level + branch.unit.name) for level, branch in flat(chart())
        ]

    @classmethod
    def of(cls, official: Official | None) -> "OfficialForm":
        """The form as its page opens it."""
        if official is None:
            return cls(formdata=None)
        given = {
            "unit": official.unit.id if official.unit and not official.unit.is_trashed else 0,
            "portrait_id": str(official.portrait_id or ""),
            "tasks": rich_text.for_form(official.tasks),
            "biography": rich_text.for_form(official.biography),
            "decided_on": official.decided_on,
            "version": str(official.version),
        }
        return cls(formdata=None, data=official.snapshot() | given)

    @property
    def portrait(self) -> MediaFile | None:
        found = kept_file(self.portrait_id)
        return found if found and found.is_picture else None

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        if self.is_spokesperson.data:
            for field in (self.phone, self.email, self.decision, self.decided_on):
                if not field.data:
                    field.errors = [*field.errors, TO_SPEAK]
                    valid = False
        if file := take(self.upload, take_picture):
            self.portrait_id.data = str(file.id)
            self.remove_portrait.data = False
        return valid and not self.upload.errors

    @property
    def record(self) -> dict:
        """What was typed, as the record that an official takes."""
        plain = ("name", "post", "position", "is_leader", "phone", "email", "is_spokesperson",
                 "decision")  # fmt: skip
        portrait = None if self.remove_portrait.data else self.portrait
        return {
            **{name: self[name].data for name in plain},
            "unit_id": self.unit.data or None,
            "portrait_id": portrait.id if portrait else None,
            "tasks": OFFICIAL["tasks"].clean(self.tasks.data),
            "biography": OFFICIAL["biography"].clean(self.biography.data),
            "decided_on": self.decided_on.data and self.decided_on.data.isoformat(),
        }


class ChannelForm(RowForm):
    name = text("Tên kênh", 120)
    address = text("Địa chỉ hoặc số", 300)

    def validate_name(self, field) -> None:
        if self.address.data and not field.data:
            raise ValidationError("Hãy gõ tên của kênh này.")

    def validate_address(self, field) -> None:
        if self.name.data and not field.data:
            raise ValidationError("Hãy gõ địa chỉ hoặc số.")
        if BARE_DOMAIN.fullmatch(field.data):
            field.data = f"https://{field.data}"


class ChannelsForm(EditorForm):
    rows = FieldList(FormField(ChannelForm), max_entries=MOST_CHANNELS)
    opened_with = HiddenField()

    @classmethod
    def of(cls, channels: list[OfficialChannel]) -> "ChannelsForm":
        rows = [{"name": row.name, "address": row.address} for row in channels]
        state = {"opened_with": saving.state_of(rows)}
        rows += [{}] * min(SPARE_ROWS, MOST_CHANNELS - len(rows))
        return cls(formdata=None, data=state | {"rows": rows})


class CentreForm(EditorForm):
    name = text("Tên", 200, "Hãy gõ tên trung tâm.")
    address = text("Địa chỉ", 300)
    phone = text("Điện thoại", 40)
    working_hours = text("Giờ làm việc", 300)

    def validate_working_hours(self, field) -> None:
        if field.data:
            try:
                hours.parse_week(field.data)
            except hours.Unreadable as why:
                raise ValidationError(str(why)) from None

    def fill(self, centre: ServiceCentre) -> None:
        for name in ("name", "address", "phone", "working_hours"):
            setattr(centre, name, self[name].data)


class StateForm(EditorForm):
    state = SelectField(
        "Tình trạng bây giờ", choices=[(s.value, s.value.capitalize()) for s in CentreState]
    )
    note = text("Ghi thêm", 200)


def _possible_parents(unit: Unit | None) -> list[tuple[int, str]]:
    """Not the unit itself, nor what belongs to it, nor where the chart would grow too deep."""
    rows = list(flat(chart()))
    moved = {
        branch.unit: level for level, branch in rows if unit in (branch.unit, *branch.unit.above)
    }
    height = max(moved.values()) - min(moved.values()) if moved else 0
    return [
        (branch.unit.id, "– " * level + branch.unit.name)
        for level, branch in rows
        if branch.unit not in moved and level + 1 + height < DEEPEST
    ]
