"""Procedures as the national record has them: several levels and fields, named steps, a number and
a unit of time, sums to pay, several forms a paper, codes of outcomes, what is related."""

import sqlalchemy as sa
from alembic import op
from tanky.procedures.record import CHANNELS, RECORD

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

AT_ONCE = 200
BAR = "\ue000"  # stands for "|"; a private letter, in no text
LISTS = ("keywords", "related", "steps")
NO_LIMIT = '{"number": null, "unit": "", "note": ""}'


def upgrade():
    connection = op.get_bind()
    # Read first: PostgreSQL alters no table whose rows were changed in the same step.
    procedures = _rows("SELECT id, level, steps, outcome FROM procedures", "outcome")
    channels = _rows("SELECT id, time_limit, fee, charge FROM procedure_channels")
    forms = _rows("SELECT id, form_id FROM procedure_papers WHERE form_id IS NOT NULL")
    _alter_procedures()
    _alter_rows(connection.dialect.name == "sqlite")
    for row in procedures:
        _update("procedures", row.id, {
            "levels": [row.level],
            "steps": _steps(row.steps),
            "outcome": [{"name": name, "code": ""} for name in row.outcome],
        })  # fmt: skip
    for row in channels:
        parts = ("time_limit", "fee", "charge")
        given = {part: CHANNELS[part].parse(getattr(row, part)) for part in parts}
        _update("procedure_channels", row.id, given)
    for row in forms:
        connection.execute(
            sa.text("INSERT INTO procedure_paper_forms VALUES (:paper, :file, 0)"),
            {"paper": row.id, "file": row.form_id},
        )
    _widen_revisions(connection)


def _alter_procedures():
    for name in ("level", "steps"):
        op.drop_column("procedures", name)
    text = sa.Text()
    agency = sa.String(length=300)
    for column in (
        sa.Column("levels", sa.JSON(), server_default='["Xã"]', nullable=False),
        *(sa.Column(name, sa.JSON(), server_default="[]", nullable=False) for name in LISTS),
        sa.Column("description", text, server_default="", nullable=False),
        sa.Column("authorised_agency", agency, server_default="", nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
    ):
        op.add_column("procedures", column)
    op.create_table(
        "procedure_fields",
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedures.id"], ondelete="CASCADE",
            name=op.f("fk_procedure_fields_procedure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["fields.id"], name=op.f("fk_procedure_fields_field_id")
        ),
        sa.PrimaryKeyConstraint("procedure_id", "field_id", name=op.f("pk_procedure_fields")),
    )  # fmt: skip
    op.create_index(op.f("ix_procedure_fields_field_id"), "procedure_fields", ["field_id"])
    op.raises_content_number("procedure_fields")


def _alter_rows(on_sqlite: bool):
    for name, default in (("time_limit", NO_LIMIT), ("fee", "[]"), ("charge", "[]")):
        op.drop_column("procedure_channels", name)
        column = sa.Column(name, sa.JSON(), server_default=default, nullable=False)
        op.add_column("procedure_channels", column)
    op.drop_index("ix_procedure_papers_form_id", "procedure_papers")
    with op.batch_alter_table("procedure_papers") as papers:
        papers.drop_constraint("fk_procedure_papers_form_id", type_="foreignkey")
        papers.drop_column("form_id")
    if on_sqlite:
        # The table was copied; its triggers went with the old one.
        op.raises_content_number("procedure_papers")
    op.create_table(
        "procedure_paper_forms",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["procedure_papers.id"], ondelete="CASCADE",
            name=op.f("fk_procedure_paper_forms_paper_id"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["media_files.id"], name=op.f("fk_procedure_paper_forms_file_id")
        ),
        sa.PrimaryKeyConstraint("paper_id", "file_id", name=op.f("pk_procedure_paper_forms")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_procedure_paper_forms_file_id"), "procedure_paper_forms", ["file_id"]
    )
    op.raises_content_number("procedure_paper_forms")


def _widen_revisions(connection):
    """What a procedure said before can be brought back, in the form of the record of now."""
    query = sa.text(
        "SELECT id, content FROM revisions WHERE subject = 'procedure' AND id > :last "
        f"ORDER BY id LIMIT {AT_ONCE}"
    ).columns(content=sa.JSON())
    last = 0
    while rows := connection.execute(query, {"last": last}).all():
        for row in rows:
            _update("revisions", row.id, {"content": _widened(row.content)})
        last = rows[-1].id


def _widened(record):
    """What is younger than the version stays out of it: taken back, it leaves that as it is."""
    record = dict(record)
    return record | {
        "levels": [record.pop("level")],
        "steps": _steps(record["steps"]),
        "outcome": [{"name": name, "code": ""} for name in record["outcome"]],
        "channels": [
            row | {part: CHANNELS[part].parse(row[part]) for part in ("time_limit", "fee", "charge")}
            for row in record["channels"]
        ],
        "papers": [
            {name: value for name, value in row.items() if name != "form_id"}
            | {"forms": [{"file_id": row["form_id"]}] if row.get("form_id") else []}
            for row in record["papers"]
        ],
    }


def _steps(html):
    """The items of a list as steps. A bar was a letter like any other: it parts no name off."""
    steps = RECORD["steps"].parse(html.replace("|", BAR))
    return [{"name": "", "text": step["text"].replace(BAR, "|")} for step in steps]


def _rows(query, *lists):
    types = dict.fromkeys(lists, sa.JSON())
    return op.get_bind().execute(sa.text(query).columns(**types)).all()


def _update(table, id, values):
    named = ", ".join(f"{name} = :{name}" for name in values)
    update = sa.text(f"UPDATE {table} SET {named} WHERE id = :id")
    update = update.bindparams(*(sa.bindparam(name, type_=sa.JSON()) for name in values))
    op.get_bind().execute(update, values | {"id": id})


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
