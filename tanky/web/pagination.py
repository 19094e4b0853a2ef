"""Pages of a long list; a page far back costs what the first does but for skipping index entries.

Nothing is counted: a page looks a little ahead instead, which is all that the links need. Only the
keys are skipped over, in an index that holds them; rows are fetched for one page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlalchemy import Select, select

from ..base.db import db

AHEAD = 2  # pages that are looked ahead, to link to
LAST = 1_000_000  # beyond, an offset is nonsense or an attack


@dataclass(frozen=True)
class Page:
    items: list
    number: int
    last_known: int

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last_known else None

    @property
    def nearby(self) -> range:
        return range(max(1, self.number - AHEAD), self.last_known + 1)


def page_number() -> int:
    """``?trang=``, from 1. What is not a page's number is an address that does not exist."""
    text = request.args.get("trang", "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= LAST:
        abort(404)
    return int(text)


def rows_before(number: int, per_page: int) -> int:
    """How many rows are on the pages before this one."""
    return (number - 1) * per_page


def paginate(
    query: Select,
    key,
    order: tuple,
    per_page: int,
    number: int | None = None,
    options: tuple = (),
) -> Page:
    """One page of ``query``, a select of entities, ordered by columns that an index holds.

    :param key: the entity's primary key column.
    :param options: how its rows are loaded.
    :raises NotFound: a page after the last.
    """
    number = number or page_number()
    keys = db.session.scalars(
        query.with_only_columns(key)
        .order_by(None)
        .order_by(*order)
        .offset(rows_before(number, per_page))
        .limit(per_page * AHEAD + per_page)
    ).all()
    return page_of(keys, key, per_page, number, options)


def page_of(keys: Sequence[int], key: Any, per_page: int, number: int, options: tuple = ()) -> Page:
    """The page of the first ``per_page`` keys; what follows them is on the next ones.

    :raises NotFound: a page after the last.
    """
    entity = key.class_
    query = select(entity).where(key.in_(keys[:per_page])).options(*options)
    rows = {row.id: row for row in db.session.scalars(query)}
    items = [rows[id] for id in keys[:per_page] if id in rows]
    return page_with(items, number, len(keys), per_page)


def page_with(items: list, number: int, left: int, per_page: int) -> Page:
    """:param left: how many rows there are from this page on, as far as is known.
    :raises NotFound: a page after the last.
    """
    if left <= 0 and number > 1:
        abort(404)
    pages = min(max(1, -(-left // per_page)), AHEAD + 1)
    return Page(items, number, number + pages - 1)
