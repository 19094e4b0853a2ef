"""The journal: who did what, when and from where. It is only ever added to.

The database itself refuses to change or delete an entry (triggers of migration 0002), so that not
even a fault of ours rewrites what happened.
"""

from datetime import datetime

from flask import has_request_context, request
from sqlalchemy import ForeignKey, Index, String, func, inspect, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, UTCDateTime, db
from ..text import formats
from .recorded import Author, Recorded

# Action → what is read: "Chị Sen gửi duyệt bài “Được mùa”".
ACTIONS = {
    "created": "tạo",
    "saved": "lưu",
    "imported": "nhập từ tệp",
    "converted": "chuyển sang Unicode",
    "restored_revision": "khôi phục phiên bản",
    "submitted": "gửi duyệt",
    "sent_back": "trả lại",
    "published": "duyệt và đăng",
    "scheduled": "duyệt và hẹn giờ đăng",
    "withdrawn": "gỡ xuống",
    "trashed": "bỏ vào thùng rác",
    "restored": "lấy lại từ thùng rác",
    "deleted": "xoá hẳn",
    "link_made": "tạo liên kết xem trước",
    "link_ended": "huỷ liên kết xem trước",
    "uploaded": "tải lên",
    "retired": "cho hết hiệu lực",
    "noted": "ghi chú thay đổi",
    "unnoted": "bỏ ghi chú thay đổi",
    "invited": "mời",
    "joined": "nhận lời mời",
    "role_changed": "đổi vai trò",
    "suspended": "tạm khoá",
    "resumed": "mở khoá",
    "password_changed": "đổi mật khẩu",
    "password_rehashed": "mã hoá lại mật khẩu của",
    "password_forced": "buộc đổi mật khẩu",
    "two_factor_on": "bật xác thực hai lớp",
    "passkey_added": "thêm khoá truy cập",
    "passkey_removed": "xoá khoá truy cập",
    "two_factor_off": "tắt xác thực hai lớp",
    "recovery_used": "dùng mã khôi phục",
    "framing_changed": "đổi quy định nhúng của",
    "counted": "chốt số lượt truy cập",
    "rules_changed": "đổi quy định đăng nhập",
    "signed_in": "đăng nhập",
    "sign_in_failed": "đăng nhập không thành",
    "signed_out": "đăng xuất",
    "sessions_ended": "kết thúc phiên đăng nhập",
}


class JournalEntry(Model):
    """One thing that was done. Names are kept as they were, whatever is renamed later."""

    __tablename__ = "journal"
    SHOWN = False
    __table_args__ = (Index("ix_journal_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now, index=True)
    # None for the operator at the server and for a stranger's failed sign-in.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    person_name: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(60), default="")  # "máy chủ" for a command
    action: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(20), default="")
    subject_id: Mapped[int | None]
    label: Mapped[str] = mapped_column(String(300), default="")
    remark: Mapped[str] = mapped_column(String(1000), default="")

    @property
    def deed(self) -> str:
        """What was done, in words: ``gửi duyệt``."""
        return ACTIONS.get(self.action, self.action)


def record(
    action: str,
    thing: Recorded | None = None,
    person: Author | None = None,
    remark: str = "",
    label: str = "",
) -> None:
    """Add an entry within the caller's transaction.

    :param action: a key of :data:`ACTIONS`.
    :param thing: what it was done to: a row whose class has ``SUBJECT`` and ``called``.
    :param person: who did it; None for the operator at the server.
    :param label: what to call the thing where there is none, or no longer.
    """
    if action not in ACTIONS:
        raise ValueError(action)
    if thing is not None and inspect(thing).pending:
        db.session.flush()  # it needs its id
    db.session.add(
        JournalEntry(
            person_id=person.id if person else None,
            person_name=person.name if person else "",
            address=(request.remote_addr or "")[:60] if has_request_context() else "máy chủ",
            action=action,
            subject=thing.SUBJECT if thing is not None else "",
            subject_id=thing.id if thing is not None else None,
            label=(label or (thing.called if thing is not None else ""))[:300],
            remark=remark[:1000],
        )
    )


def of(thing: Recorded, limit: int = 30) -> list[JournalEntry]:
    """The latest entries about one thing, newest first."""
    query = (
        db.select(JournalEntry)
        .where(JournalEntry.subject == thing.SUBJECT, JournalEntry.subject_id == thing.id)
        .order_by(JournalEntry.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def first_entered(subject: str, ids: list[int]) -> dict[int, datetime]:
    """When the journal first tells of each of some rows; of samples it does not."""
    query = (
        select(JournalEntry.subject_id, func.min(JournalEntry.happened_at))
        .where(JournalEntry.subject == subject, JournalEntry.subject_id.in_(ids))
        .group_by(JournalEntry.subject_id)
    )
    return {id: moment for id, moment in db.session.execute(query) if id is not None}
