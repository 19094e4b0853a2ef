"""Why an article was taken down, for those who come to its address."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "articles",
        sa.Column("withdrawn_because", sa.String(length=300), server_default="", nullable=False),
    )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
