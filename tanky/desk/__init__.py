"""The desk: the area of those who write and run the site, all of it behind the sign-in.

The frame and what every site has are here; each noun brings a section of its own.
"""

from collections.abc import Iterable

from flask import Blueprint, Flask, Response, flash, redirect, request, url_for
from flask_login import current_user

from ..accounts.models import Person
from ..base.db import db
from ..base.extensions import login
from . import account, board, change_notes, journal, pasting, people, revisions, safety, site, trash
from .section import Section, current_sections

# Where a person may go who must first see to their own account.
OWN_ACCOUNT = {
    "desk.account.index",
    "desk.account.password",
    "desk.account.two_factors",
    "desk.account.qr_code",
}


def init_app(app: Flask, nouns: Iterable[Section]) -> None:
    """Put the desk together. Its menu has the nouns in the order in which they are given."""
    sections = (
        board.SECTION,
        *nouns,
        board.VISITS,
        people.SECTION,
        journal.SECTION,
        site.SECTION,
        safety.SECTION,
        trash.SECTION,
        account.SECTION,
    )
    desk = Blueprint("desk", __name__, url_prefix="/bien-tap")
    desk.before_request(demand_sign_in)
    desk.context_processor(in_templates)
    desk.after_request(keep_nowhere)
    for blueprint in dict.fromkeys(section.blueprint for section in sections):
        desk.register_blueprint(blueprint)
    desk.register_blueprint(revisions.bp)
    desk.register_blueprint(change_notes.bp)
    desk.register_blueprint(pasting.bp)
    app.register_blueprint(desk)
    app.extensions["desk_sections"] = sections


def demand_sign_in():
    if not current_user.is_authenticated:
        return login.unauthorized()
    if request.endpoint in OWN_ACCOUNT:
        return None
    if current_user.must_change_password:
        flash("Trước khi làm tiếp, bạn cần đổi mật khẩu.", "error")
        return redirect(url_for("desk.account.password"))
    if current_user.needs_two_factors:
        flash("Vai trò của bạn phải dùng xác thực hai lớp. Hãy bật trước khi làm tiếp.", "error")
        return redirect(url_for("desk.account.two_factors"))


def in_templates() -> dict:
    return {"current_user": current_user, "desk_menu": menu, "name_of": name_of}


def name_of(person_id: int | None) -> str:
    """A person's name as it is now; a dash for the operator at the server."""
    person = db.session.get(Person, person_id) if person_id else None
    return person.name if person else "–"


def menu() -> list:
    """The entries that the person sees."""
    entries = (entry for section in current_sections() for entry in section.menu)
    return [entry for entry in entries if entry.is_for(current_user)]


def keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
