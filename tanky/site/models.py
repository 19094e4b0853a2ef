"""Who the site is of. Data, never literals: communes are merged and renamed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import Model, UTCDateTime, db
from ..media.models import MediaFile
from ..records import references
from ..text import formats

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"


class SiteIdentity(Model):
    """The one row that says whose portal this is."""

    __tablename__ = "site_identity"
    SUBJECT = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(80), default="")
    superior: Mapped[str] = mapped_column(String(200), default="")
    editor_in_chief_label: Mapped[str] = mapped_column(String(80), default="Trưởng Ban Biên tập")
    editor_in_chief: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    licence: Mapped[str] = mapped_column(String(300), default="")
    working_hours: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(String(300), default="")
    timezone: Mapped[str] = mapped_column(String(60), default=DEFAULT_ZONE)
    # The sites that may show widgets, as they were typed: "truong.edu.vn", "https://*.gov.vn";
    # none: any site may.
    framed_by: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    logo_id: Mapped[int | None] = mapped_column(ForeignKey(MediaFile.id))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    logo: Mapped[MediaFile | None] = relationship(lazy="joined")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone or DEFAULT_ZONE)

    @property
    def version(self) -> str:
        """Changes whenever the identity does."""
        return f"{self.updated_at.timestamp():.6f}"

    @property
    def called(self) -> str:
        """The short name, for a phone's title bar."""
        return self.short_name or self.name

    @classmethod
    def current(cls) -> "SiteIdentity":
        """The site's identity; a nameless one before anyone filled it in."""
        known = db.session.scalar(select(cls))
        return known or cls(name="Trang thông tin điện tử", updated_at=formats.now())


references.follow(SiteIdentity, lambda identity: [], MediaFile, lambda identity: [identity.logo_id])


class MenuItem(Model):
    __tablename__ = "menu_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    url: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)

    @classmethod
    def in_order(cls) -> list["MenuItem"]:
        return list(db.session.scalars(select(cls).order_by(cls.position, cls.id)))
