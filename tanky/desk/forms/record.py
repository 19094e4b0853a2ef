"""Form fields made of a record's attributes: labels, limits and demands are said once there."""

from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    widgets,
)
from wtforms.validators import (
    InputRequired,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from ...records.schema import (
    LINK,
    Attribute,
    Choice,
    Choices,
    Day,
    Flag,
    Html,
    Lines,
    Link,
    Moment,
    Number,
    Year,
)
from ...records.sheets import BadCell
from ...text.formats import sentence
from . import area, count, day, moment, text


def field_of(attribute: Attribute, required: str = "") -> Field:
    """An unbound field for an attribute.

    :param required: what is said where it is missing; by default "Hãy gõ …".
    """
    label = f"{attribute.label} ({attribute.hint})" if attribute.hint else attribute.label
    if attribute.required and not required:
        required = f"Hãy gõ {_within_sentence(attribute.label)}."
    given = InputRequired(required) if required else Optional()
    match attribute:
        case Choices():
            # InputRequired would have each box say that it must be ticked.
            def is_given(_form, field) -> None:
                if required and not field.data:
                    raise ValidationError(required)

            return SelectMultipleField(
                label,
                [is_given],
                choices=[(c.value, sentence(c.value)) for c in attribute.of.choices],
                widget=widgets.ListWidget(prefix_label=False),
                option_widget=widgets.CheckboxInput(),
            )
        case Choice():
            choices = [(c.value, c.value[0].upper() + c.value[1:]) for c in attribute.choices]
            if not attribute.otherwise:
                choices.insert(0, ("", "—"))
            return SelectField(
                label,
                [InputRequired(required)] if required else [],
                choices=choices,
                default=attribute.otherwise,
            )
        case Flag():
            return BooleanField(label)
        case Moment():
            return moment(label)
        case Day():
            return day(label, required)
        case Year():
            within = NumberRange(
                attribute.least,
                attribute.largest,
                f"Hãy gõ một năm từ {attribute.least} đến {attribute.largest}.",
            )
            return IntegerField(label, [given, within])
        case Number():
            return count(label, required or None, attribute.largest, attribute.least)
        case Link():
            link = Regexp(f"{LINK}$", message="Địa chỉ phải bắt đầu bằng https://")
            return text(label, attribute.most, required or None, link)
        case Lines() if attribute.pattern:
            return area_of(attribute, required)
        case Html() | Lines():
            return area(label, attribute.most, required or None)
    if attribute.pattern:
        message = attribute.says or f"{attribute.label} phải có dạng {attribute.example}."
        matches = Regexp(rf"(?:{attribute.pattern})\Z", message=message)
        return text(label, attribute.most, required or None, matches)
    return text(label, attribute.most, required or None)


LONGEST = 200_000  # characters


def area_of(attribute: Attribute, required: str = "") -> TextAreaField:
    """An unbound field for an attribute of several parts, typed as a sheet has it; its data is the
    text, which ``attribute.parse`` takes."""

    def is_readable(_form, field) -> None:
        try:
            attribute.parse(field.data)
        except BadCell as fault:
            said = attribute.says or f"{sentence(str(fault))}."
            raise ValidationError(said) from None

    label = f"{attribute.label} ({attribute.hint})" if attribute.hint else attribute.label
    return area(label, LONGEST, required or None, is_readable)


def _within_sentence(label: str) -> str:
    """``Mã thủ tục`` → ``mã thủ tục``; ``UBND xã`` stays."""
    return label if label[1:2].isupper() else label[0].lower() + label[1:]
