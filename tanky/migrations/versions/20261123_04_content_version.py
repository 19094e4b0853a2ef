"""The number of the content's state, by which kept pages are known to be current.

Triggers raise it, so that it goes up whoever makes the change, and by what way. On SQLite a later
migration that copies a table has to make its triggers anew; a test looks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What residents may see something of: the models' SHOWN.
TABLES = (
    "articles", "categories", "fields", "media_files", "menu_items", "procedures",
    "procedure_channels", "procedure_legal_basis", "procedure_papers", "results",
    "results_changes", "site_identity",
)  # fmt: skip
RAISE = """INSERT INTO content_version (id, number) VALUES (1, 1)
ON CONFLICT (id) DO UPDATE SET number = content_version.number + 1;"""
# Once in each transaction and as its last act: so that no two transactions wait for each other,
# each holding what the other wants.
FUNCTION = f"""CREATE FUNCTION content_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF current_setting('tanky.changed', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
PERFORM set_config('tanky.changed', pg_current_xact_id()::text, true);
{RAISE}
END IF;
RETURN NULL; END $$"""


def upgrade():
    op.create_table(
        "content_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_version")),
    )
    op.create_index("ix_articles_withdraw_at", "articles", ["withdraw_at"])
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb in ("INSERT", "UPDATE", "DELETE"):
                name = f"{table}_changed_by_{verb.lower()}"
                op.execute(f"CREATE TRIGGER {name} AFTER {verb} ON {table} BEGIN {RAISE} END")
    else:
        op.execute(FUNCTION)
        for table in TABLES:
            op.execute(
                f"CREATE CONSTRAINT TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE "
                f"ON {table} DEFERRABLE INITIALLY DEFERRED "
                "FOR EACH ROW EXECUTE FUNCTION content_changed()"
            )


def downgrade():
    """There is no way back: restore a backup instead."""
    raise NotImplementedError
