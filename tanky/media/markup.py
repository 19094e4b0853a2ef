"""Photos and files within an article's text: as an editor writes them, and as a page needs them."""

import re
from html import escape, unescape

from sqlalchemy import or_, select

from ..base.db import db
from .models import MediaFile

_PICTURE = re.compile(
    r"(?:<picture>\s*(?:<source\b[^>]*>\s*)*)?<img\b([^>]*)>(?:\s*</picture>)?", re.I
)
_LINK = re.compile(r"(<a\b[^>]*>.*?</a>)(?:\s*<small>\([^<]*\)</small>)?", re.I | re.S)
_PICTURE_KEY = re.compile(r'src="/anh/([0-9a-f]{24})-\d+\.\w+"')
_FILE_KEY = re.compile(r'href="/tep/([0-9a-f]{24})/[^"]*"')
_ANY_KEY = re.compile(r"/(?:anh|tep)/([0-9a-f]{24})")
_IMG = re.compile(r"<img\b[^>]*>", re.I)
_ALT = re.compile(r'alt="([^"]*)"')
_ONE = r'(?:<picture>(?:(?!</picture>).)*</picture>|<img\b[^>]*\bsrc="/anh/[^>]*>)'
_SHOWN = re.compile(rf"<a\b[^>]*>\s*{_ONE}\s*</a>|{_ONE}", re.S)  # with the link it stands in
SIZES = "(min-width: 48rem) 720px, 100vw"  # the column of an article
PLAIN_WIDTH = 720  # where a device knows no srcset


def is_described(alt: str) -> bool:
    """Whether an alternative text says anything: signs and blanks say nothing."""
    return any(sign.isalnum() for sign in unescape(alt))


def undescribed(html: str) -> set[str]:
    """The keys of the photos in a text that say nothing to who cannot see them."""
    found = set()
    for attributes in _IMG.findall(html):
        alt, key = _ALT.search(attributes), _ANY_KEY.search(attributes)
        if not is_described(alt.group(1) if alt else ""):
            found.add(key.group(1) if key else "")
    return found


def files_in(html: str) -> dict[str, MediaFile]:
    """The photos and files that a text shows or links to, by their keys."""
    keys = set(_ANY_KEY.findall(html))
    if not keys:
        return {}
    query = select(MediaFile).where(or_(*(MediaFile.digest.startswith(key) for key in keys)))
    return {file.key: file for file in db.session.scalars(query)}


def dress(html: str) -> str:
    """Clean HTML with its photos in all widths and forms, and its files' size and kind said."""
    known = files_in(html)

    def picture(found: re.Match) -> str:
        key = _PICTURE_KEY.search(found.group(1))
        file = known.get(key.group(1)) if key else None
        if file is None or not file.is_picture:
            return ""
        alt = _ALT.search(found.group(1))
        return picture_html(file, alt.group(1) if alt else "")

    def link(found: re.Match) -> str:
        key = _FILE_KEY.search(found.group(1))
        file = known.get(key.group(1)) if key else None
        if file is None:
            return found.group()
        return f"{found.group(1)} <small>({escape(file.facts)})</small>"

    return _LINK.sub(link, _PICTURE.sub(picture, html))


def undress(html: str) -> str:
    """The inverse, for the form: a photo is one short ``<img>`` again."""

    def picture(found: re.Match) -> str:
        source = re.search(r'src="[^"]*"', re.sub(r'srcset="[^"]*"', "", found.group(1)))
        alt = _ALT.search(found.group(1))
        return f'<img {source.group() if source else ""} alt="{alt.group(1) if alt else ""}">'

    def link(found: re.Match) -> str:
        return found.group(1) if _FILE_KEY.search(found.group(1)) else found.group()

    return _LINK.sub(link, _PICTURE.sub(picture, html))


def picture_html(file: MediaFile, alt: str) -> str:
    """:param alt: escaped already, as it stands between the quotes of an attribute."""
    width = min(PLAIN_WIDTH, file.widths[-1])
    plain = max(w for w in file.widths if w <= width)
    sizes = SIZES if file.width >= PLAIN_WIDTH else f"{file.width}px"
    sources = "".join(
        f'<source type="image/{form}" srcset="{file.srcset(form)}" sizes="{sizes}">'
        for form in file.lighter
    )
    own = "" if file.plainest == "jpg" else f' srcset="{file.srcset()}" sizes="{sizes}"'
    tint = f'class="{file.tint_classes}" ' if file.tint else ""
    img = (
        f'<img {tint}src="{file.picture_url(plain)}"{own} alt="{alt}" '
        f'width="{file.width}" height="{file.height}" loading="lazy" decoding="async">'
    )
    return f"<picture>{sources}{img}</picture>" if sources else img


def on_tap(page: str) -> str:
    """A whole page with a link in the place of each photo, and the photo beside it in a template,
    which loads nothing until js/tap.js puts it there; without scripts the link opens it.
    """

    def link(found: re.Match) -> str:
        picture = found.group()
        image = re.search(r"<img\b[^>]*>", picture).group()
        classes = re.search(r'class="([^"]*)"', image)
        alt = _ALT.search(image)
        source = re.search(r'\bsrc="([^"]*)"', image)
        about = f": {alt.group(1)}" if alt and alt.group(1) else ""
        return (
            f'<a class="tk-tap {classes.group(1) if classes else ""}" href="{source.group(1)}" '
            f"data-picture>Tải ảnh{about}</a><template>{picture}</template>"
        )

    return _SHOWN.sub(link, page)
