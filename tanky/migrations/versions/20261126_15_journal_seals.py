"""Seals of the journal, each with the hash of the one before (records/seals.py)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "journal_seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal.id"], name=op.f("fk_journal_seals_entry_id_journal")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_journal_seals_entry_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER journal_seals_no_{verb.lower()} BEFORE {verb} ON journal_seals "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
    else:
        # The function is of migration 0002.
        op.execute(
            "CREATE TRIGGER journal_seals_append_only BEFORE UPDATE OR DELETE ON journal_seals "
            "FOR EACH ROW EXECUTE FUNCTION journal_append_only()"
        )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
