"""The map of a commune's hamlets, as it is drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("site_identity", sa.Column("hamlets", sa.JSON(), nullable=True))


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
