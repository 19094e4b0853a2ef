"""Results: how many dossiers came online, and how many in person or by post. The site: where the
national portal is."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    for name in ("received_online", "received_in_person"):
        op.add_column("results", sa.Column(name, sa.Integer(), nullable=True))
    portal = sa.Column(
        "national_portal",
        sa.String(length=300),
        server_default="https://dichvucong.gov.vn/",
        nullable=False,
    )
    op.add_column("site_identity", portal)


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
