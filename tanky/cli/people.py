"""``flask tanky user …``: the people who may sign in."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from ..accounts import two_factors
from ..accounts.models import LINK_LIFETIME, Person, Role, normal_username
from ..accounts.passwords import problem_with
from ..base.db import db
from ..records import journal

user = AppGroup("user", help="People who may sign in.")


@user.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--full-name", default="", help="Shown as the author; by default NAME.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--invite", is_flag=True, help="Print a one-time link instead of a password.")
def create_user(name: str, role: str, full_name: str, password_stdin: bool, invite: bool) -> None:
    """Make a person who may sign in as NAME."""
    username = name.strip().lower()
    if not username or len(username) > 60 or any(letter.isspace() for letter in username):
        raise click.ClickException("Tên đăng nhập gồm 1 đến 60 ký tự, không có dấu cách.")
    username = normal_username(username)
    if Person.by_username(username):
        raise click.ClickException(f"Đã có người dùng {username}.")
    password = None if invite else _password(password_stdin)
    person = Person(username=username, name=full_name.strip() or name.strip(), role=Role(role))
    db.session.add(person)
    if password:
        person.set_password(password)
        journal.record("created", person)
        db.session.commit()
        click.echo(f"Đã tạo {person.role.label} {username}.")
    else:
        _print_link(person)


@user.command("list")
def list_users() -> None:
    """Show the people, their roles and how they stand."""
    for person in db.session.scalars(db.select(Person).order_by(Person.username)):
        marks = [
            mark
            for mark, holds in (
                ("tạm khoá", person.suspended_at),
                ("chưa nhận lời mời", person.is_invited),
                ("phải đổi mật khẩu", person.must_change_password),
                ("hai lớp", person.has_two_factors),
            )
            if holds
        ]
        click.echo(f"{person.username:<20}{person.role.label:<22}{person.name}  {', '.join(marks)}")


@user.command("invite")
@click.argument("name")
def invite_user(name: str) -> None:
    """Print a new one-time link by which NAME sets a password."""
    _print_link(_known(name))


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(name: str, role: str) -> None:
    """Make NAME a writer, an editor or the editor-in-chief."""
    person = _known(name)
    change = f"{person.role.label} → {Role(role).label}"
    person.role = Role(role)
    journal.record("role_changed", person, remark=change)
    db.session.commit()
    click.echo(f"{person.username}: {change}.")


@user.command("suspend")
@click.argument("name")
def suspend_user(name: str) -> None:
    """Keep NAME out from now on; what NAME wrote stays."""
    person = _known(name)
    person.suspend()
    journal.record("suspended", person)
    db.session.commit()
    click.echo(f"Đã tạm khoá {person.username}.")


@user.command("resume")
@click.argument("name")
def resume_user(name: str) -> None:
    """Let NAME in again."""
    person = _known(name)
    person.suspended_at = None
    journal.record("resumed", person)
    db.session.commit()
    click.echo(f"Đã mở khoá {person.username}.")


@user.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--force-change", is_flag=True, help="Keep it, but demand another at next sign-in.")
def set_password(name: str, password_stdin: bool, force_change: bool) -> None:
    """Give NAME a new password, or have NAME choose one; NAME's sessions end."""
    person = _known(name)
    if force_change:
        person.force_new_password()
        journal.record("password_forced", person)
    else:
        person.set_password(_password(password_stdin))
        journal.record("password_changed", person)
    db.session.commit()
    click.echo(f"Xong: {person.username}.")


@user.command("sign-out")
@click.argument("name")
def sign_out_user(name: str) -> None:
    """End all sessions of NAME."""
    person = _known(name)
    person.end_sessions()
    journal.record("sessions_ended", person)
    db.session.commit()
    click.echo(f"Đã kết thúc mọi phiên của {person.username}.")


@user.command("two-factors-off")
@click.argument("name")
def reset_two_factors(name: str) -> None:
    """For who lost both the phone and the recovery codes: NAME signs in by password alone."""
    person = _known(name)
    two_factors.turn_off(person)
    person.forget_passkeys()
    journal.record("two_factor_off", person)
    db.session.commit()
    click.echo(f"Đã tắt xác thực hai lớp và xoá khoá truy cập của {person.username}.")


def _known(name: str) -> Person:
    person = Person.by_username(name)
    if person is None:
        raise click.ClickException(f"Không có người dùng {name}.")
    return person


def _password(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Gõ lại")
    if problem := problem_with(password):
        raise click.ClickException(problem)
    return password


def _print_link(person: Person) -> None:
    secret = person.make_link()
    journal.record("invited", person)
    db.session.commit()
    address = current_app.config["TANKY"]["public_url"].rstrip("/")
    days = LINK_LIFETIME.days
    click.echo(f"Liên kết một lần cho {person.username}, dùng được trong {days} ngày:")
    click.echo(f"{address}/loi-moi/{secret}")
