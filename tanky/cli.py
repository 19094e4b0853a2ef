"""The operator's commands: ``flask tanky …``."""

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from .accounts.models import SHORTEST_PASSWORD, Person, Role
from .demo import loader
from .extensions import db
from .site.importer import ImportFailed, import_page
from .site.models import SiteIdentity

tanky = AppGroup("tanky", help="Run a commune's portal.")
user = AppGroup("user", help="People who may sign in.")
demo = AppGroup("demo", help="Demonstration content.")
tanky.add_command(user)
tanky.add_command(demo)


def init_app(app: Flask) -> None:
    app.cli.add_command(tanky)
    if click.get_current_context(silent=True):
        know_migrations(app)  # for "flask db …"


def know_migrations(app: Flask) -> None:
    """Bind Flask-Migrate. Only commands do: Alembic is 10 MB that no worker needs."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=f"{app.root_path}/migrations")


def migrate_database() -> None:
    """Bring the database of the current portal to the newest migration."""
    from flask_migrate import upgrade

    know_migrations(current_app)
    upgrade()


@tanky.command()
@click.option("--demo/--no-demo", "with_demo", default=True, help="Fill an empty site.")
@click.option("--address", default="", help="Printed with the demonstration sign-in.")
def setup(with_demo: bool, address: str) -> None:
    """Create or migrate the database; fill a site that is still empty with samples."""
    migrate_database()
    if with_demo and not SiteIdentity.current().id and not Person.any():
        people = loader.load()
        click.echo("\n  Nội dung mẫu đã được nạp. Đăng nhập (chỉ in ra một lần này):\n")
        click.echo(f"  {'Địa chỉ':<12}{address}/dang-nhap")
        for username, password, role in people:
            click.echo(f"  {role:<22}{username:<12}{password}")
        click.echo("")


@tanky.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """Take over an old page from its JSON file (docs/import.md)."""
    migrate_database()
    try:
        changes = import_page(file, current_app.extensions["tally"].store)
    except ImportFailed as error:
        raise click.ClickException(str(error)) from None
    for change in changes:
        click.echo(f"+ {change}")
    if not changes:
        click.echo("Không có gì thay đổi: dữ liệu đã có đủ.")


@user.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--full-name", default="", help="Shown as the author; by default NAME.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(name: str, role: str, full_name: str, password_stdin: bool) -> None:
    """Make a person who may sign in as NAME."""
    username = name.strip().lower()
    if not username or len(username) > 60 or any(letter.isspace() for letter in username):
        raise click.ClickException("Tên đăng nhập gồm 1 đến 60 ký tự, không có dấu cách.")
    if Person.by_username(username):
        raise click.ClickException(f"Đã có người dùng {username}.")
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Gõ lại")
    if not SHORTEST_PASSWORD <= len(password) <= 500:
        raise click.ClickException(f"Mật khẩu phải có ít nhất {SHORTEST_PASSWORD} ký tự.")
    person = Person(username=username, name=full_name.strip() or name.strip(), role=Role(role))
    person.set_password(password)
    db.session.add(person)
    db.session.commit()
    click.echo(f"Đã tạo {person.role.label} {username}.")


@demo.command("remove")
def remove_demo() -> None:
    """Delete all samples that nobody has edited."""
    articles, procedures, rows = loader.remove()
    click.echo(f"Đã xoá {articles} bài, {procedures} thủ tục, {rows} dòng kết quả mẫu.")
