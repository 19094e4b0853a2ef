"""The colour that stands where a photo will be."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "media_files", sa.Column("tint", sa.String(3), server_default="", nullable=False)
    )


def downgrade():
    op.drop_column("media_files", "tint")
