"""What other sites may show of the portal, and the lines that put it into their pages."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from flask import url_for
from werkzeug.datastructures import MultiDict

from ..base.db import db
from ..news.models import Category
from ..news.views import MOST_OUTSIDE
from ..site import identity
from ..web.templating import absolute

NARROW, WIDE = 220, 800  # pixels that a widget is laid out for
COLUMNS = 480  # pixels from which its figures stand side by side
LINK_LINE = 30  # pixels that a host's line of text takes
ITEMS = 5
# Names the contract between a pasted line and the loader. A loader that no longer understands
# these lines gets another number, and this one stays as it is.
LOADER_VERSION = 1


@dataclass(frozen=True)
class Widget:
    """One kind of widget. ``name`` is the end of its address and the value of ``data-tanky``."""

    name: str
    title: str
    refresh: int  # seconds between two looks for something new
    heights: tuple[int, int]  # pixels below COLUMNS and from it on, before it tells its own
    per_item: tuple[int, int] = (0, 0)  # pixels more for each item, likewise

    @property
    def path(self) -> str:
        return f"/nhung/{self.name}"


TTHC = Widget("tthc", "Kết quả giải quyết TTHC", 60, (390, 298))
COUNTERS = Widget("truy-cap", "Lượt truy cập", 60, (206, 149))
NEWS = Widget("tin-moi", "Tin mới", 60, (135, 105), per_item=(74, 56))
WIDGETS = {widget.name: widget for widget in (TTHC, COUNTERS, NEWS)}


@dataclass(frozen=True)
class Choice:
    """A widget as someone chose it."""

    widget: Widget
    category: Category | None = None
    items: int = ITEMS
    scheme: str = ""  # "light", "dark"; "": as the page around it

    @classmethod
    def of(cls, name: str, args: MultiDict) -> "Choice":
        """The widget ``name`` with the options of an address: ``chuyen-muc``, ``so-tin``, ``nen``.

        :raises KeyError: no such widget or category.
        """
        widget = WIDGETS[name]
        category = None
        if widget is NEWS and (slug := args.get("chuyen-muc", "")):
            category = db.session.scalar(db.select(Category).filter_by(slug=slug))
            if category is None:
                raise KeyError(slug)
        items = args.get("so-tin", ITEMS, type=int)
        scheme = args.get("nen", "")
        return cls(
            widget,
            category,
            min(max(items, 1), MOST_OUTSIDE),
            scheme if scheme in ("light", "dark") else "",
        )

    @property
    def title(self) -> str:
        return self.category.name if self.category else self.widget.title

    @property
    def options(self) -> dict[str, str]:
        """What differs from the widget as it is: address parameter → value."""
        chosen = {}
        if self.category:
            chosen["chuyen-muc"] = self.category.slug
        if self.widget is NEWS and self.items != ITEMS:
            chosen["so-tin"] = str(self.items)
        return chosen

    @property
    def path(self) -> str:
        """The widget's own page."""
        query = urlencode(self.options)
        return f"{self.widget.path}?{query}" if query else self.widget.path

    @property
    def portal_page(self) -> str:
        """Where the portal shows the same, in full."""
        if self.widget is TTHC:
            return url_for("results.year")
        if self.widget is NEWS:
            return self.category.url if self.category else url_for("news.index")
        return url_for("home.index")

    def height(self, width: int) -> int:
        """About how many pixels it takes at a width; once it runs it tells exactly."""
        wide = width >= COLUMNS
        return self.widget.heights[wide] + self.widget.per_item[wide] * self.items

    @property
    def called(self) -> str:
        return f"{self.title} – {identity.current().called}"

    def frame(self, width: int | str, height: int) -> str:
        """A plain ``<iframe>``.

        The height is said twice. The style holds against a host's ``iframe{height:auto}``, which
        themes have and which cuts a frame to 150 pixels; where a strict policy or an editor takes
        the style away, the attribute is left.
        """
        scheme = f"#scheme={self.scheme}" if self.scheme else ""
        return (
            f'<iframe src="{escape(absolute(self.path))}{scheme}" title="{escape(self.called)}" '
            f'width="{width}" height="{height}" style="height:{height}px" frameborder="0" '
            'loading="lazy" referrerpolicy="no-referrer"></iframe>'
        )

    @property
    def frame_line(self) -> str:
        return self.frame("100%", self.height(NARROW))

    @property
    def loader_line(self) -> str:
        """A place with a link in it, which the loader puts the widget in the place of.

        The empty canvas keeps the widget's room free, so that nothing jumps when it comes: by
        attributes, which every policy allows, and without scripts it takes none.
        """
        options = self.options | ({"scheme": self.scheme} if self.scheme else {})
        data = "".join(f' data-{name}="{escape(value)}"' for name, value in options.items())
        return (
            f'<div data-tanky="{self.widget.name}"{data}>'
            f'<a href="{escape(absolute(self.portal_page))}">{escape(self.called)}</a><br>'
            f'<canvas width="1" height="{self.height(NARROW) - LINK_LINE}"></canvas></div>\n'
            f'<script src="{absolute(url_for("embed.loader", v=LOADER_VERSION))}" async></script>'
        )
