"""Whether the site is safe: what the nightly watch found, and when a backup was last proven."""

from collections.abc import Sequence

from flask import Blueprint, render_template, url_for

from ..accounts.models import Person
from ..base.instance import current_instance
from ..records import seals
from ..text import formats
from ..upkeep import notes, watch
from . import roles
from .section import Entry, Section, Warning

bp = Blueprint("safety", __name__)


@bp.get("/an-toan")
@roles.chiefs
def index():
    number, seal = seals.head()
    return render_template(
        "desk/safety.html",
        watched=watch.last(current_instance()),
        watched_at=watch.last_at(current_instance()),
        proven_at=notes.last_proven(current_instance()),
        made_at=notes.last_made(current_instance()),
        is_late=_is_late(),
        seals=number,
        seal=seal,
    )


def _is_late() -> bool:
    proven = notes.last_proven(current_instance())
    return proven is None or formats.now() - proven > notes.PROVEN_WITHIN


class SafetySection(Section):
    blueprint = bp
    menu = (Entry("desk.safety.index", "An toàn", roles.every_chief),)

    def warnings(self, person: Person) -> Sequence[Warning]:
        count = len(watch.last(current_instance()).get("findings", ()))
        if not person.is_chief or not count:
            return ()
        sentence = f"Đêm qua tự kiểm tra thấy {count} điều lạ."
        return (Warning(sentence, url_for("desk.safety.index"), "Xem ngay"),)


SECTION = SafetySection()
