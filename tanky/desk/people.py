"""The people of the site; the editor-in-chief alone."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts import passkeys, two_factors
from ..accounts.models import Person, Role, RoleRule, SignIn
from ..base.db import db
from ..records import journal
from ..web.templating import absolute
from . import roles
from .forms.people import InvitationForm, PersonForm, RulesForm
from .section import Entry, Section

bp = Blueprint("people", __name__, url_prefix="/nguoi")

RESET_LIFETIME = timedelta(days=1)  # of a link that replaces a password in use


@bp.route("/", methods=["GET", "POST"])
@roles.chiefs
def index():
    form = InvitationForm()
    if form.validate_on_submit():
        person = Person(username=form.username.data, name=form.name.data, role=Role(form.role.data))
        db.session.add(person)
        secret = person.make_link()
        journal.record("invited", person, current_user, person.role.label)
        db.session.commit()
        return _link_page(person, secret)
    seen = select(SignIn.person_id, func.max(SignIn.seen_at)).group_by(SignIn.person_id)
    page = render_template(
        "desk/people.html",
        people=db.session.scalars(select(Person).order_by(Person.suspended_at.is_not(None),
                                                          Person.name)).all(),
        seen=dict(db.session.execute(seen).tuples().all()),
        form=form,
        rules=RulesForm(
            formdata=None,
            data={"roles": [role.value for role in RoleRule.demanding_two_factors()]},
        ),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.post("/quy-dinh")
@roles.chiefs
def rules():
    form = RulesForm()
    if not form.validate_on_submit():
        abort(400)
    RoleRule.demand_two_factors(form.chosen)
    names = ", ".join(role.label for role in Role if role in form.chosen)
    journal.record("rules_changed", person=current_user, label="xác thực hai lớp",
                   remark=names or "không vai trò nào")  # fmt: skip
    db.session.commit()
    flash("Đã lưu quy định. Người chưa bật sẽ được yêu cầu bật ở lần làm việc tới.")
    return redirect(url_for("desk.people.index"))


@bp.route("/<id:id>", methods=["GET", "POST"])
@roles.chiefs
def edit(id: int):
    found = db.get_or_404(Person, id)
    form = PersonForm(data={"name": found.name, "role": found.role.value})
    if form.validate_on_submit():
        role = Role(form.role.data)
        if found.is_chief and role != Role.CHIEF and _is_last_chief(found):
            form.role.errors = ["Trang phải còn ít nhất một Trưởng Ban Biên tập."]
        else:
            if role != found.role:
                change = f"{found.role.label} → {role.label}"
                journal.record("role_changed", found, current_user, change)
            elif form.name.data != found.name:
                journal.record("saved", found, current_user, f"tên: {form.name.data}")
            found.name, found.role = form.name.data, role
            db.session.commit()
            flash("Đã lưu.")
            return redirect(url_for("desk.people.index"))
    sessions = db.session.scalars(
        select(SignIn).where(SignIn.person_id == id).order_by(SignIn.seen_at.desc())
    ).all()
    page = render_template(
        "desk/person.html", person=found, form=form, sessions=sessions,
        entries=journal.of(found, 15), is_self=found.id == current_user.id,
        passkeys=passkeys.of(found),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.post("/<id:id>/lien-ket")
@roles.chiefs
def new_link(id: int):
    """For who lost the first one, or forgot the password."""
    found = db.get_or_404(Person, id)
    if found.suspended_at:
        abort(409)
    secret = found.make_link() if found.is_invited else found.make_link(RESET_LIFETIME)
    journal.record("invited" if found.is_invited else "password_forced", found, current_user,
                   "liên kết một lần")  # fmt: skip
    db.session.commit()
    return _link_page(found, secret)


@bp.post("/<id:id>/buoc-doi-mat-khau")
@roles.chiefs
def force_new_password(id: int):
    found = db.get_or_404(Person, id)
    found.force_new_password(but=current_user.sign_in)
    journal.record("password_forced", found, current_user)
    db.session.commit()
    flash(f"{found.name} sẽ phải đổi mật khẩu ở lần đăng nhập tới.")
    return redirect(url_for("desk.people.edit", id=id))


@bp.post("/<id:id>/tam-khoa")
@roles.chiefs
def suspend(id: int):
    found = db.get_or_404(Person, id)
    if found.id == current_user.id or _is_last_chief(found):
        abort(409)
    found.suspend()
    journal.record("suspended", found, current_user)
    db.session.commit()
    flash(f"Đã tạm khoá {found.name}. Bài của người này vẫn còn nguyên.")
    return redirect(url_for("desk.people.index"))


@bp.post("/<id:id>/mo-khoa")
@roles.chiefs
def resume(id: int):
    found = db.get_or_404(Person, id)
    found.suspended_at = None
    journal.record("resumed", found, current_user)
    db.session.commit()
    flash(f"Đã mở khoá {found.name}.")
    return redirect(url_for("desk.people.edit", id=id))


@bp.post("/<id:id>/ket-thuc-phien")
@roles.chiefs
def end_sessions(id: int):
    found = db.get_or_404(Person, id)
    found.end_sessions(but=current_user.sign_in)
    journal.record("sessions_ended", found, current_user)
    db.session.commit()
    flash(f"Đã kết thúc mọi phiên của {found.name}.")
    return redirect(url_for("desk.people.edit", id=id))


@bp.post("/<id:id>/tat-hai-lop")
@roles.chiefs
def reset_two_factors(id: int):
    """For who lost the phone and the recovery codes."""
    found = db.get_or_404(Person, id)
    two_factors.turn_off(found)
    found.forget_passkeys()
    journal.record("two_factor_off", found, current_user)
    db.session.commit()
    flash(f"Đã tắt xác thực hai lớp của {found.name}.")
    return redirect(url_for("desk.people.edit", id=id))


def _link_page(person: Person, secret: str):
    link = absolute(url_for("accounts.one_time_link", secret=secret))
    return render_template("desk/one_time_link.html", person=person, link=link)


def _is_last_chief(person: Person) -> bool:
    others = select(func.count()).where(
        Person.role == Role.CHIEF, Person.suspended_at.is_(None), Person.id != person.id,
        Person.password_hash != "",
    )  # fmt: skip
    return person.is_chief and not db.session.scalar(others)


class PeopleSection(Section):
    subject, noun = Person.SUBJECT, "người"
    blueprint = bp
    menu = (Entry("desk.people.index", "Người", roles.every_chief),)
    model = Person


SECTION = PeopleSection()
