"""The operator's commands: ``flask tanky …``."""

import click
from flask import Flask
from flask.cli import AppGroup

from ..upgrading import know_migrations
from .instance import demo, import_command, setup
from .people import user

tanky = AppGroup("tanky", help="Run a commune's portal.")
for command in (setup, import_command, user, demo):
    tanky.add_command(command)


def init_app(app: Flask) -> None:
    app.cli.add_command(tanky)
    if click.get_current_context(silent=True):
        know_migrations(app)  # for "flask db …"
