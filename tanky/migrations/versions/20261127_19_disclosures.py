"""Công khai: headings, items, their postings, plans; when the portal did not run."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "outages",
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("began_at", name=op.f("pk_outages")),
    )
    op.create_table(
        "disclosure_headings",
        sa.Column("number", sa.String(length=6), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("citation", sa.String(length=200), nullable=False),
        sa.Column("least_days", sa.Integer(), nullable=True),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("due_is_working", sa.Boolean(), nullable=False),
        sa.Column("due_from", sa.String(length=120), nullable=False),
        sa.Column("period_months", sa.Integer(), nullable=True),
        sa.Column("is_spoken", sa.Boolean(), nullable=False),
        sa.Column("holds_names", sa.Boolean(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_disclosure_headings")),
    )
    op.create_table(
        "disclosure_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=300), nullable=False),
        sa.Column("form", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("duration", sa.String(length=120), nullable=False),
        sa.Column("responsible", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_plans")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_disclosure_plans_year", "disclosure_plans", ["year", "position"])
    op.create_table(
        "information_listed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("form", sa.String(length=200), nullable=False),
        sa.Column("duration", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_listed")),
    )
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=6), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("has_names", sa.Boolean(), nullable=False),
        sa.Column("posted_until", sa.Date(), nullable=True),
        sa.Column("shorter_because", sa.String(length=300), nullable=False),
        sa.Column("office_from", sa.Date(), nullable=True),
        sa.Column("office_until", sa.Date(), nullable=True),
        sa.Column("office_place", sa.String(length=200), nullable=False),
        sa.Column("broadcasts", sa.JSON(), nullable=False),
        sa.Column("responsible", sa.String(length=120), nullable=False),
        sa.Column("planned_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=300), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("trashed_at", sa.DateTime(), nullable=True),
        sa.Column("trashed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["planned_id"],
            ["disclosure_plans.id"],
            name=op.f("fk_disclosures_planned_id_disclosure_plans"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["trashed_by_id"], ["people.id"], name=op.f("fk_disclosures_trashed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_disclosures_heading", "disclosures", ["heading", "id"])
    op.create_index(op.f("ix_disclosures_planned_id"), "disclosures", ["planned_id"])
    op.create_table(
        "disclosure_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["disclosures.id"],
            name=op.f("fk_disclosure_files_item_id_disclosures"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["media_files.id"], name=op.f("fk_disclosure_files_file_id_media_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_files")),
    )
    op.create_index(op.f("ix_disclosure_files_item_id"), "disclosure_files", ["item_id"])
    op.create_index(op.f("ix_disclosure_files_file_id"), "disclosure_files", ["file_id"])
    op.create_table(
        "disclosure_postings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("heading", sa.String(length=6), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("has_names", sa.Boolean(), nullable=False),
        sa.Column("responsible", sa.String(length=120), nullable=False),
        sa.Column("forms", sa.JSON(), nullable=False),
        sa.Column("withdrawn_because", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["disclosures.id"],
            name=op.f("fk_disclosure_postings_item_id_disclosures"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_postings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_disclosure_postings_item_id"), "disclosure_postings", ["item_id"])
    op.create_index(
        "ix_disclosure_postings_span", "disclosure_postings", ["began_at", "ended_at"]
    )
    for name, length in (
        ("information_contact", 200), ("information_address", 300), ("complaint_address", 300),
    ):
        op.add_column(
            "site_identity",
            sa.Column(name, sa.String(length=length), nullable=False, server_default=""),
        )
    op.execute(
        "ALTER TABLE site_identity ADD COLUMN request_form_id INTEGER "
        "CONSTRAINT fk_site_identity_request_form_id_media_files REFERENCES media_files (id)"
    )
    for table in (
        "outages", "disclosure_headings", "disclosure_plans", "information_listed", "disclosures",
        "disclosure_files", "disclosure_postings",
    ):
        op.raises_content_number(table)


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
