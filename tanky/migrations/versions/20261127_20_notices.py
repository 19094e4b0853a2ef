"""Notices; the urgent line of before becomes one of them."""

from datetime import UTC, datetime, timedelta
from html import escape

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("is_observed", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("advice", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("is_interruption", sa.Boolean(), nullable=False),
        sa.Column("stops_at", sa.DateTime(), nullable=True),
        sa.Column("resumes_at", sa.DateTime(), nullable=True),
        sa.Column("late_because", sa.String(length=300), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=300), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("trashed_at", sa.DateTime(), nullable=True),
        sa.Column("trashed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "trashed_at IS NULL OR published_at IS NULL", name=op.f("ck_notices_trash")
        ),
        sa.ForeignKeyConstraint(
            ["trashed_by_id"], ["people.id"], name=op.f("fk_notices_trashed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_ends_at", "notices", ["ends_at"])
    op.raises_content_number("notices")
    _take_over_urgent_lines()
    for name in ("urgent", "urgent_url", "urgent_from", "urgent_until"):
        op.drop_column("site_identity", name)


def _take_over_urgent_lines():
    """What the line said stays above every page; where it had no end, for a week more."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT urgent, urgent_url, urgent_from, urgent_until, updated_at FROM site_identity "
            "WHERE urgent <> ''"
        ).columns(
            urgent_from=sa.DateTime(), urgent_until=sa.DateTime(), updated_at=sa.DateTime()
        )
    ).all()
    notices = sa.table(
        "notices",
        *map(sa.column, ("title", "grade", "category", "place", "advice", "body", "late_because",
                         "withdrawn_because", "version", "published_version")),
        *(sa.column(name, sa.DateTime())
          for name in ("begins_at", "ends_at", "published_at", "updated_at")),
        *(sa.column(name, sa.Boolean()) for name in ("is_observed", "is_interruption", "is_sample")),
    )  # fmt: skip
    now = datetime.now(UTC).replace(tzinfo=None)
    for row in rows:
        made = connection.execute(
            notices.insert().values(
                title=row.urgent[:160],
                grade="khẩn cấp",
                category="việc khác",
                is_observed=False,
                place="",
                advice=row.urgent,
                body=f'<p><a href="{escape(row.urgent_url)}">Đọc thêm</a></p>' if row.urgent_url else "",
                begins_at=row.urgent_from,
                ends_at=row.urgent_until or max(row.urgent_from or now, now) + timedelta(days=7),
                is_interruption=False,
                late_because="",
                published_at=row.updated_at,
                withdrawn_because="",
                updated_at=row.updated_at,
                version=1,
                published_version=1,
                is_sample=False,
            )
            .returning(sa.column("id"))
        ).scalar_one()
        connection.execute(
            sa.text(
                "INSERT INTO journal (happened_at, person_name, address, action, subject, "
                "subject_id, label, remark) VALUES (:now, '', 'máy chủ', 'imported', 'notice', "
                ":id, :label, 'tin khẩn của bản trước')"
            ).bindparams(sa.bindparam("now", type_=sa.DateTime())),
            {"now": now, "id": made, "label": row.urgent[:160]},
        )


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
