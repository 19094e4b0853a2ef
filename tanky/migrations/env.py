"""Runs the one history of migrations on the portal's database, SQLite or PostgreSQL."""

from alembic import context
from flask import current_app
from sqlalchemy import event

from tanky.base.db import UTCDateTime, db
from tanky.migrations import operations  # noqa: F401 - makes them known to "op"
from tanky.upkeep import triggers, upgrading

# Any number: PostgreSQL's lock by which only one setup at a time changes the tables.
ADVISORY_LOCK = 20261124


def migrate(connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    say = current_app.extensions.get("say_migration", lambda sentence: None)
    context.configure(
        connection=connection,
        # All of it or nothing, so that a setup that was killed is simply run again. PostgreSQL
        # alters no table of which it still has rows to check: there each step is one.
        transactional_ddl=True,
        transaction_per_migration=not on_sqlite,
        target_metadata=db.metadata,
        compare_type=True,
        render_item=as_plain_column,
        # The indexes of words are kept by the database alone; no model maps them.
        include_name=lambda name, kind, _: kind != "table" or "_words" not in name,
        # SQLite alters a table by copying it.
        render_as_batch=on_sqlite,
        process_revision_directives=skip_empty,
        on_version_apply=lambda step, **_: say(f"  xong bước {step.up_revision_id}"),
    )
    with context.begin_transaction():
        context.run_migrations()
        if on_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:  # nothing of it is kept
                raise RuntimeError(f"foreign keys broken by a migration: {broken[:5]}")
            lost = triggers.missing(connection) if _is_complete(connection) else []
            if lost:
                raise RuntimeError(f"triggers lost by a migration: {lost[:5]}")


def _is_complete(connection) -> bool:
    """Whether all migrations are done; tests stop at earlier ones, whose models are no more."""
    stands_at = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return stands_at == upgrading.newest_revision()


def prepare(connection) -> None:
    """Have one SQLite connection begin its transactions where it is told to, for writing."""
    connection.detach()  # from the pool: it is never lent again
    driver = connection.connection.dbapi_connection
    driver.isolation_level = None
    # A table is altered by copying and dropping it: with foreign keys on, dropping it would delete
    # the rows of other tables that refer to it. Off only outside a transaction.
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute("PRAGMA busy_timeout=600000")
    event.listen(connection, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))


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
        prepare(connection)
        migrate(connection)
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        connection.commit()
        try:
            migrate(connection)
        finally:
            connection.rollback()
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")
            connection.commit()
