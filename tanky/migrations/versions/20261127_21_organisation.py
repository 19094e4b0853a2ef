"""Units, people, channels and the service centre; which page is which heading of the law."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "organisation_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("functions", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("trashed_at", sa.DateTime(), nullable=True),
        sa.Column("trashed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["organisation_units.id"],
            name=op.f("fk_organisation_units_parent_id_organisation_units"),
        ),
        sa.ForeignKeyConstraint(
            ["trashed_by_id"],
            ["people.id"],
            name=op.f("fk_organisation_units_trashed_by_id_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_units")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_organisation_units_parent_id"), "organisation_units", ["parent_id"])
    op.create_table(
        "officials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=200), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("portrait_id", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("biography", sa.Text(), nullable=False),
        sa.Column("is_spokesperson", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("trashed_at", sa.DateTime(), nullable=True),
        sa.Column("trashed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portrait_id"], ["media_files.id"], name=op.f("fk_officials_portrait_id_media_files")
        ),
        sa.ForeignKeyConstraint(
            ["trashed_by_id"], ["people.id"], name=op.f("fk_officials_trashed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"],
            ["organisation_units.id"],
            name=op.f("fk_officials_unit_id_organisation_units"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officials")),
        sa.UniqueConstraint("slug", name=op.f("uq_officials_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_officials_unit_id"), "officials", ["unit_id"])
    op.create_index(op.f("ix_officials_portrait_id"), "officials", ["portrait_id"])
    op.create_table(
        "official_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_channels")),
    )
    op.create_table(
        "service_centre",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("working_hours", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("state_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_centre")),
    )
    for table in ("organisation_units", "officials", "official_channels", "service_centre"):
        op.raises_content_number(table)
    op.add_column(
        "pages", sa.Column("slot", sa.String(length=40), nullable=False, server_default="")
    )
    op.add_column("site_identity", sa.Column("accessibility_checked_on", sa.Date(), nullable=True))
    op.add_column(
        "site_identity",
        sa.Column("accessibility_result", sa.Text(), nullable=False, server_default=""),
    )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
