"""Which text shows or links to which file, written whenever the text is.

A file is known here by its key, the part of its digest that stands in addresses. A file is served
to the public while something public refers to it, and no longer.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Select,
    String,
    Table,
    delete,
    event,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, db

KEY_LENGTH = 24
_KEY = re.compile(rf"/(?:anh|tep)/([0-9a-f]{{{KEY_LENGTH}}})\b")
_ADDRESS = re.compile(rf"/(?:anh|tep)/[0-9a-f]{{{KEY_LENGTH}}}[\w./-]*")


class FileReference(Model):
    __tablename__ = "file_references"
    __table_args__ = (Index("ix_file_references_key", "key"),)
    SHOWN = False  # it changes with the text that it was taken from

    subject: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)


def keys_in(*texts: str) -> set[str]:
    """The keys of the files that HTML texts show or link to."""
    return {key for text in texts for key in _KEY.findall(text)}


def follow(
    model: Any,
    texts: Callable[[Any], Iterable[str]],
    file_model: Any = None,
    files: Callable[[Any], Iterable[int | None]] | None = None,
) -> None:
    """Keep the references of a model's rows, by whatever way a row is written.

    :param texts: gives a row's HTML texts.
    :param files: gives the ids of the files that it names otherwise, such as its cover: rows of
        ``file_model``.
    """

    def keep(_mapper: object, connection: Connection, row: Any) -> None:
        table = cast(Table, FileReference.__table__)
        place = {"subject": model.SUBJECT, "subject_id": row.id}
        connection.execute(
            delete(table).where(
                table.c.subject == model.SUBJECT, table.c.subject_id == literal(row.id)
            )
        )
        keys = keys_in(*texts(row))
        ids = [id for id in files(row) if id] if files else []
        if ids:
            digests = select(file_model.digest).where(file_model.id.in_(ids))
            keys |= {digest[:KEY_LENGTH] for digest in connection.scalars(digests)}
        if keys:
            connection.execute(insert(table), [place | {"key": key} for key in sorted(keys)])

    event.listen(model, "after_insert", keep)
    event.listen(model, "after_update", keep)


def subjects_of(key: str) -> set[str]:
    """What kinds of row refer to a file."""
    return set(db.session.scalars(select(FileReference.subject).where(FileReference.key == key)))


def referring(key: str, model: Any) -> Select[Any]:
    """The rows of a model that refer to a file."""
    return select(model).where(_refers(key, model))


def keys_of(rows: Select[Any], model: Any) -> Select[str]:
    """The keys of the files that the rows of a query refer to."""
    ids = rows.with_only_columns(model.id).order_by(None)
    return select(FileReference.key).where(
        FileReference.subject == model.SUBJECT, FileReference.subject_id.in_(ids)
    )


def _refers(key: str, model: Any) -> ColumnElement[bool]:
    return exists().where(
        FileReference.key == key,
        FileReference.subject == model.SUBJECT,
        FileReference.subject_id == model.id,
    )


def among(key: str, rows: Select[Any], model: Any) -> bool:
    """Whether one of the rows of a query refers to a file."""
    query = rows.with_only_columns(func.count()).order_by(None).where(_refers(key, model))
    return bool(db.session.scalar(query))


def with_pass(page: str, secret: str) -> str:
    """A page whose files are shown to whoever holds the secret of a preview link."""
    return _ADDRESS.sub(lambda found: f"{found.group()}?xem={secret}", page)
