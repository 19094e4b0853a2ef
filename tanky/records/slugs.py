"""Addresses made of titles."""

from typing import Any

from sqlalchemy import select

from ..base.db import db
from ..text.folding import slugify


def free_slug(model: Any, title: str) -> str:
    """A slug of the title that no row of the model has: ``lich-su``, else ``lich-su-2``."""
    base = slugify(title, 90)
    taken = set(db.session.scalars(select(model.slug).where(model.slug.startswith(base))))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
