"""The commands that keep a site whole, from ``flask tanky upgrade`` to ``metrics``."""

import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from ..base.instance import current_instance
from ..site import identity
from ..upkeep.upgrading import migrate_database, newest_revision, present_revision
from ..upkeep.watch import accept_code

# Backups need a library of 1.4 MB that no worker needs: each command here imports them itself.

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@with_appcontext
def upgrade() -> None:
    """Bring the database to this release, with a copy of it before; all of it or nothing."""
    if present_revision() is None:
        raise click.ClickException("Chưa có cơ sở dữ liệu. Hãy chạy make setup.")
    migrate_database(click.echo)
    accept_code()
    click.echo(f"Cơ sở dữ liệu ở bản {newest_revision()}, đúng với phần mềm.")


@click.command()
@click.option("--to", "folder", type=FOLDER, help="By default the instance's backups/.")
@click.option("--whole", is_flag=True, help="Photos and files in the one file, to be carried.")
@click.option("--verify", is_flag=True, help="Restore the newest to a scratch folder and use it.")
@click.option("--file", type=FILE, help="Verify this one.")
@click.option("--key", "key_file", type=FILE, help="The age identity, where it is not the site's.")
@with_appcontext
def backup(
    folder: Path | None, whole: bool, verify: bool, file: Path | None, key_file: Path | None
) -> None:
    """Back up the site while it is served. Of older backups those of 7 days, 4 weeks and 12 months
    stay."""
    from ..upkeep import backup as backups

    folder = folder or current_instance().backups
    try:
        if verify or file:
            _verify(folder, file, key_file)
            return
        made = backups.make(folder, whole)
    except backups.BackupFailed as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Đã sao lưu: {made.path}")
    for deleted in backups.rotate(folder, identity.zone()):
        click.echo(f"  bỏ bản cũ {deleted.name}")


def _verify(folder: Path, file: Path | None, key_file: Path | None) -> None:
    from .. import create_app
    from ..upkeep import backup as backups
    from ..upkeep import restore as restoring

    present = [backups.Backup(file)] if file else backups.all_in(folder)
    if not present:
        raise backups.BackupFailed(f"Không có bản sao lưu nào trong {folder}.")
    key = backups.read_key(key_file or current_instance().backup_key)
    seen = restoring.prove(present[0].path, key, create_app)
    click.echo(f"Đã khôi phục thử {present[0].path.name}:")
    for sentence in seen:
        click.echo(f"  {sentence}")


@click.command("backup-key")
@with_appcontext
def backup_key() -> None:
    """Have backups encrypted from now on; prints the key, which is to be kept apart."""
    from ..upkeep import backup as backups

    try:
        secret = backups.make_key(current_instance())
    except backups.BackupFailed as error:
        raise click.ClickException(str(error)) from None
    click.echo(
        "Từ nay bản sao lưu được mã hoá. Hãy in hoặc chép khoá này ra nơi khác: mất máy chủ mà "
        f"không còn khoá thì không bản sao nào mở được.\n\n  {secret}\n"
    )


@click.command()
@click.argument("file", type=FILE)
@click.option("--key", "key_file", type=FILE, help="The age identity of an encrypted backup.")
@click.option("--replace", is_flag=True, help="Move what is there aside.")
@with_appcontext
def restore(file: Path, key_file: Path | None, replace: bool) -> None:
    """Put a backup in the place of an empty instance."""
    from ..upkeep import backup as backups
    from ..upkeep import restore as restoring

    try:
        key = backups.read_key(key_file or current_instance().backup_key)
        aside = restoring.restore(file, key, replace, click.echo)
    except backups.BackupFailed as error:
        raise click.ClickException(str(error)) from None
    if aside:
        click.echo(f"Dữ liệu trước đó nằm ở {aside}.")
    click.echo("Chạy make run (hoặc khởi động lại dịch vụ) để phục vụ.")


@click.command()
@with_appcontext
def doctor() -> None:
    """Look whether all is well with the site and its machine; ends with 1 where it is not."""
    from ..upkeep import doctor as looks

    is_well = True
    for label, findings in looks.thorough().items():
        is_grave = any(finding.is_grave for finding in findings)
        is_well = is_well and not is_grave
        click.echo(f"{'✗' if is_grave else '!' if findings else '✓'} {label}")
        for finding in findings:
            click.echo(f"    {finding.sentence}")
    if not is_well:
        raise SystemExit(1)


@click.command()
@click.option("--nightly", is_flag=True, help="Only where this night's is yet to be done.")
@with_appcontext
def watch(nightly: bool) -> None:
    """Look for what was changed by other ways than the desk; the portal does it each night."""
    from ..upkeep import watch as watching

    if nightly:
        os.nice(19)
    sentences = watching.watch_alone(only_when_due=nightly)
    if sentences is None:
        return
    for sentence in sentences:
        click.echo(f"! {sentence}")
    if not sentences:
        click.echo("✓ Không thấy gì lạ.")


@click.command()
@click.option("--port", type=int, default=9101, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@with_appcontext
def metrics(port: int, host: str) -> None:
    """Serve figures for Prometheus, until it is ended."""
    from prometheus_client import start_http_server

    from ..upkeep.metrics import registry

    app = current_app._get_current_object()
    _, thread = start_http_server(port, host, registry(app))
    click.echo(f"http://{host}:{port}/metrics")
    thread.join()
