"""The number of the content's state, by which kept pages are known to be current."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "content_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_version")),
    )
    op.create_index("ix_articles_withdraw_at", "articles", ["withdraw_at"])


def downgrade():
    op.drop_index("ix_articles_withdraw_at", "articles")
    op.drop_table("content_version")
