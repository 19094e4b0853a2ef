"""A procedure counts its saves, apart from the date of its record.

The two second-factor columns make room for what is sealed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    # Added in place: to copy the table would take its triggers with it.
    op.add_column(
        "procedures", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    if op.get_bind().dialect.name != "sqlite":  # which does not bound a text
        op.alter_column("people", "totp_secret", type_=sa.String(200))


def downgrade():
    raise NotImplementedError("there is no way back but the copy")
