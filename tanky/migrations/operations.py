"""Operations of our own for migrations, on SQLite and PostgreSQL: ``op.raises_content_number(…)``.

What a migration does must never change afterwards: these operations are only ever added to.
"""

from alembic.operations import MigrateOperation, Operations

_RAISE = (
    "INSERT INTO content_version (id, number) VALUES (1, 1) "
    "ON CONFLICT (id) DO UPDATE SET number = content_version.number + 1;"
)


@Operations.register_operation("raises_content_number")
class RaiseContentNumber(MigrateOperation):
    """Have each change of a table's rows raise the content number (front/content_number.py)."""

    def __init__(self, table: str):
        self.table = table

    @classmethod
    def raises_content_number(cls, operations: Operations, table: str) -> None:
        operations.invoke(cls(table))


@Operations.implementation_for(RaiseContentNumber)
def raise_content_number(operations: Operations, operation: RaiseContentNumber) -> None:
    table = operation.table
    if operations.get_bind().dialect.name == "sqlite":
        for verb in ("INSERT", "UPDATE", "DELETE"):
            operations.execute(
                f"CREATE TRIGGER {table}_changed_by_{verb.lower()} AFTER {verb} ON {table} "
                f"BEGIN {_RAISE} END"
            )
    else:
        # The function is of migration 0004.
        operations.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE "
            f"ON {table} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION content_changed()"
        )


@Operations.register_operation("indexes_words")
class IndexWords(MigrateOperation):
    """Keep ``<table>_words``, the index of the words of a table's rows (records/search.py).

    The table has a column ``search_text`` with its words, folded.

    :param shown: the condition under which a row is found: ``{row}.published_at IS NOT NULL``.
    :param watched: the columns that the condition names.
    """

    def __init__(self, table: str, shown: str, watched: tuple[str, ...]):
        self.table = table
        self.shown = shown
        self.watched = watched

    @classmethod
    def indexes_words(
        cls, operations: Operations, table: str, shown: str, watched: tuple[str, ...]
    ) -> None:
        operations.invoke(cls(table, shown, watched))


@Operations.implementation_for(IndexWords)
def index_words(operations: Operations, operation: IndexWords) -> None:
    table, index = operation.table, f"{operation.table}_words"
    columns = ", ".join(("search_text", *operation.watched))

    def shown(row: str) -> str:
        return operation.shown.format(row=row)

    if operations.get_bind().dialect.name == "sqlite":
        operations.execute(
            f"CREATE VIRTUAL TABLE {index} USING fts5(words, content='', columnsize=0, "
            "tokenize='unicode61 remove_diacritics 0')"
        )
        put = f"INSERT INTO {index} (rowid, words) SELECT new.id, new.search_text"
        # With no copy of the text, the index is told what to forget.
        forget = (
            f"INSERT INTO {index} ({index}, rowid, words) "
            f"SELECT 'delete', old.id, old.search_text WHERE {shown('old')};"
        )
        put = f"{put} WHERE {shown('new')};"
        for event, deed in (
            ("INSERT", put), (f"UPDATE OF {columns}", forget + put), ("DELETE", forget),
        ):  # fmt: skip
            name = f"{index}_{event.split()[0].lower()}"
            operations.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {deed} END")
        operations.execute(
            f"INSERT INTO {index} (rowid, words) SELECT id, search_text FROM {table} "
            f"WHERE {shown(table)}"
        )
        return
    operations.execute(f"CREATE TABLE {index} (rowid bigint PRIMARY KEY, words tsvector NOT NULL)")
    operations.execute(
        f"CREATE FUNCTION {index}_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN DELETE FROM {index} WHERE rowid = old.id; END IF; "
        f"IF TG_OP <> 'DELETE' THEN INSERT INTO {index} SELECT new.id, "
        # A tsvector holds a megabyte; what is longer must still be published.
        f"to_tsvector('simple', left(new.search_text, 200000)) WHERE {shown('new')}; END IF; "
        "RETURN NULL; END $$"
    )
    operations.execute(
        f"CREATE TRIGGER {index}_follow AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {index}_follow()"
    )
    operations.execute(
        f"INSERT INTO {index} SELECT id, to_tsvector('simple', left(search_text, 200000)) "
        f"FROM {table} WHERE {shown(table)}"
    )
    operations.execute(f"CREATE INDEX ix_{index}_words ON {index} USING gin (words)")
