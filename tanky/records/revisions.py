"""Every save of a piece of content, kept whole: who, when, what it said.

What has revisions is :class:`~.recorded.Revised`; what restoring means is the feature's own
(``restore(content)``).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    cast,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, UTCDateTime, db
from ..text import formats
from .recorded import Author, Revised, Snapshot


class Revision(Model):
    __tablename__ = "revisions"
    SHOWN = False
    __table_args__ = (UniqueConstraint("subject", "subject_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    number: Mapped[int]  # from 1, within its subject
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    note: Mapped[str] = mapped_column(String(200), default="")
    content: Mapped[dict[str, Any]] = mapped_column(db.JSON)


def begin(thing: Revised) -> None:
    """Before a change: what was there before there were revisions becomes the first one."""
    if thing.id is not None and latest(thing) is None:
        _add(thing, 1, None, "Bản có từ trước", thing.snapshot())


def keep(
    thing: Revised, person: Author | None, note: str = "", content: Snapshot | None = None
) -> None:
    """After a change, within its transaction. What changed nothing is no revision.

    :param content: what to keep instead of the thing's snapshot, such as that it is gone.
    """
    if thing.id is None:
        db.session.flush()
    last = latest(thing)
    content = content or thing.snapshot()
    if last is None or last.content != content:
        _add(thing, last.number + 1 if last else 1, person, note, content)


def keep_all(
    changes: list[tuple[Revised, Snapshot, Snapshot]], person: Author | None, note: str
) -> None:
    """The same for many things of a kind at once, each as ``(thing, before, after)``; ``before`` is
    empty for one that is new."""
    ids = [thing.id for thing, *_ in changes]
    numbers: dict[int, int] = {}
    for start in range(0, len(ids), 500):
        query = (
            select(Revision.subject_id, func.max(Revision.number))
            .where(
                Revision.subject == changes[0][0].SUBJECT,
                Revision.subject_id.in_(ids[start : start + 500]),
            )
            .group_by(Revision.subject_id)
        )
        numbers |= dict(db.session.execute(query).tuples().all())
    rows = []
    for thing, before, after in changes:
        last = numbers.get(thing.id, 0)
        if before and not last:
            last = 1
            rows.append(_row(thing, 1, None, "Bản có từ trước", before))
        rows.append(_row(thing, last + 1, person, note, after))
    if rows:
        db.session.execute(insert(Revision), rows)


def _row(
    thing: Revised, number: int, person: Author | None, note: str, content: Snapshot
) -> dict[str, Any]:
    return {
        "subject": thing.SUBJECT,
        "subject_id": thing.id,
        "number": number,
        "person_id": person.id if person else None,
        "note": note,
        "content": content,
    }


def latest(thing: Revised) -> Revision | None:
    return db.session.scalar(of(thing).limit(1))


def of(thing: Revised) -> Select[Revision]:
    """Select the revisions of a thing, newest first."""
    return (
        select(Revision)
        .where(Revision.subject == thing.SUBJECT, Revision.subject_id == thing.id)
        .order_by(Revision.number.desc())
    )


def get(thing: Revised, number: int) -> Revision:
    """:raises NotFound: the thing has no such revision."""
    found: Revision = db.first_or_404(of(thing).where(Revision.number == number))
    return found


def before(revision: Revision) -> Revision | None:
    """The one that it followed."""
    query = (
        select(Revision)
        .where(
            Revision.subject == revision.subject,
            Revision.subject_id == revision.subject_id,
            Revision.number < revision.number,
        )
        .order_by(Revision.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def count(thing: Revised) -> int:
    query = of(thing).order_by(None).with_only_columns(func.count())
    return db.session.scalar(query) or 0


def _add(thing: Revised, number: int, person: Author | None, note: str, content: Snapshot) -> None:
    db.session.add(Revision(**_row(thing, number, person, note, content)))
    db.session.flush()


def mention(key: str, file_id: int) -> bool:
    """Whether an earlier version of something would lack a file if it were deleted for good."""
    content = cast(Revision.content, String)
    names = [
        f'"{name}": {file_id}{end}'
        for name in ("cover_id", "portrait_id", "file_id", "sound_id")
        for end in (",", "}")
    ]
    parts = (content.contains(part, autoescape=True) for part in (key, *names))
    return bool(db.session.scalar(select(Revision.id).where(or_(*parts)).limit(1)))
