"""A procedure counts its saves, apart from the date of its record; which text shows which file.

The column of the second factor makes room for what is sealed. The references of what is there are
read off its texts.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = re.compile(r"/(?:anh|tep)/([0-9a-f]{24})\b")
BATCH = 500


def upgrade():
    # Added in place: to copy the table would take its triggers with it.
    op.add_column(
        "procedures", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column(
        "articles", sa.Column("decorative", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("people") as people:
        people.alter_column(
            "totp_secret", existing_type=sa.String(64), type_=sa.String(200), existing_nullable=True
        )
    op.create_table(
        "file_references",
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", "key", name=op.f("pk_file_references")),
    )
    op.create_index("ix_file_references_key", "file_references", ["key"])
    fill("article", "articles", ("body",), "cover_id")
    fill("procedure", "procedures", ("steps", "conditions"), "")
    op.execute(
        "INSERT INTO file_references SELECT DISTINCT 'procedure', p.procedure_id, "
        "substr(f.digest, 1, 24) FROM procedure_papers p JOIN media_files f ON f.id = p.form_id "
        "WHERE NOT EXISTS (SELECT 1 FROM file_references r WHERE r.subject = 'procedure' "
        "AND r.subject_id = p.procedure_id AND r.key = substr(f.digest, 1, 24))"
    )


def fill(subject: str, table: str, texts: tuple[str, ...], file: str) -> None:
    connection = op.get_bind()
    references = sa.table(
        "file_references", sa.column("subject"), sa.column("subject_id"), sa.column("key")
    )
    columns = [f"t.{name}" for name in texts]
    join = f"LEFT JOIN media_files f ON f.id = t.{file}" if file else ""
    columns.append("substr(f.digest, 1, 24)" if file else "NULL")
    query = sa.text(
        f"SELECT t.id, {', '.join(columns)} FROM {table} t {join} "
        "WHERE t.id > :last ORDER BY t.id LIMIT :batch"
    )
    last = 0
    while rows := connection.execute(query, {"last": last, "batch": BATCH}).fetchall():
        found = [
            {"subject": subject, "subject_id": id, "key": key}
            for id, *values, own in rows
            for key in {*KEY.findall(" ".join(values)), *([own] if own else [])}
        ]
        if found:
            connection.execute(sa.insert(references), found)
        last = rows[-1][0]


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
