from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import func, select

from ..base.alphabet import in_alphabet
from ..base.db import db
from ..counters.views import reason_left_out
from ..front.arguments import reads
from ..records import finder, vain
from ..records.public import services
from ..records.trash import first_or_gone
from ..site.fields import Field
from ..web.conditional import wants_fragment
from ..web.pagination import page_number, page_with, paginate, rows_before
from ..web.squares import Squares
from ..web.templating import absolute
from .models import Procedure
from .public import PROCEDURES

bp = Blueprint("procedures", __name__)
PER_PAGE = 25
NO_CASE = "khong-thuoc-truong-hop-nao"
ALL_CASES = "tat-ca"  # the address before a page without a choice showed them all


@bp.get("/thu-tuc/")
@reads("q", "linh-vuc", "trang")
def index():
    words = request.args.get("q", "").strip()[:200]
    slug = request.args.get("linh-vuc", "")
    fields = Field.in_order()
    field = next((known for known in fields if known.slug == slug), None)
    if slug and field is None:
        abort(404)
    template = "procedures/_list.html" if wants_fragment() else "procedures/index.html"
    body = render_template(
        template,
        **(_found(words, slug) if words else _catalogue(field)),
        words=words,
        field=field,
        fields=fields,
        asked={"q": words or None, "linh-vuc": slug or None},
    )
    response = Response(body, mimetype="text/html")
    response.vary.add("HX-Request")
    return response


def _found(words: str, slug: str) -> dict:
    """Whatever there is to get done that the words may mean, the best first."""
    number = page_number()
    first = rows_before(number, PER_PAGE)
    found = finder.find(words, services(), slice(first, first + PER_PAGE), slug)
    is_whole_search = number == 1 and not slug
    is_persons = is_whole_search and not reason_left_out(is_page=not wants_fragment())
    vain.note(words, found.is_found, is_persons)
    return {
        "rows": found.rows,
        "page": page_with(found.rows, number, found.count - first, PER_PAGE),
        "count": found.count if found.is_found else 0,
    }


def _catalogue(field: Field | None) -> dict:
    """All procedures in force, by title."""
    query = Procedure.in_force()
    if field:
        query = query.where(Procedure.within(field))
    page = paginate(query, Procedure.id, (in_alphabet(Procedure.title), Procedure.code), PER_PAGE)
    return {
        "rows": [(PROCEDURES, procedure) for procedure in page.items],
        "page": page,
        "count": db.session.scalar(select(func.count()).select_from(query.subquery())),
    }


@bp.get("/thu-tuc/<code>")
@reads("truong-hop")
def procedure(code: str):
    procedure, case = _asked(code)
    return render_template(
        "procedures/procedure.html", procedure=procedure, case=case, no_case=NO_CASE
    )


@bp.get("/thu-tuc/<code>/phieu")
@reads("truong-hop")
def checklist(code: str):
    """What to bring and where, on one sheet of paper."""
    procedure, case = _asked(code)
    page = absolute(procedure.url) + (f"?truong-hop={case}" if case else "")
    return render_template(
        "procedures/checklist.html",
        procedure=procedure,
        case=case,
        page=page,
        squares=Squares.of(page),
    )


def _asked(code: str) -> tuple[Procedure, str]:
    """The procedure, and the case that ``?truong-hop=`` names: "" where none was chosen yet.

    :raises NotFound: there is no such procedure or case.
    """
    procedure = first_or_gone(Procedure.listed(), Procedure.code == code)
    case = request.args.get("truong-hop", "")
    if case == ALL_CASES and case not in dict(procedure.cases):
        case = ""
    if case and case not in {NO_CASE, *dict(procedure.cases)}:
        abort(404)
    return procedure, case
