"""Bulletins of the loudspeakers; albums of photos and films."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("media_files", sa.Column("seconds", sa.Integer(), nullable=True))
    op.create_table(
        "bulletins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("broadcast_on", sa.Date(), nullable=False),
        sa.Column("summary", sa.String(length=300), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("sound_id", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        *_of_content("bulletins"),
        sa.ForeignKeyConstraint(
            ["sound_id"], ["media_files.id"], name=op.f("fk_bulletins_sound_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_bulletins_broadcast_on"), "bulletins", ["broadcast_on"])
    op.create_index(op.f("ix_bulletins_sound_id"), "bulletins", ["sound_id"])
    op.raises_content_number("bulletins")
    op.indexes_words("bulletins", "{row}.trashed_at IS NULL", ("trashed_at",))
    op.create_table(
        "albums",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        *_of_content("albums"),
        sqlite_autoincrement=True,
    )
    op.raises_content_number("albums")
    op.create_table(
        "album_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["album_id"], ["albums.id"], ondelete="CASCADE", name=op.f("fk_album_items_album_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["media_files.id"], name=op.f("fk_album_items_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album_items")),
    )
    op.create_index(op.f("ix_album_items_album_id"), "album_items", ["album_id"])
    op.create_index(op.f("ix_album_items_file_id"), "album_items", ["file_id"])
    op.raises_content_number("album_items")


def _of_content(table):
    """What each kind of content has that editors save directly."""
    return (
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("trashed_at", sa.DateTime(), nullable=True),
        sa.Column("trashed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["trashed_by_id"], ["people.id"], name=op.f(f"fk_{table}_trashed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
