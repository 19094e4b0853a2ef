"""Runs the one history of migrations on the portal's database, SQLite or PostgreSQL."""

from alembic import context
from flask import current_app

import tanky.accounts.models
import tanky.imports
import tanky.journal
import tanky.media.models
import tanky.news.models
import tanky.procedures.models
import tanky.revisions
import tanky.site.models  # noqa: F401 - the models must be known to be compared
from tanky.extensions import UTCDateTime, db


def migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        compare_type=True,
        render_item=as_plain_column,
        # The index of words is kept by the database alone; no model maps it.
        include_name=lambda name, kind, _: kind != "table" or not name.startswith("article_words"),
        # SQLite alters a table by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
        process_revision_directives=skip_empty,
    )
    with context.begin_transaction():
        context.run_migrations()


def as_plain_column(kind, item, _context):
    """Migrations stand on their own: they name no type of ours, which may change later."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UTCDateTime) else False


def skip_empty(_context, _revision, directives) -> None:
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


with current_app.extensions["migrate"].db.engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table is altered by copying and dropping it: with foreign keys on, dropping it would
        # delete the rows of other tables that refer to it. Off only outside a transaction.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
    migrate(connection)
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"foreign keys broken by a migration: {broken[:5]}")
