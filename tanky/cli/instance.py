"""``flask tanky setup``, ``import`` and ``demo``: what an instance begins with."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from ..accounts.models import Person
from ..base.db import db
from ..base.sqlite import VERSION, is_safe
from ..demo import loader
from ..records import journal
from ..site.hours import Unreadable
from ..site.models import SiteIdentity
from ..site.public_holidays import lines_of
from ..upkeep.upgrading import migrate_database, present_revision
from ..upkeep.watch import accept_code
from .old_page import ImportFailed, import_page

demo = AppGroup("demo", help="Demonstration content.")


@click.command()
@click.option("--demo/--no-demo", "with_demo", default=True, help="Fill an empty site.")
@click.option("--address", default="", help="Printed with the demonstration sign-in.")
@with_appcontext
def setup(with_demo: bool, address: str) -> None:
    """Create or migrate the database; fill a site that is still empty with samples."""
    if not is_safe():
        click.echo(
            f"Cảnh báo: SQLite {VERSION} có thể mất dữ liệu đã ghi khi máy tắt đột ngột "
            "(https://sqlite.org/wal.html). Hãy dùng PostgreSQL, hoặc máy x86-64.",
            err=True,
        )
    before = present_revision()
    migrate_database(click.echo)
    if before != present_revision():
        accept_code()
    if with_demo and not SiteIdentity.current().id and not Person.any():
        people = loader.load()
        click.echo("\n  Nội dung mẫu đã được nạp. Đăng nhập (chỉ in ra một lần này):\n")
        click.echo(f"  {'Địa chỉ':<12}{address}/dang-nhap")
        for username, password, role in people:
            click.echo(f"  {role:<22}{username:<12}{password}")
        click.echo("")


@click.command("days-off")
@with_appcontext
def days_off() -> None:
    """Add the public holidays of this year and the next, Tết among them, to the site's days off."""
    site = SiteIdentity.current()
    if not site.id:
        raise click.ClickException("Chưa có thông tin trang. Hãy điền ở khu biên tập trước.")
    before = site.days_off
    try:
        site.days_off = lines_of(site.now.date(), known=before)
    except Unreadable as error:
        raise click.ClickException(str(error)) from None
    added = len(site.days_off.splitlines()) - len(before.strip().splitlines())
    if added:
        journal.record("saved", site, remark=f"thêm {added} dòng ngày nghỉ")
    db.session.commit()
    click.echo(f"Đã thêm {added} dòng." if added else "Không thiếu ngày nghỉ nào.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def import_command(file: Path) -> None:
    """Take over an old page from its JSON file (docs/import.md)."""
    migrate_database(click.echo)
    try:
        changes = import_page(file, current_app.extensions["tally"].store)
    except ImportFailed as error:
        raise click.ClickException(str(error)) from None
    if changes:
        journal.record("imported", label="trang cũ", remark=file.name)
        db.session.commit()
    for change in changes:
        click.echo(f"+ {change}")
    if not changes:
        click.echo("Không có gì thay đổi: dữ liệu đã có đủ.")


@demo.command("remove")
def remove_demo() -> None:
    """Delete all samples that nobody has edited."""
    articles, procedures, rows = loader.remove()
    click.echo(f"Đã xoá {articles} bài, {procedures} thủ tục, {rows} dòng kết quả mẫu.")
