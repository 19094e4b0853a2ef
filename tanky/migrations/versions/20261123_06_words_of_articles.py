"""An index of the words of published articles, kept by triggers as the articles change.

Its rows are numbered by time of publication, then by the article's id, so that the newest matches
of a common word are found without looking at the others (news/search.py). On SQLite a later
migration that copies ``articles`` has to make its triggers anew; a test looks for them.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQLITE_PLACE = "CAST(strftime('%s', {row}.published_at) AS INTEGER) * 2147483648 + {row}.id"
POSTGRES_PLACE = "floor(extract(epoch FROM {row}.published_at))::bigint * 2147483648 + {row}.id"
IN = "{row}.state = 'published' AND {row}.published_at IS NOT NULL"
# What is no letter and no digit parts words.
PARTING = re.compile(r"[\W_]+")


def upgrade():
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, search_text FROM articles")).all()
    for id, words in rows:
        connection.execute(
            sa.text("UPDATE articles SET search_text = :words WHERE id = :id"),
            {"words": PARTING.sub(" ", words).strip(), "id": id},
        )
    if connection.dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgres()


def _on_sqlite():
    op.execute(
        "CREATE VIRTUAL TABLE article_words USING fts5(words, content='', columnsize=0, "
        "tokenize='unicode61 remove_diacritics 0')"
    )
    # With no copy of the text, the index is told what to forget.
    put = f"INSERT INTO article_words (rowid, words) SELECT {SQLITE_PLACE}, {{row}}.search_text"
    forget = (
        f"INSERT INTO article_words (article_words, rowid, words) "
        f"SELECT 'delete', {SQLITE_PLACE}, {{row}}.search_text"
    )
    new, old = (f"{put} WHERE {IN};".format(row="new"), f"{forget} WHERE {IN};".format(row="old"))
    changed = "UPDATE OF state, published_at, search_text"
    for name, event, deed in (
        ("insert", "INSERT", new), ("update", changed, old + new), ("delete", "DELETE", old),
    ):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER article_words_{name} AFTER {event} ON articles BEGIN {deed} END"
        )
    op.execute(f"{put} FROM articles WHERE {IN} ORDER BY 1".format(row="articles"))


def _on_postgres():
    op.create_table(
        "article_words",
        sa.Column("rowid", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("words", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("rowid", name=op.f("pk_article_words")),
    )
    put = (
        f"INSERT INTO article_words SELECT {POSTGRES_PLACE}, "
        # A tsvector holds a megabyte; what is longer must still be published.
        "to_tsvector('simple', left({row}.search_text, 200000))"
    )
    forget = f"DELETE FROM article_words WHERE rowid = {POSTGRES_PLACE};".format(row="old")
    new = f"{put} WHERE {IN};".format(row="new")
    op.execute(
        "CREATE FUNCTION article_words_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'TRUNCATE' THEN TRUNCATE article_words; RETURN NULL; END IF; "
        f"IF TG_OP <> 'INSERT' THEN {forget} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER article_words_follow "
        "AFTER INSERT OR DELETE OR UPDATE OF state, published_at, search_text ON articles "
        "FOR EACH ROW EXECUTE FUNCTION article_words_follow()"
    )
    op.execute(
        "CREATE TRIGGER article_words_emptied AFTER TRUNCATE ON articles "
        "FOR EACH STATEMENT EXECUTE FUNCTION article_words_follow()"
    )
    op.execute(f"{put} FROM articles WHERE {IN}".format(row="articles"))
    op.create_index("ix_article_words_words", "article_words", ["words"], postgresql_using="gin")


def downgrade():
    """There is no way back: restore a backup instead."""
    raise NotImplementedError
