"""Photos, files and links within a text: as they are stored, and as pages and the editor need them.

Stored is what a person said, and nothing that is known otherwise: ``<img src="/anh/KEY" alt="…">``,
``<a href="/tep/KEY">``, ``<a href="/tin-tuc/12">``. Widths, forms, sizes and addresses are added
when a page is drawn, so that they are right then.
"""

import re
from collections.abc import Callable
from html import escape, unescape

from markupsafe import Markup
from sqlalchemy import or_, select

from ..base.db import db
from ..records.public import Public, current_nouns
from ..text import sanitise
from .models import MediaFile

# The sanitiser writes each tag in one way: these are the forms that it gives.
_IMG = re.compile(r"<img\b[^>]*>")
_ALT = re.compile(r'\balt="([^"]*)"')
_PICTURE_KEY = re.compile(r'\bsrc="/anh/([0-9a-f]{24})(?:-\d+\.\w+)?"')
_FILE_LINK = re.compile(
    r'(<a\b[^>]*\bhref="/tep/)([0-9a-f]{24})(?:/[^"]*)?("[^>]*>.*?</a>)'
    r"(?:\s*<small>\([^<]*\)</small>)?",
    re.S,
)
_ANY_KEY = re.compile(r"/(?:anh|tep)/([0-9a-f]{24})")
_ONE = r'(?:<picture\b[^>]*>(?:(?!</picture>).)*</picture>|<img\b[^>]*\bsrc="/anh/[^>]*>)'
# With the link it stands in; what a template holds waits for a tap already.
_SHOWN = re.compile(rf"<template>.*?</template>|<a\b[^>]*>\s*{_ONE}\s*</a>|{_ONE}", re.S)
SIZES = "(min-width: 48rem) 720px, 100vw"  # the column of an article
PLAIN_WIDTH = 720  # where a device knows no srcset

# From a noun and the ids of its rows to their addresses.
Addresses = Callable[[Public, set[int]], dict[int, str]]


def canonical(html: str) -> str:
    """Any HTML as it is stored: clean, and reduced to what cannot be looked up.

    Photos that the library does not have go. The sizes that stand after links to files go too.
    """
    return _rewritten(
        sanitise.clean(html),
        lambda file, alt: f'<img src="/anh/{file.key}" alt="{alt}">',
        lambda file, start, end: f"{start}{file.key}{end}",
        lambda noun, ids: {id: f"/{noun.path}/{id}" for id in ids},
    )


def expanded(html: str) -> str:
    """A stored text as a page shows it: photos in all widths and forms, files with their size."""
    return _rewritten(
        sanitise.clean(html),
        picture_html,
        lambda file, start, end: (
            f"{start}{file.key}/{file.name}{end} <small>({escape(file.facts)})</small>"
        ),
        lambda noun, ids: noun.addresses(ids),
    )


def markup(html: str) -> Markup:
    """A stored text for a template; see :func:`expanded`."""
    return Markup(expanded(html))  # noqa: S704 - cleaned there


def short(html: str) -> str:
    """A stored text as editors and feed readers take it: one ``<img>`` for each photo."""
    return _rewritten(
        html,
        lambda file, alt: f'<img src="{file.picture_url(_plain_width(file))}" alt="{alt}">',
        lambda file, start, end: f"{start}{file.key}/{file.name}{end}",
        lambda noun, ids: noun.addresses(ids),
    )


def from_form(text: str) -> str:
    """What was typed into a form, as it is stored, whether its text area or the editor sent it."""
    return sanitise.for_editor(canonical(sanitise.from_editor(text)))


def for_form(html: str) -> str:
    """A stored text as a form shows it."""
    return sanitise.for_editor(short(html))


def as_typed(html: str) -> str:
    """The same in a field without an editor: paragraphs as plain text."""
    return sanitise.as_typed(short(html))


def _rewritten(
    html: str,
    picture: Callable[[MediaFile, str], str],
    link: Callable[[MediaFile, str, str], str],
    addresses: Addresses,
) -> str:
    """:param picture: gets a photo and its alternative text, escaped.
    :param link: gets a file, and what stands before and after its key.
    :param addresses: gets a noun and the ids of the rows that links lead to.
    """
    files = files_in(html)

    def one_picture(match: re.Match) -> str:
        key, alt = _PICTURE_KEY.search(match.group()), _ALT.search(match.group())
        file = files.get(key.group(1)) if key else None
        if file is None or not file.is_picture:
            return ""
        return picture(file, alt.group(1) if alt else "")

    def one_link(match: re.Match) -> str:
        start, key, end = match.groups()
        file = files.get(key)
        return match.group() if file is None else link(file, start, end)

    html = _FILE_LINK.sub(one_link, _IMG.sub(one_picture, html))
    for noun in current_nouns():
        if noun.path and f'href="/{noun.path}/' in html:
            html = _relinked(html, noun, addresses)
    return html


def _relinked(html: str, noun: Public, addresses: Addresses) -> str:
    link = re.compile(rf'(<a\b[^>]*\bhref=")/{noun.path}/(\d{{1,9}})(?:-[\w-]*)?(?=")')
    known = addresses(noun, {int(id) for _, id in link.findall(html)})

    def one_link(match: re.Match) -> str:
        address = known.get(int(match.group(2)))
        return match.group(1) + address if address else match.group()

    return link.sub(one_link, html)


def _plain_width(file: MediaFile) -> int:
    width = min(PLAIN_WIDTH, file.widths[-1])
    return max(w for w in file.widths if w <= width)


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


def trashed_files(html: str) -> list[MediaFile]:
    """The files that a text shows or links to and that lie in the trash: residents get none."""
    return [file for file in files_in(html).values() if file.is_trashed]


def files_in(html: str) -> dict[str, MediaFile]:
    """The photos and files that a text shows or links to, by their keys."""
    keys = set(_ANY_KEY.findall(html))
    if not keys:
        return {}
    query = select(MediaFile).where(or_(*(MediaFile.digest.startswith(key) for key in keys)))
    return {file.key: file for file in db.session.scalars(query)}


def picture_html(file: MediaFile, alt: str) -> str:
    """:param alt: escaped already, as it stands between the quotes of an attribute."""
    sizes = SIZES if file.width >= PLAIN_WIDTH else f"{file.width}px"
    sources = "".join(
        f'<source type="image/{form}" srcset="{file.srcset(form)}" sizes="{sizes}">'
        for form in file.lighter
    )
    own = "" if file.plainest == "jpg" else f' srcset="{file.srcset()}" sizes="{sizes}"'
    tint = f'class="{file.tint_classes}" ' if file.tint else ""
    img = (
        f'<img {tint}src="{file.picture_url(_plain_width(file))}"{own} alt="{alt}" '
        f'width="{file.width}" height="{file.height}" loading="lazy" decoding="async">'
    )
    return f"<picture>{sources}{img}</picture>" if sources else img


def on_tap(page: str) -> str:
    """A whole page with a link in the place of each photo, and the photo beside it in a template,
    which loads nothing until js/tap.js puts it there; without scripts the link opens it.
    """

    def link(found: re.Match) -> str:
        picture = found.group()
        if picture.startswith("<template>"):
            return picture
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
