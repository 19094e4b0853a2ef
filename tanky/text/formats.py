"""How dates, numbers and sizes look to a resident, and the clock that they come from.

The forms are those of the original page: ``17/01/2022 10:03:53``, ``3,644``, ``99.8%``.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

SHOWN = "%d/%m/%Y %H:%M:%S"
_PHONE = re.compile(r"[+\d][\d\s().–-]*")


def now() -> datetime:
    """The present moment in UTC: the one clock of the portal outside the counters."""
    return datetime.now(UTC)


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A moment in the site's time: ``17/01/2022 10:03:53``."""
    return value.astimezone(zone).strftime(SHOWN)


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """The inverse of :func:`moment`.

    :raises ValueError: not a moment of that form.
    """
    return datetime.strptime(text.strip(), SHOWN).replace(tzinfo=zone).astimezone(UTC)


def recent(value: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment as a list tells it: ``hôm nay, 18:18``, ``hôm qua, 09:05``, else as ever."""
    local, today = value.astimezone(zone), now.astimezone(zone).date()
    if (days := (today - local.date()).days) in (0, 1):
        return f"{('hôm nay', 'hôm qua')[days]}, {local:%H:%M}"
    return moment(value, zone)


def sentence(text: str) -> str:
    """A text with a capital first letter; the rest stays, as ``capitalize`` leaves no name."""
    return text[:1].upper() + text[1:]


def day(value: date) -> str:
    """A day: ``17/01/2022``."""
    return value.strftime("%d/%m/%Y")


def number(value: int | None) -> str:
    """A count: ``3,644``; a dash where the source gives none."""
    return "–" if value is None else f"{value:,}"


def percent(value: Decimal) -> str:
    """A rate with one decimal: ``99.8%``."""
    return f"{value:.1f}%"


def duration(seconds: int) -> str:
    """How long something lasts: ``48 giây``, ``5 phút``, ``1 giờ 12 phút``."""
    if seconds < 60:
        return f"{seconds} giây"
    hours, minutes = divmod(round(seconds / 60), 60)
    return " ".join(filter(None, (f"{hours} giờ" * bool(hours), f"{minutes} phút" * bool(minutes))))


def money(amount: int) -> str:
    """A sum as laws and the national database of procedures write it: ``8.000 đồng``."""
    return f"{amount:,}".replace(",", ".") + " đồng"


def change(value: int | Decimal) -> str:
    """By how much a figure rose or fell: ``+1,204``, ``−0.3``, ``0``."""
    return f"{value:+,}".replace("-", "−") if value else "0"


def dialled(phone: str) -> str:
    """The first number of a text as a phone dials it: ``ĐT: 0220 374-1214 (văn phòng)`` →
    ``02203741214``."""
    number = _PHONE.search(phone)
    return re.sub(r"[^\d+]", "", number[0]) if number else ""


def size(octets: int) -> str:
    """A file's size: ``812 B``, ``54 kB``, ``1.3 MB``, ``9.1 GB`` (decimal prefixes)."""
    if octets < 1000:
        return f"{octets} B"
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    if octets < 1_000_000_000:
        return f"{octets / 1_000_000:.1f} MB"
    return f"{octets / 1_000_000_000:.1f} GB"
