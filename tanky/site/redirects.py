"""Addresses of before: of the site that this one took the place of, or of pages that moved."""

import re
from collections.abc import Iterable

from flask import Flask, request
from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, db

LONGEST = 500  # characters
MOST = 5000
_PARTS = re.compile(r"[\t,;]\s*|\s+")
_TARGET = re.compile(r"/(?!/)\S*|https?://[^\s/]+\S*")


class Unreadable(ValueError):
    """Why a line cannot be read, as a sentence."""


class Redirect(Model):
    """Where an address of before leads, asked for only where no page answers to it."""

    __tablename__ = "redirects"
    SHOWN = False  # no page of ours shows it

    address: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)  # with its arguments
    target: Mapped[str] = mapped_column(String(LONGEST))

    @classmethod
    def in_order(cls) -> list["Redirect"]:
        return list(db.session.scalars(select(cls).order_by(cls.address)))

    @classmethod
    def replace(cls, rows: Iterable[tuple[str, str]]) -> None:
        """Put rows in the place of all; the caller commits."""
        db.session.execute(delete(cls))
        db.session.add_all(cls(address=address, target=target) for address, target in rows)


def parse(text: str) -> list[tuple[str, str]]:
    """Lines of an old address and a new one, as they are pasted from a sheet.

    :raises Unreadable: a line is of another form, says an address twice or leads in a circle.
    """
    rows: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part for part in _PARTS.split(line.strip()) if part]
        if len(parts) != 2:
            raise Unreadable(f"Dòng {number}: cần địa chỉ cũ và địa chỉ mới, cách nhau dấu phẩy.")
        address, target = parts
        address = re.sub(r"^https?://[^/]+", "", address)
        if not address.startswith("/") or not _TARGET.fullmatch(target):
            raise Unreadable(
                f"Dòng {number}: địa chỉ cũ bắt đầu bằng /, địa chỉ mới bằng / hoặc https://"
            )
        if max(len(address), len(target)) > LONGEST:
            raise Unreadable(f"Dòng {number}: địa chỉ dài quá {LONGEST} ký tự.")
        if address in rows:
            raise Unreadable(f"Dòng {number}: “{address[:60]}” có hai lần.")
        rows[address] = target
    for address, target in rows.items():
        if target in rows:
            raise Unreadable(f"“{address[:60]}” dẫn tới một địa chỉ cũ khác: “{target[:60]}”.")
    if len(rows) > MOST:
        raise Unreadable(f"Nhiều nhất {MOST} dòng.")
    return list(rows.items())


def init_app(app: Flask) -> None:
    app.extensions["moved_to"] = _moved_to


def _moved_to() -> str:
    """Where the address that was asked for leads now; "" if nowhere."""
    asked = {request.full_path.removesuffix("?"), request.path}
    rows = db.session.scalars(select(Redirect).where(Redirect.address.in_(asked))).all()
    # One with its arguments says more than the path alone.
    best = max(rows, key=lambda row: len(row.address), default=None)
    return best.target if best else ""
