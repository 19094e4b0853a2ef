"""What all forms of the editors' area share: Vietnamese messages, text in NFC, kept files."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from ...media.models import MediaFile
from ...reading.bounds import Refused
from ...records.days import out_of_range
from ...text.folding import nfc
from ...text.formats import sentence

MESSAGES = {
    "Not a valid integer value.": "Hãy gõ một số nguyên.",
    "Not a valid choice.": "Lựa chọn không có trong danh sách.",
    "Not a valid choice": "Lựa chọn không có trong danh sách.",
    "'%(value)s' is not a valid choice for this field.": "Lựa chọn không có trong danh sách.",
    "Invalid Choice: could not coerce.": "Lựa chọn không hợp lệ.",
    "Not a valid datetime value.": "Hãy gõ ngày giờ theo dạng ngày/tháng/năm giờ:phút.",
    "Not a valid date value.": "Hãy gõ ngày theo dạng ngày/tháng/năm.",
    "This field is required.": "Ô này không được để trống.",
    "Invalid input.": "Giá trị không hợp lệ.",
}


class Vietnamese:
    """WTForms' translations object for the few messages that a form does not give itself."""

    def gettext(self, text: str) -> str:
        return MESSAGES.get(text, text)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular)


class _Meta:
    def get_translations(self, form):
        return Vietnamese()


class EditorForm(FlaskForm):
    class Meta(_Meta, FlaskForm.Meta):
        pass

    def add_row(self, table: str) -> None:
        """Another empty row, asked for by a button that works without JavaScript."""
        rows = self[table]
        if len(rows) < rows.max_entries:
            rows.append_entry({})


class WithdrawForm(EditorForm):
    """Why something is taken down."""

    because = StringField(
        "Lý do gỡ",
        [
            DataRequired("Hãy ghi lý do: người dân mở địa chỉ cũ sẽ đọc được."),
            Length(max=300, message="Dài quá 300 ký tự."),
        ],
        filters=[lambda value: tidy(value)],
    )


class RowForm(Form):
    """A row within a form; the form around it has the CSRF token."""

    class Meta(_Meta):
        pass


def tidy(value: str | None) -> str:
    """Typed text as it is stored: composed, without blanks around it and NUL characters."""
    return nfc((value or "").replace("\0", "")).strip()


def text(label: str, most: int, required: str | None = None, *more, **kwargs) -> StringField:
    """A line of text of at most ``most`` characters; ``required`` is the message when empty."""
    return StringField(label, _checks(most, required, *more), filters=[tidy], **kwargs)


def area(label: str, most: int, required: str | None = None, *more, **kwargs) -> TextAreaField:
    return TextAreaField(label, _checks(most, required, *more), filters=[tidy], **kwargs)


def count(
    label: str, required: str | None = None, most: int = 999_999_999, least: int = 0
) -> IntegerField:
    """A whole number from ``least``; empty is None unless ``required`` is given."""
    checks = [InputRequired(required)] if required else [Optional()]
    message = f"Hãy gõ một số nguyên từ {least} đến {most:,}."
    return IntegerField(label, [*checks, NumberRange(least, most, message)])


def day(label: str, required: str = "") -> DateField:
    """A day; ``required`` is the message when empty."""
    return DateField(
        label, [InputRequired(required) if required else Optional(), _demand_usual_day]
    )


def moment(label: str) -> DateTimeLocalField:
    """A day and time in the site's time, without its zone; empty is None."""
    forms = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
    # Without a step, browsers refuse the seconds that are there.
    return DateTimeLocalField(
        label, [Optional(), _demand_near_year], format=forms, render_kw={"step": "1"}
    )


def to_local(value: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A moment as such a field shows it."""
    return value and value.astimezone(zone).replace(tzinfo=None)


def to_utc(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The moment that such a field names."""
    return local and local.replace(tzinfo=zone).astimezone(UTC)


def _demand_usual_day(_form, field) -> None:
    if why := out_of_range(field.data):
        raise ValidationError(f"{sentence(why)}.")


def _demand_near_year(_form, field) -> None:
    # A moment of the year 1 has none in UTC; what is no moment at all has its own error.
    if field.data and not 2000 <= field.data.year <= 2200:
        raise ValidationError("Hãy gõ một năm từ 2000 đến 2200.")


def with_spare(rows: list, most: int) -> list:
    """The rows of a table, and an empty one more where there is room."""
    return [*rows, {}][:most]


def kept_file(field: HiddenField) -> MediaFile | None:
    """The file of the library whose id a hidden field holds."""
    id = str(field.data or "")
    return MediaFile.by_id(int(id[:10])) if id.isascii() and id.isdigit() else None


def take(field: FileField, taker):
    """Keep the file that a field brought, by ``taker`` of media.library.

    :returns: the media file, or None where none came or it was refused; the refusal is then among
        the field's errors.
    """
    try:
        return _taken(field.data, taker)
    except Refused as refusal:
        field.errors = [*field.errors, str(refusal)]
        return None


def take_all(field: MultipleFileField, taker) -> list:
    """The same for a field that brings several: those that were taken."""
    taken = []
    for upload in field.data or ():
        try:
            file = _taken(upload, taker)
        except Refused as refusal:
            field.errors = [*field.errors, f"{upload.filename}: {refusal}"]
        else:
            taken += [file] if file else []
    return taken


def _taken(upload, taker):
    """A browser sends one nameless part where nothing was chosen."""
    return taker(upload) if upload and getattr(upload, "filename", "") else None


def _checks(most: int, required: str | None, *more) -> list:
    length = [Length(max=most, message=f"Dài quá {most:,} ký tự.")] if most else []
    if required:
        return [DataRequired(required), *length, *more]
    # Optional() ends all checks of an empty field, a form's own validate_… too: only where there
    # are checks that an empty text would fail.
    return [Optional(), *length, *more] if more else length
