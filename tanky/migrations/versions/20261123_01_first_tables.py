"""The first tables: identity, news, procedures, results, people, files

Revision ID: 0001
Revises:
Create Date: 2026-11-23 01:07:04.306091
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_notice", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
    )
    op.create_table(
        "fields",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fields")),
        sa.UniqueConstraint("name", name=op.f("uq_fields_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_fields_slug")),
    )
    op.create_table(
        "media_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("mimetype", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("widths", sa.JSON(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("digest", name=op.f("uq_media_files_digest")),
    )
    op.create_table(
        "menu_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_menu_items")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "writer", "editor", "chief", name="role", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("session_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("session_token", name=op.f("uq_people_session_token")),
        sa.UniqueConstraint("username", name=op.f("uq_people_username")),
    )
    op.create_table(
        "rate_windows",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_windows")),
    )
    op.create_table(
        "results_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_changes")),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("lede", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("cover_alt", sa.String(length=300), nullable=False),
        sa.Column("cover_caption", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "in_review",
                "published",
                "withdrawn",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("writer_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_articles_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["cover_id"], ["media_files.id"], name=op.f("fk_articles_cover_id")
        ),
        sa.ForeignKeyConstraint(
            ["writer_id"], ["people.id"], name=op.f("fk_articles_writer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index(
            "ix_articles_category_newest",
            ["category_id", "state", "published_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_articles_cover_id"), ["cover_id"], unique=False
        )
        batch_op.create_index(
            "ix_articles_newest", ["state", "published_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_articles_writer_id"), ["writer_id"], unique=False
        )

    op.create_table(
        "procedures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("decision", sa.String(length=200), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "Bộ", "Tỉnh", "Xã", "khác", name="level", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column(
            "online_service",
            sa.Enum(
                "cung cấp thông tin",
                "một phần",
                "toàn trình",
                name="onlineservice",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("online_url", sa.String(length=500), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("applicants", sa.JSON(), nullable=False),
        sa.Column("agency", sa.String(length=300), nullable=False),
        sa.Column("authority", sa.String(length=300), nullable=False),
        sa.Column("receiving_place", sa.String(length=500), nullable=False),
        sa.Column("partners", sa.String(length=500), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("source_url", sa.String(length=500), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["fields.id"], name=op.f("fk_procedures_field_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"],
            ["procedures.id"],
            name=op.f("fk_procedures_replaced_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedures")),
        sa.UniqueConstraint("code", name=op.f("uq_procedures_code")),
    )
    with op.batch_alter_table("procedures", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedures_field_id"), ["field_id"], unique=False
        )

    op.create_table(
        "results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=True),
        sa.Column("received", sa.Integer(), nullable=True),
        sa.Column("carried_over", sa.Integer(), nullable=True),
        sa.Column("settled_early", sa.Integer(), nullable=True),
        sa.Column("settled_on_time", sa.Integer(), nullable=True),
        sa.Column("settled_early_or_on_time", sa.Integer(), nullable=False),
        sa.Column("settled_late", sa.Integer(), nullable=False),
        sa.Column("open_in_time", sa.Integer(), nullable=True),
        sa.Column("open_late", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "first_month BETWEEN 1 AND month AND month <= 12",
            name=op.f("ck_results_months"),
        ),
        sa.CheckConstraint(
            "settled_early_or_on_time >= 0 AND settled_late >= 0",
            name=op.f("ck_results_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["fields.id"], name=op.f("fk_results_field_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
    )
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_results_field_id"), ["field_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_results_updated_at"), ["updated_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_results_year"), ["year"], unique=False)

    op.create_table(
        "site_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=80), nullable=False),
        sa.Column("superior", sa.String(length=200), nullable=False),
        sa.Column("editor_in_chief_label", sa.String(length=80), nullable=False),
        sa.Column("editor_in_chief", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("licence", sa.String(length=300), nullable=False),
        sa.Column("working_hours", sa.String(length=300), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("logo_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["logo_id"], ["media_files.id"], name=op.f("fk_site_identity_logo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_identity")),
    )
    op.create_table(
        "article_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.Column("happened_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_article_events_article_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_article_events_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_events")),
    )
    with op.batch_alter_table("article_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_article_events_article_id"), ["article_id"], unique=False
        )

    op.create_table(
        "autosaved_drafts",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_autosaved_drafts_article_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_autosaved_drafts_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "article_id", "person_id", name=op.f("pk_autosaved_drafts")
        ),
    )
    op.create_table(
        "procedure_channels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "Trực tiếp",
                "Trực tuyến",
                "Bưu chính",
                name="channelkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("time_limit", sa.String(length=200), nullable=False),
        sa.Column("fee", sa.String(length=300), nullable=False),
        sa.Column("charge", sa.String(length=300), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"],
            ["procedures.id"],
            name=op.f("fk_procedure_channels_procedure_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_channels")),
    )
    with op.batch_alter_table("procedure_channels", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_channels_procedure_id"),
            ["procedure_id"],
            unique=False,
        )

    op.create_table(
        "procedure_legal_basis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"],
            ["procedures.id"],
            name=op.f("fk_procedure_legal_basis_procedure_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_legal_basis")),
    )
    with op.batch_alter_table("procedure_legal_basis", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_legal_basis_procedure_id"),
            ["procedure_id"],
            unique=False,
        )

    op.create_table(
        "procedure_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("case", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=False),
        sa.Column("originals", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["form_id"], ["media_files.id"], name=op.f("fk_procedure_papers_form_id")
        ),
        sa.ForeignKeyConstraint(
            ["procedure_id"],
            ["procedures.id"],
            name=op.f("fk_procedure_papers_procedure_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure_papers")),
    )
    with op.batch_alter_table("procedure_papers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_procedure_papers_form_id"), ["form_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_procedure_papers_procedure_id"),
            ["procedure_id"],
            unique=False,
        )


def downgrade():
    with op.batch_alter_table("procedure_papers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_papers_procedure_id"))
        batch_op.drop_index(batch_op.f("ix_procedure_papers_form_id"))

    op.drop_table("procedure_papers")
    with op.batch_alter_table("procedure_legal_basis", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_legal_basis_procedure_id"))

    op.drop_table("procedure_legal_basis")
    with op.batch_alter_table("procedure_channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedure_channels_procedure_id"))

    op.drop_table("procedure_channels")
    op.drop_table("autosaved_drafts")
    with op.batch_alter_table("article_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_article_events_article_id"))

    op.drop_table("article_events")
    op.drop_table("site_identity")
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_results_year"))
        batch_op.drop_index(batch_op.f("ix_results_updated_at"))
        batch_op.drop_index(batch_op.f("ix_results_field_id"))

    op.drop_table("results")
    with op.batch_alter_table("procedures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_procedures_field_id"))

    op.drop_table("procedures")
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_articles_writer_id"))
        batch_op.drop_index("ix_articles_newest")
        batch_op.drop_index(batch_op.f("ix_articles_cover_id"))
        batch_op.drop_index("ix_articles_category_newest")

    op.drop_table("articles")
    op.drop_table("results_changes")
    op.drop_table("rate_windows")
    op.drop_table("people")
    op.drop_table("menu_items")
    op.drop_table("media_files")
    op.drop_table("fields")
    op.drop_table("categories")
