"""Form fields made of a record's attributes: labels, limits and demands are said once there."""

from wtforms import BooleanField, DateField, Field, SelectField
from wtforms.validators import Optional, Regexp

from ...records.schema import (
    LINK,
    Attribute,
    Choice,
    Day,
    Flag,
    Html,
    Lines,
    Link,
    Number,
)
from . import area, count, text


def field_of(attribute: Attribute, required: str = "") -> Field:
    """An unbound field for an attribute.

    :param required: what is said where it is missing; by default "Hãy gõ …".
    """
    label = f"{attribute.label} ({attribute.hint})" if attribute.hint else attribute.label
    if attribute.required and not required:
        required = f"Hãy gõ {attribute.label[0].lower()}{attribute.label[1:]}."
    match attribute:
        case Choice():
            choices = [(c.value, c.value[0].upper() + c.value[1:]) for c in attribute.choices]
            is_open = attribute.otherwise or attribute.required
            return SelectField(label, choices=choices if is_open else [("", "—"), *choices])
        case Flag():
            return BooleanField(label)
        case Day():
            return DateField(label, [Optional()])
        case Number():
            return count(label, required or None, attribute.largest)
        case Link():
            link = Regexp(f"{LINK}$", message="Địa chỉ phải bắt đầu bằng https://")
            return text(label, attribute.most, required or None, link)
        case Html() | Lines():
            return area(label, attribute.most, required or None)
    if attribute.pattern:
        matches = Regexp(f"{attribute.pattern}$", message=attribute.says)
        return text(label, attribute.most, required or None, matches)
    return text(label, attribute.most, required or None)
