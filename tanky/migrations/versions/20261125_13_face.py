"""What the commune's own face consists of, its days off, an urgent line, and the tasks of home."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# By the Labour Code, each year on the same day; those of the lunar year are for the site to add.
DAYS_OFF = (
    "01/01 Tết Dương lịch\n30/04 Ngày Chiến thắng\n01/05 Ngày Quốc tế lao động\n02/09 Quốc khánh"
)


def upgrade():
    # Added one by one: to copy the table would lose its triggers.
    for column in (
        sa.Column("days_off", sa.Text(), nullable=False, server_default=DAYS_OFF),
        sa.Column("palette", sa.String(20), nullable=False, server_default=""),
        sa.Column("urgent", sa.String(200), nullable=False, server_default=""),
        sa.Column("urgent_url", sa.String(300), nullable=False, server_default=""),
        sa.Column("urgent_from", sa.DateTime(), nullable=True),
        sa.Column("urgent_until", sa.DateTime(), nullable=True),
    ):
        op.add_column("site_identity", column)
    op.execute(
        "ALTER TABLE site_identity ADD COLUMN face_id INTEGER "
        "CONSTRAINT fk_site_identity_face_id REFERENCES media_files (id)"
    )
    op.create_table(
        "site_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("icon", sa.String(length=20), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_tasks")),
    )
    op.raises_content_number("site_tasks")


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
