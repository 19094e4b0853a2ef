"""The fields of administration (lĩnh vực) that procedures and results are told apart by."""

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.alphabet import in_alphabet
from ..base.db import Model, db
from ..text.folding import fold, slugify


class Field(Model):
    """A field of administration (lĩnh vực): Hộ tịch, Chứng thực, Đất đai…"""

    __tablename__ = "fields"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    position: Mapped[int] = mapped_column(default=0)

    @classmethod
    def in_order(cls) -> list["Field"]:
        return list(db.session.scalars(select(cls).order_by(cls.position, in_alphabet(cls.name))))

    @classmethod
    def named(cls, name: str) -> "Field":
        """The field of that name, whatever its capitals and diacritics; made where it is new."""
        known = cls.in_order()
        for field in known:
            if fold(field.name) == fold(name):
                return field
        taken = {field.slug for field in known}
        slug = base = slugify(name, 100)
        counter = 2
        while slug in taken:
            slug, counter = f"{base}-{counter}", counter + 1
        made = cls(name=name, slug=slug, position=len(known))
        db.session.add(made)
        db.session.flush()
        return made
