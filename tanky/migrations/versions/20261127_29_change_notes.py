"""What readers are told of a change to something published."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "change_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_change_notes_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_notes_subject", "change_notes", ["subject", "subject_id"])
    op.raises_content_number("change_notes")


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
