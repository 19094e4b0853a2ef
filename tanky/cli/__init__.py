"""The operator's commands: ``flask tanky …``."""

import os

import click
from flask import Flask

from ..upkeep.upgrading import know_migrations
from .faults import Commands
from .instance import days_off, demo, import_command, setup
from .people import user
from .upkeep import backup, backup_key, doctor, metrics, restore, upgrade, watch


def _keep_private() -> None:
    """What a command writes is the site's owner's alone."""
    os.umask(0o077)


tanky = Commands("tanky", help="Run a commune's portal.", callback=_keep_private)
for command in (
    setup,
    upgrade,
    backup,
    backup_key,
    restore,
    doctor,
    watch,
    metrics,
    days_off,
    import_command,
    user,
    demo,
):
    tanky.add_command(command)


def init_app(app: Flask) -> None:
    app.cli.add_command(tanky)
    if click.get_current_context(silent=True):
        know_migrations(app)  # for "flask db …"
