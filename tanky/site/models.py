"""Who the site is of. Data, never literals: communes are merged and renamed."""

import enum
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import Model, UTCDateTime, db
from ..media.models import MediaFile
from ..records import references
from ..text import formats
from .hamlets import HamletMap
from .hours import USUAL_DAYS_OFF, Hours, State
from .icons import Icon

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
NATIONAL_PORTAL = "https://dichvucong.gov.vn/"


class Palette(enum.StrEnum):
    """The colours of header and accents. Red is for what is pressed, whatever the palette."""

    FIELD = "lúa"
    RIVER = "sông"
    BRICK = "gạch nung"
    LOTUS = "sen"


# What a commune is called besides its name, since Luật 72/2025.
_KIND = re.compile(r"(?:Xã|Phường|Đặc khu|Thị trấn)\b")
# Palette → class of the root element, colour of the header (static/css/palettes.css).
COLOURS: dict[str, tuple[str, str]] = {
    Palette.FIELD: ("", "#1d4433"),
    Palette.RIVER: ("tk-palette-song", "#17405c"),
    Palette.BRICK: ("tk-palette-gach", "#5a2f1f"),
    Palette.LOTUS: ("tk-palette-sen", "#58264a"),
}


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
    # Where a dossier's state is looked up and a complaint about a procedure is sent.
    national_portal: Mapped[str] = mapped_column(
        String(300), default=NATIONAL_PORTAL, server_default=NATIONAL_PORTAL
    )
    days_off: Mapped[str] = mapped_column(Text, default=USUAL_DAYS_OFF)  # as hours.py reads them
    description: Mapped[str] = mapped_column(String(300), default="")
    timezone: Mapped[str] = mapped_column(String(60), default=DEFAULT_ZONE)
    # The sites that may show widgets, as they were typed: "truong.edu.vn", "https://*.gov.vn";
    # none: any site may.
    framed_by: Mapped[list[str]] = mapped_column(db.JSON, default=list)
    logo_id: Mapped[int | None] = mapped_column(ForeignKey(MediaFile.id))
    palette: Mapped[str] = mapped_column(String(20), default="")
    face_id: Mapped[int | None] = mapped_column(ForeignKey(MediaFile.id))  # in place of our drawing
    hamlets: Mapped[HamletMap | None] = mapped_column(db.JSON(none_as_null=True))
    # The last assessment of accessibility (Luật 148/2025/QH15, article 35), and what it found.
    accessibility_checked_on: Mapped[date | None]
    accessibility_result: Mapped[str] = mapped_column(Text, default="", server_default="")
    # Who answers requests for information (NĐ 13/2018, article 11), and the form to write one on.
    information_contact: Mapped[str] = mapped_column(String(200), default="", server_default="")
    information_address: Mapped[str] = mapped_column(String(300), default="", server_default="")
    complaint_address: Mapped[str] = mapped_column(String(300), default="", server_default="")
    request_form_id: Mapped[int | None] = mapped_column(ForeignKey(MediaFile.id))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    logo: Mapped[MediaFile | None] = relationship(lazy="joined", foreign_keys=[logo_id])
    face: Mapped[MediaFile | None] = relationship(lazy="joined", foreign_keys=[face_id])
    request_form: Mapped[MediaFile | None] = relationship(foreign_keys=[request_form_id])

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

    @property
    def called_within(self) -> str:
        """The short name within a sentence, where "Xã" is "xã"."""
        name = self.called
        return name[:1].lower() + name[1:] if _KIND.match(name) else name

    @property
    def palette_class(self) -> str:
        """Of the page's root element; none for the first palette."""
        return COLOURS.get(self.palette, COLOURS[Palette.FIELD])[0]

    @property
    def theme_color(self) -> str:
        """What a phone colours its own bar with: the header's."""
        return COLOURS.get(self.palette, COLOURS[Palette.FIELD])[1]

    @property
    def now(self) -> datetime:
        """The present moment where the site is."""
        return formats.now().astimezone(self.zone)

    @property
    def office(self) -> State | None:
        """Whether the office is open; None where its hours are not understood."""
        return self.hours.state(self.now) if self.hours else None

    @property
    def hours(self) -> Hours | None:
        """None where they are not written in a form that is understood."""
        return Hours.of(self.working_hours, self.days_off)

    @property
    def place(self) -> str:
        """The office as a map is asked for it."""
        return f"{self.superior or self.name}, {self.address}"

    @property
    def week(self) -> list[tuple[str, str]]:
        """Each weekday and its hours: ``Thứ Hai``, ``7 giờ 30 – 11 giờ 30, …``; none where the
        hours are not understood."""
        return self.hours.told() if self.hours else []

    def next_change(self, after: datetime) -> datetime:
        """When pages next look different by themselves: "hôm nay" ends at midnight, the office
        opens or closes."""
        local = after.astimezone(self.zone)
        midnight = datetime.combine(local.date() + timedelta(days=1), time(), self.zone)
        opens_or_closes = self.hours.state(local).until if self.hours else None
        return min(filter(None, (midnight, opens_or_closes)))

    @classmethod
    def current(cls) -> "SiteIdentity":
        """The site's identity; a nameless one before anyone filled it in."""
        known = db.session.scalar(select(cls))
        return known or cls(name="Trang thông tin điện tử", updated_at=formats.now())


references.follow(
    SiteIdentity,
    lambda identity: [],
    MediaFile,
    lambda identity: [identity.logo_id, identity.face_id, identity.request_form_id],
)


class MenuItem(Model):
    __tablename__ = "menu_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    url: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)

    @classmethod
    def in_order(cls) -> list["MenuItem"]:
        return list(db.session.scalars(select(cls).order_by(cls.position, cls.id)))


class SiteTask(Model):
    """One of the things that most people come for, as the home page shows them."""

    __tablename__ = "site_tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(60))
    icon: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(300))
    position: Mapped[int] = mapped_column(default=0)

    @classmethod
    def in_order(cls) -> list["SiteTask"]:
        """Those that the site chose, else the usual ones."""
        chosen = db.session.scalars(select(cls).order_by(cls.position, cls.id))
        return list(chosen) or [cls(label=label, icon=icon, url=url) for label, icon, url in USUAL]


USUAL = (
    ("Làm giấy tờ", Icon.PAPERS, "/thu-tuc/"),
    ("Nhà có việc: sinh, cưới, mất…", Icon.CHILD, "/viec-can-lam/"),
    ("Nộp hồ sơ trực tuyến", Icon.LAPTOP, NATIONAL_PORTAL),
    ("Tra cứu hồ sơ đã nộp", Icon.MAGNIFIER, NATIONAL_PORTAL),
    ("Không làm ở xã?", Icon.SIGNPOST, "/thu-tuc/khong-lam-o-xa/"),
    ("Liên hệ, giờ làm việc", Icon.PHONE, "/lien-he"),
)
