"""What the law has a commune publish, where a site says otherwise than the software."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "duties",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("citation", sa.String(length=200), nullable=False),
        sa.Column("slot", sa.String(length=60), nullable=False),
        sa.Column("term", sa.String(length=120), nullable=False),
        sa.Column("fresh_days", sa.Integer(), nullable=True),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("is_dropped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_duties")),
    )
    op.create_table(
        "duty_confirmations",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_duty_confirmations")),
    )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
