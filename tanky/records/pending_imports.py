"""A file that someone looks through before it is taken in: kept from the preview to the yes."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from ..base.db import Model, UTCDateTime, db
from ..text import formats
from .recorded import Author

KEPT = timedelta(days=2)


class PendingImport(Model):
    __tablename__ = "pending_imports"
    SHOWN = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # "procedures" or "results"
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    options: Mapped[dict[str, Any]] = mapped_column(db.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    @classmethod
    def keep(
        cls, kind: str, name: str, content: bytes, person: Author, **options: object
    ) -> "PendingImport":
        """Keep a file for its preview; one's earlier ones of the kind, and old ones, go."""
        old = (cls.person_id == person.id) & (cls.kind == kind)
        db.session.execute(delete(cls).where(old | (cls.created_at < formats.now() - KEPT)))
        kept = cls(
            person_id=person.id, kind=kind, name=name[:200], content=content, options=options
        )
        db.session.add(kept)
        db.session.flush()
        return kept
