"""Addresses of before, and where they lead."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "redirects",
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_redirects")),
    )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
