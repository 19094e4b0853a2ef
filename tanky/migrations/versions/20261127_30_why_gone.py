"""Why something was thrown away, or a page withdrawn: told to who comes by its old address."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = (
    "albums", "articles", "bulletins", "disclosures", "documents", "events", "life_events",
    "media_files", "notices", "officials", "organisation_units", "pages", "procedures", "signposts",
)  # fmt: skip


def upgrade():
    reason = sa.String(length=300)
    for table in TABLES:
        column = sa.Column("trashed_because", reason, server_default="", nullable=False)
        op.add_column(table, column)
    op.add_column("pages", sa.Column("withdrawn_at", sa.DateTime(), nullable=True))
    column = sa.Column("withdrawn_because", reason, server_default="", nullable=False)
    op.add_column("pages", column)


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
