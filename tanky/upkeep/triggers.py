"""The triggers without which figures and kept pages would be wrong in silence."""

from sqlalchemy import text
from sqlalchemy.engine import Connection

from ..base.db import db

VERBS = ("insert", "update", "delete")
_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


def missing(connection: Connection) -> list[str]:
    """The names of triggers that the database should have and has not."""
    dialect = connection.dialect.name
    present = set(connection.scalars(text(_NAMES[dialect])))
    return sorted(_expected(dialect) - present)


def _expected(dialect: str) -> set[str]:
    shown = [mapper.local_table.name for mapper in db.Model.registry.mappers if mapper.class_.SHOWN]
    if dialect == "sqlite":
        return {
            *(f"{table}_changed_by_{verb}" for table in shown for verb in VERBS),
            *(f"article_words_{verb}" for verb in VERBS),
            "journal_no_update",
            "journal_no_delete",
            "journal_seals_no_update",
            "journal_seals_no_delete",
        }
    return {
        *(f"{table}_changed" for table in shown),
        "article_words_follow",
        "journal_append_only",
        "journal_seals_append_only",
    }
