"""What a person chose, in a cookie of a few digits that says nothing of who they are.

It is among the few ways in which a public page differs from one person to another: kept pages and
caches know them apart by ``Vary``.
"""

import re
from dataclasses import dataclass

COOKIE = "hien-thi"
_VALUE = re.compile(rf"(?:^|;\s*){COOKIE}=([0-2])([01])([01])([0-2])?(?:;|$)")


@dataclass(frozen=True)
class Preferences:
    text: int = 0  # steps larger than usual, at most 2
    contrast: bool = False
    on_tap: bool = False  # pictures
    scheme: int = 0  # of colours: as the device, light, dark
    save_data: bool = False  # the device asks for it (Save-Data header)

    @property
    def saving(self) -> bool:
        return self.on_tap or self.save_data

    @property
    def is_unusual(self) -> bool:
        return self != USUAL

    @property
    def classes(self) -> str:
        """Of the page's root element."""
        chosen = [f"tk-text-{self.text}"] if self.text else []
        scheme = ("", "tk-light", "tk-dark")[self.scheme]
        return " ".join([*chosen, *filter(None, [scheme]), *["tk-contrast"] * self.contrast])

    @property
    def cookie(self) -> str:
        """The cookie's value; empty where nothing was chosen."""
        value = f"{self.text}{self.contrast:d}{self.on_tap:d}{self.scheme or ''}"
        return "" if value == "000" else value


USUAL = Preferences()


def of(environ: dict) -> Preferences:
    """What a request asks for; a cookie that is not ours counts as none."""
    cookies = environ.get("HTTP_COOKIE", "")
    save_data = environ.get("HTTP_SAVE_DATA", "").strip().lower() == "on"
    found = _VALUE.search(cookies) if COOKIE in cookies else None
    if not found:
        return Preferences(save_data=True) if save_data else USUAL
    text, contrast, on_tap, scheme = (int(digit or 0) for digit in found.groups())
    return Preferences(text, bool(contrast), bool(on_tap), scheme, save_data)
