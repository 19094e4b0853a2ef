"""Seals of the journal: each holds the hash of its entry and of the seal before it.

Whoever changes, removes or slips in an entry by hand breaks the chain from there on. Whoever also
makes the chain anew is found by the heads that are kept elsewhere: each backup and each night's log
line has the number and hash of the newest seal.
"""

import hashlib
import json
from collections.abc import Iterator

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, db
from .journal import JournalEntry

BATCH = 500
START = "0" * 64


class JournalSeal(Model):
    """Never changed and never deleted: triggers of migration 0015 see to it."""

    __tablename__ = "journal_seals"
    SHOWN = False

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1, no gaps
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal.id"), unique=True)
    seal: Mapped[str] = mapped_column(String(64))  # SHA-256, hexadecimal


def seal_new(all_of_them: bool = False) -> None:
    """Seal the entries that have no seal yet; by whichever worker is first. Commits.

    :param all_of_them: look through the whole journal, as is done each night, and not only through
        its newest entries. PostgreSQL may commit an entry after one with a higher id.
    """
    number, seal = head()
    query = select(JournalEntry).where(JournalEntry.id.not_in(select(JournalSeal.entry_id)))
    if number and not all_of_them:
        query = query.where(JournalEntry.id > _newest_sealed() - BATCH)
    for entry in db.session.scalars(query.order_by(JournalEntry.id)).all():
        number, seal = number + 1, _sealed(seal, entry)
        db.session.add(JournalSeal(number=number, entry_id=entry.id, seal=seal))
    try:
        db.session.commit()
    except IntegrityError:  # another worker was first
        db.session.rollback()


def head() -> tuple[int, str]:
    """Number and hash of the newest seal; 0 before the first."""
    newest = db.session.scalar(select(JournalSeal).order_by(JournalSeal.number.desc()).limit(1))
    return (newest.number, newest.seal) if newest else (0, START)


def breaks(known_heads: dict[int, str]) -> Iterator[str]:
    """What is wrong with the chain, in Vietnamese sentences.

    :param known_heads: number → hash of seals as they were once seen.
    """
    seal, expected = START, 1
    while True:
        rows = db.session.execute(
            select(JournalSeal, JournalEntry)
            .outerjoin(JournalEntry, JournalEntry.id == JournalSeal.entry_id)
            .where(JournalSeal.number >= expected)
            .order_by(JournalSeal.number)
            .limit(BATCH)
        ).all()
        for sealed, entry in rows:
            if sealed.number != expected:
                yield f"Nhật ký thiếu niêm phong số {expected}."
                return
            if entry is None:
                yield f"Nhật ký mất dòng {sealed.entry_id}."
                return
            seal = _sealed(seal, entry)
            if seal != sealed.seal:
                yield f"Dòng {entry.id} của nhật ký đã bị sửa sau khi ghi."
                return
            if known_heads.get(expected, seal) != seal:
                yield f"Nhật ký đã bị làm lại: niêm phong số {expected} khác với lần trước."
                return
            expected += 1
        db.session.expunge_all()
        if len(rows) < BATCH:
            break
    lost = [number for number in known_heads if number >= expected]
    if lost:
        yield f"Nhật ký bị cắt: từng có {max(lost)} niêm phong, nay còn {expected - 1}."
    unsealed = db.session.scalar(
        select(func.count())
        .select_from(JournalEntry)
        .where(JournalEntry.id.not_in(select(JournalSeal.entry_id)))
    )
    if unsealed:
        yield f"{unsealed} dòng nhật ký chưa được niêm phong."


def _newest_sealed() -> int:
    return db.session.scalar(select(func.max(JournalSeal.entry_id))) or 0


def _sealed(before: str, entry: JournalEntry) -> str:
    said = (
        before,
        entry.id,
        entry.happened_at.isoformat(),
        entry.person_id,
        entry.person_name,
        entry.address,
        entry.action,
        entry.subject,
        entry.subject_id,
        entry.label,
        entry.remark,
    )
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
