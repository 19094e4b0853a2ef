"""The first page of the desk: what waits for me, what I have in hand, what comes out next."""

import shutil

from flask import Blueprint, current_app, render_template
from flask_login import current_user

from ..base.instance import current_instance
from ..counters.agents import REASONS
from ..records.vain import VainSearch
from . import roles
from .section import Entry, Section, current_sections

bp = Blueprint("board", __name__)
COUNTED_DAYS = 31
MOST_SEARCHES = 200
LITTLE_SPACE = 2 * 10**9  # bytes free, below which the desk warns
MOST_FULL = 0.9


@bp.get("/")
@roles.anyone
def index():
    sections = current_sections()
    return render_template(
        "desk/board.html",
        warnings=[warning for section in sections for warning in section.warnings(current_user)],
        cards=[card for section in sections for card in section.cards(current_user)],
        totals=[total for section in sections for total in section.totals().items()],
        space=_space(),
    )


@bp.get("/luot-truy-cap")
@roles.editors
def visits():
    """How each of the last days was counted, and what was left out of it."""
    days = current_app.extensions["tally"].days(COUNTED_DAYS)
    return render_template(
        "desk/visits.html", days=sorted(days.items(), reverse=True), reasons=REASONS
    )


@bp.get("/tim-khong-thay")
@roles.editors
def vain_searches():
    """What residents searched for in vain."""
    return render_template("desk/vain_searches.html", searches=VainSearch.most_asked(MOST_SEARCHES))


def _space() -> dict:
    """How full the disk of the instance is, in bytes."""
    usage = shutil.disk_usage(current_instance().folder)
    # Not total - used: what is set aside for root is not ours.
    full = 1 - usage.free / usage.total
    return {
        "free": usage.free,
        "total": usage.total,
        "percent": round(full * 100),
        "is_little": usage.free < LITTLE_SPACE or full > MOST_FULL,
    }


class BoardSection(Section):
    blueprint = bp
    menu = (Entry("desk.board.index", "Bàn làm việc"),)


class VisitsSection(Section):
    blueprint = bp
    menu = (
        Entry("desk.board.visits", "Lượt truy cập", roles.every_editor),
        Entry("desk.board.vain_searches", "Tìm không thấy", roles.every_editor),
    )


SECTION = BoardSection()
VISITS = VisitsSection()
