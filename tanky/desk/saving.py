"""How a record that editors change directly is saved, the same for each such noun."""

import hashlib
from typing import Any

from flask import flash, request
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from ..base.db import db
from ..records import journal, revisions
from ..records.recorded import Snapshot
from .forms import tidy

TABLE_OVERTAKEN = (
    "Người khác vừa lưu bảng này. Những gì bạn gõ còn nguyên bên dưới; hãy mở bảng ở thẻ khác để "
    "xem bản kia, chép phần cần giữ, rồi lưu lần nữa để thay nó."
)
OVERTAKEN = (
    "Người khác vừa lưu {}. Nội dung bạn gõ còn nguyên bên dưới; hãy xem các phiên bản, "
    "chép phần cần giữ, rồi lưu lần nữa để thay bản kia."
)


def create(row: Any, record: Snapshot) -> None:
    """Save a new row, as its first revision, and commit."""
    with db.session.no_autoflush:
        row.restore(record)
    db.session.add(row)
    revisions.keep(row, current_user)
    journal.record("created", row, current_user)
    db.session.commit()


def throw_away(row: Any) -> None:
    """Put a row into the trash, and commit: with the reason that was typed, else the one for which
    it was withdrawn before."""
    because = tidy(request.form.get("because")) or getattr(row, "withdrawn_because", "")
    row.trash(current_user, because)
    journal.record("trashed", row, current_user, because)
    db.session.commit()


def state_of(rows: list[Any]) -> str:
    """What a table as a whole is known by: for a form's field ``opened_with``."""
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def is_unchanged(form: Any, now: Any) -> bool:
    """Whether a table is still as its form was opened with; says so where it is not.

    :param now: the form as it would be opened now.
    """
    if form.opened_with.data == now.opened_with.data:
        return True
    form.opened_with.data = now.opened_with.data
    flash(TABLE_OVERTAKEN, "error")
    return False


def table_status(form: Any) -> int:
    """The status of a table's page that was not saved."""
    if request.method == "GET" or request.form.get("add_row"):
        return 200
    return 422 if form.errors else 409


def save(row: Any, record: Snapshot, version: str, noun: str) -> bool:
    """Save a row as one more revision, and commit.

    :param version: of the row that the form was opened with.
    :param noun: what is told to whoever comes second: "trang này".
    :returns: whether it was saved: not where someone else's save came between. The row is then as
        they left it.
    """
    if version == str(row.version):
        revisions.begin(row)
        with db.session.no_autoflush:
            row.restore(record)
        try:
            db.session.flush()
        except StaleDataError:
            db.session.rollback()
        else:
            revisions.keep(row, current_user)
            journal.record("saved", row, current_user)
            db.session.commit()
            return True
    flash(OVERTAKEN.format(noun), "error")
    return False
