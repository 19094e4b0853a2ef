"""What residents search is found by what they call it: names people say, signposts, life events.

The words of articles are indexed with their accents as well (records/search.py). Pages are ranked in
memory and need no index of their own.
"""

import sqlalchemy as sa
from alembic import op
from tanky.procedures.also_called import COMMON
from tanky.records.search import indexed
from tanky.text import sanitise
from tanky.text.folding import words_of

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

AT_ONCE = 200


def upgrade():
    connection = op.get_bind()
    _procedures(connection)
    _articles(connection)
    _no_words_of_pages(connection)
    for table, own in (
        ("signposts", [
            sa.Column("place", sa.String(length=200), nullable=False),
            sa.Column("address", sa.String(length=300), nullable=False),
            sa.Column("phone", sa.String(length=40), nullable=False),
            sa.Column("online_url", sa.String(length=500), nullable=False),
            sa.Column("advice", sa.Text(), nullable=False),
            sa.Column("search_text", sa.Text(), nullable=False),
        ]),
        ("life_events", [
            sa.Column("icon", sa.String(length=20), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.Column("lede", sa.String(length=300), nullable=False),
            sa.Column("steps", sa.JSON(), nullable=False),
            sa.Column("advice", sa.Text(), nullable=False),
            sa.Column("news_words", sa.String(length=100), nullable=False),
        ]),
    ):  # fmt: skip
        length = 200 if table == "signposts" else 120
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("title", sa.String(length=length), nullable=False),
            sa.Column("slug", sa.String(length=100), nullable=False),
            sa.Column("also_called", sa.JSON(), nullable=False),
            *own,
            sa.Column("updated_at", sa.DateTime(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
            sa.Column("is_sample", sa.Boolean(), nullable=False),
            sa.Column("trashed_at", sa.DateTime(), nullable=True),
            sa.Column("trashed_by_id", sa.Integer(), nullable=True),
            sa.ForeignKeyConstraint(
                ["trashed_by_id"], ["people.id"], name=op.f(f"fk_{table}_trashed_by_id")
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("slug", name=op.f(f"uq_{table}_slug")),
            sqlite_autoincrement=True,
        )
        op.raises_content_number(table)
    op.create_table(
        "vain_searches",
        sa.Column("words", sa.String(length=60), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("words", name=op.f("pk_vain_searches")),
    )


def _procedures(connection):
    op.add_column(
        "procedures", sa.Column("also_called", sa.JSON(), nullable=False, server_default="[]")
    )
    update = sa.text(
        "UPDATE procedures SET also_called = :names, search_text = :words WHERE id = :id"
    ).bindparams(sa.bindparam("names", type_=sa.JSON()))
    rows = connection.execute(sa.text(
        "SELECT procedures.id, code, title, fields.name FROM procedures "
        "JOIN fields ON fields.id = procedures.field_id"
    )).all()  # fmt: skip
    for id, code, title, field in rows:
        names = COMMON.get(code, [])
        words = " ".join(words_of(" ".join((code, title, field, *names))))
        connection.execute(update, {"names": names, "words": words, "id": id})


def _articles(connection):
    update = sa.text("UPDATE articles SET search_text = :words WHERE id = :id")
    last = 0
    while rows := connection.execute(
        sa.text(
            "SELECT id, title, lede, body, author FROM articles WHERE id > :last "
            f"ORDER BY id LIMIT {AT_ONCE}"
        ),
        {"last": last},
    ).all():
        connection.execute(update, [
            {"id": id, "words": indexed(title, lede, sanitise.plain(body), author)}
            for id, title, lede, body, author in rows
        ])  # fmt: skip
        last = rows[-1][0]


def _no_words_of_pages(connection):
    if connection.dialect.name == "sqlite":
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER pages_words_{event}")
    else:
        op.execute("DROP TRIGGER pages_words_follow ON pages")
        op.execute("DROP FUNCTION pages_words_follow()")
    op.execute("DROP TABLE pages_words")
    op.drop_column("pages", "search_text")


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
