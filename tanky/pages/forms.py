from wtforms import HiddenField, SelectField

from ..desk.forms import EditorForm
from ..desk.forms.record import field_of
from ..media import rich_text
from .models import DEEPEST, RECORD, Page, flat, tree


class PageForm(EditorForm):
    title = field_of(RECORD["title"])
    parent = SelectField(RECORD["parent_id"].label, coerce=int)
    position = field_of(RECORD["position"])
    body = field_of(RECORD["body"])
    slot = field_of(RECORD["slot"])
    review_on = field_of(RECORD["review_on"])
    version = HiddenField()

    def __init__(self, page: Page | None = None, **kwargs):
        super().__init__(**kwargs)
        self.parent.choices = [(0, "— Trang đầu —"), *_possible_parents(page)]

    @classmethod
    def of(cls, page: Page | None) -> "PageForm":
        """The form as its page opens it."""
        if page is None:
            return cls(formdata=None)
        data = {
            "title": page.title,
            "parent": page.parent_id or 0,
            "position": page.position,
            "body": rich_text.for_form(page.body),
            "slot": page.slot,
            "review_on": page.review_on,
            "version": str(page.version),
        }
        return cls(page, formdata=None, data=data)

    @property
    def record(self) -> dict:
        """What was typed, as the record that a page takes."""
        return {
            "title": self.title.data,
            "parent_id": self.parent.data or None,
            "position": self.position.data,
            "body": RECORD["body"].clean(self.body.data),
            "slot": self.slot.data or "",
            "review_on": self.review_on.data.isoformat() if self.review_on.data else None,
        }


def _possible_parents(page: Page | None) -> list[tuple[int, str]]:
    """Not the page itself, nor what lies beneath it, nor where the tree would grow too deep."""
    pages = list(flat(tree(Page.listed())))
    moved = {other: level for level, other in pages if page in (other, *other.above)}
    height = max(moved.values()) - min(moved.values()) if moved else 0
    return [
        (other.id, "– " * level + other.title)
        for level, other in pages
        if other not in moved and level + 1 + height < DEEPEST
    ]
