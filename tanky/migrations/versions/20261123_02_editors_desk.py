"""The editors' desk: journal, revisions, trash, sessions, two factors, preview links

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23 05:21:13.485108
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# An entry of the journal is never changed and never goes.
APPEND_ONLY = {
    "sqlite": [
        f"""CREATE TRIGGER journal_no_{verb.lower()} BEFORE {verb} ON journal
            BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"""
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        """CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$""",
        """CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal
           FOR EACH ROW EXECUTE FUNCTION journal_append_only()""",
    ],
}


# Ids that the journal and the revisions name never come back.
NEVER_REUSED = {"sqlite_autoincrement": True}


def upgrade():
    op.create_table(
        "role_rules",
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("demands_two_factors", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_role_rules")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person_name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_journal_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_happened_at"), ["happened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_journal_subject", ["subject", "subject_id"], unique=False)

    op.create_table(
        "pending_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_pending_imports_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_imports")),
    )
    with op.batch_alter_table("pending_imports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pending_imports_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_revisions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint(
            "subject", "subject_id", "number", name=op.f("uq_revisions_subject_subject_id_number")
        ),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sign_ins_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_ins_digest")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_person_id"), ["person_id"], unique=False)

    op.create_table(
        "presences",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_presences_article_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_presences_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "person_id", name=op.f("pk_presences")),
    )
    op.create_table(
        "preview_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_preview_links_article_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["people.id"], name=op.f("fk_preview_links_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_preview_links_digest")),
    )
    with op.batch_alter_table("preview_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_preview_links_article_id"), ["article_id"], unique=False
        )

    # What happened to an article moves into the journal.
    op.execute("""
        INSERT INTO journal (happened_at, person_id, person_name, address, action,
                             subject, subject_id, label, remark)
        SELECT e.happened_at, e.person_id, coalesce(p.name, ''), '', e.action,
               'article', e.article_id, a.title, e.remark
        FROM article_events e JOIN articles a ON a.id = e.article_id
        LEFT JOIN people p ON p.id = e.person_id ORDER BY e.id
    """)
    op.drop_table("article_events")
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("articles", table_kwargs=NEVER_REUSED) as batch_op:
        batch_op.add_column(sa.Column("withdraw_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("trashed_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("trashed_by_id", sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_articles_category_newest"))
        batch_op.create_index(
            "ix_articles_category_newest",
            ["category_id", "state", "published_at", "id", "withdraw_at"],
            unique=False,
        )
        batch_op.drop_index(batch_op.f("ix_articles_newest"))
        batch_op.create_index(
            "ix_articles_newest", ["state", "published_at", "id", "withdraw_at"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_articles_trashed_by_id"), "people", ["trashed_by_id"], ["id"]
        )
        batch_op.create_check_constraint("trash", "trashed_at IS NULL OR state != 'published'")

    with op.batch_alter_table("media_files", table_kwargs=NEVER_REUSED) as batch_op:
        batch_op.add_column(sa.Column("formats", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("focus_x", sa.Integer(), server_default="50", nullable=False))
        batch_op.add_column(sa.Column("focus_y", sa.Integer(), server_default="50", nullable=False))
        batch_op.add_column(sa.Column("pages", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("title", sa.String(length=200), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("uploaded_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("trashed_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("trashed_by_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_media_files_uploaded_at"), ["uploaded_at"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_media_files_uploaded_by_id"), "people", ["uploaded_by_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_media_files_trashed_by_id"), "people", ["trashed_by_id"], ["id"]
        )
    op.execute("UPDATE media_files SET formats = '[\"webp\"]' WHERE width IS NOT NULL")

    with op.batch_alter_table("people", table_kwargs=NEVER_REUSED) as batch_op:
        batch_op.add_column(
            sa.Column(
                "must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False
            )
        )
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("link_digest", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("link_expires_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("recovery_digests", sa.JSON(), server_default="[]", nullable=False)
        )
        batch_op.drop_constraint(batch_op.f("uq_people_session_token"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_people_link_digest"), ["link_digest"])
        batch_op.drop_column("session_token")

    with op.batch_alter_table("procedures", table_kwargs=NEVER_REUSED) as batch_op:
        batch_op.add_column(sa.Column("trashed_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("trashed_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_procedures_trashed_by_id"), "people", ["trashed_by_id"], ["id"]
        )
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("results", recreate="always", table_kwargs=NEVER_REUSED):
            pass


def downgrade():
    """There is no way back: revisions and the journal would be lost. Restore a backup instead."""
    raise NotImplementedError
