"""The months of articles go: lists are bounded by years (news/archive.py)."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    if op.get_bind().dialect.name == "sqlite":
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER article_months_{event}")
    else:
        op.execute("DROP TRIGGER article_months_emptied ON articles")
        op.execute("DROP TRIGGER article_months_follow ON articles")
        op.execute("DROP FUNCTION article_months_follow()")
    op.drop_table("article_months")


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
