"""How many articles of each category came out in each month, kept by triggers.

A page far back in a list begins at its month instead of counting off all that is newer
(news/months.py). On SQLite a later migration that copies ``articles`` has to make its triggers
anew; a test looks for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Months since the year 0, UTC.
SQLITE_MONTH = (
    "CAST(strftime('%Y', {row}.published_at) AS INTEGER) * 12"
    " + CAST(strftime('%m', {row}.published_at) AS INTEGER) - 1"
)
POSTGRES_MONTH = (
    "(extract(year FROM {row}.published_at) * 12"
    " + extract(month FROM {row}.published_at) - 1)::integer"
)
IN = "{row}.state = 'published' AND {row}.published_at IS NOT NULL"
# In one order, so that no two transactions wait for each other; what stays as it is is not touched.
ADD = """INSERT INTO article_months (category_id, month, articles)
SELECT category_id, month, sum(n) FROM ({changes}) AS changes
GROUP BY category_id, month HAVING sum(n) <> 0 ORDER BY category_id, month
ON CONFLICT (category_id, month) DO UPDATE SET articles = article_months.articles + excluded.articles;"""


def upgrade():
    op.create_table(
        "article_months",
        sa.Column("category_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("month", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", "month", name=op.f("pk_article_months")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    month = SQLITE_MONTH if sqlite else POSTGRES_MONTH

    def change(row: str, n: int, source: str = "") -> str:
        columns = f"coalesce({{row}}.category_id, 0) AS category_id, {month} AS month, {n} AS n"
        return f"SELECT {columns} {source} WHERE {IN}".format(row=row)

    old, new = change("old", -1), change("new", 1)
    if sqlite:
        columns = "UPDATE OF state, published_at, category_id"
        for name, event, changes in (
            ("insert", "INSERT", new), ("update", columns, f"{old} UNION ALL {new}"),
            ("delete", "DELETE", old),
        ):  # fmt: skip
            op.execute(
                f"CREATE TRIGGER article_months_{name} AFTER {event} ON articles "
                f"BEGIN {ADD.format(changes=changes)} END"
            )
    else:
        # An inserted row has an old one of nothing but nulls, a deleted one a new one.
        op.execute(
            "CREATE FUNCTION article_months_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF TG_OP = 'TRUNCATE' THEN TRUNCATE article_months; RETURN NULL; END IF; "
            f"{ADD.format(changes=f'{old} UNION ALL {new}')} RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER article_months_follow "
            "AFTER INSERT OR DELETE OR UPDATE OF state, published_at, category_id ON articles "
            "FOR EACH ROW EXECUTE FUNCTION article_months_follow()"
        )
        op.execute(
            "CREATE TRIGGER article_months_emptied AFTER TRUNCATE ON articles "
            "FOR EACH STATEMENT EXECUTE FUNCTION article_months_follow()"
        )
    op.execute(ADD.format(changes=change("articles", 1, "FROM articles")))


def downgrade():
    """There is no way back: restore a backup instead."""
    raise NotImplementedError
