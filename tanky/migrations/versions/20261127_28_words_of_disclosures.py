"""The words of items of công khai and of their files are found; of those that name people, none."""

import sqlalchemy as sa
from alembic import op
from tanky.records.search import indexed
from tanky.text import sanitise

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, title, number, body FROM disclosures")
    ).all()
    texts = {}
    read = sa.text(
        "SELECT f.item_id, t.text FROM disclosure_files f JOIN file_texts t "
        "ON t.file_id = f.file_id ORDER BY f.item_id, f.position"
    )
    for id, text in connection.execute(read):
        texts.setdefault(id, []).append(text)
    column = sa.Column("search_text", sa.Text(), server_default="", nullable=False)
    op.add_column("disclosures", column)
    op.indexes_words(
        "disclosures",
        "{row}.trashed_at IS NULL AND NOT {row}.has_names",
        ("trashed_at", "has_names"),
    )
    update = sa.text("UPDATE disclosures SET search_text = :words WHERE id = :id")
    for row in rows:
        own = (row.number, sanitise.plain(row.body), *texts.get(row.id, ()))
        connection.execute(update, {"id": row.id, "words": indexed(row.title, *own)})


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
