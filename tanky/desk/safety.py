"""Whether the site is safe: what the nightly watch found, and when a backup was last proven."""

from collections.abc import Sequence

from flask import Blueprint, render_template, url_for

from ..accounts.models import Person
from ..base.instance import current_instance
from ..records import seals
from ..upkeep import notes, watch
from . import roles
from .section import Entry, Section, Warning

bp = Blueprint("safety", __name__)


@bp.get("/an-toan")
@roles.chiefs
def index():
    instance = current_instance()
    number, seal = seals.head()
    return render_template(
        "desk/safety.html",
        watched=watch.last(instance),
        watched_at=watch.last_at(instance),
        proven_at=notes.last_proven(instance),
        made_at=notes.last_made(instance),
        is_late=notes.is_proof_late(instance),
        seals=number,
        seal=seal,
    )


class SafetySection(Section):
    blueprint = bp
    menu = (Entry("desk.safety.index", "An toàn", roles.every_chief),)

    def warnings(self, person: Person) -> Sequence[Warning]:
        if not person.is_chief:
            return ()
        count = len(watch.last(current_instance()).get("findings", ()))
        if count:
            sentence = f"Đêm qua tự kiểm tra thấy {count} điều lạ."
        elif watch.is_late(current_instance()):
            sentence = "Đã hai đêm trang không tự kiểm tra. Hãy báo người quản trị máy chủ."
        else:
            return ()
        return (Warning(sentence, url_for("desk.safety.index"), "Xem ngay"),)


SECTION = SafetySection()
