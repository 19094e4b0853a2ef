from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select, select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..site.fields import Field
from ..text import sanitise
from .models import OTHER_FIELDS, Paper, Procedure


class PublicProcedures(Public):
    model = Procedure
    is_ranked = is_service = True
    row_template = "procedures/_row.html"
    row_page = ("procedures.procedure", "code")
    found_as = ("thu-tuc", "Thủ tục")

    def visible(self) -> Select:
        return Procedure.listed()

    def named(self, name: str) -> Procedure | None:
        return db.session.scalar(Procedure.listed().where(Procedure.code == name))

    def exactly(self, words: str) -> Procedure | None:
        return self.named(words)

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Procedure.id, Procedure.version)
        rows = db.session.execute(Procedure.in_force().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        papers: dict[int, list[str]] = defaultdict(list)
        of_papers = select(Paper.procedure_id, Paper.name).where(Paper.procedure_id.in_(ids))
        for id, name in db.session.execute(of_papers):
            papers[id].append(name)
        fields: dict[int, list[tuple[str, str]]] = defaultdict(list)
        others = select(OTHER_FIELDS.c.procedure_id, Field.name, Field.slug).join(Field)
        in_others = others.where(OTHER_FIELDS.c.procedure_id.in_(ids))
        for id, name, slug in db.session.execute(in_others):
            fields[id].append((name, slug))
        # Columns alone: two thousand objects would leave a worker megabytes larger.
        columns = select(
            Procedure.id, Procedure.title, Procedure.code, Procedure.also_called,
            Procedure.keywords, Procedure.outcome, Procedure.applicants, Procedure.description,
            Procedure.steps, Procedure.conditions, Field.name.label("field"), Field.slug,
        )  # fmt: skip
        for row in db.session.execute(columns.join(Field).where(Procedure.id.in_(ids))):
            own = [(row.field, row.slug), *fields[row.id]]
            outcome = (part["name"] for part in row.outcome)
            steps = (f"{step['name']} {step['text']}" for step in row.steps)
            yield Entry(
                Procedure.SUBJECT,
                row.id,
                (row.title, row.code, *row.also_called),
                (
                    (
                        Where.OUTCOME,
                        " ".join((*(name for name, _ in own), *outcome, *row.keywords)),
                    ),
                    (Where.PAPERS, " ".join((*papers[row.id], *row.applicants))),
                    (
                        Where.STEPS,
                        sanitise.plain(" ".join((row.description, *steps, row.conditions))),
                    ),
                ),
                groups=tuple(slug for _, slug in own),
            )

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("procedures.index"))
        rows = Procedure.listed().where(Procedure.id.between(first, last)).order_by(Procedure.id)
        for procedure in db.session.scalars(rows):
            yield Place(procedure.url, procedure.updated_at)

    def outline(self) -> Outline:
        index = url_for("procedures.index")
        fields = Field.in_order()
        beneath = [Outline(field.name, f"{index}?linh-vuc={field.slug}") for field in fields]
        return Outline("Thủ tục hành chính", index, beneath)


PROCEDURES = PublicProcedures()
