"""Which sites may show widgets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "site_identity", sa.Column("framed_by", sa.JSON(), server_default="[]", nullable=False)
    )


def downgrade():
    op.drop_column("site_identity", "framed_by")
