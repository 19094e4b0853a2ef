from flask import Blueprint, Response, abort, render_template, request
from sqlalchemy import func, select

from ..base.db import db
from ..front.arguments import reads
from ..site.fields import Field
from ..web.conditional import wants_fragment
from ..web.pagination import paginate
from .models import Procedure

bp = Blueprint("procedures", __name__)
PER_PAGE = 25


@bp.get("/thu-tuc/")
@reads("q", "linh-vuc", "trang")
def index():
    words = request.args.get("q", "").strip()[:200]
    slug = request.args.get("linh-vuc", "")
    fields = Field.in_order()
    field = next((known for known in fields if known.slug == slug), None)
    if slug and field is None:
        abort(404)
    query = Procedure.matching(words, field)
    page = paginate(query, Procedure.id, (Procedure.title, Procedure.code), PER_PAGE)
    template = "procedures/_list.html" if wants_fragment() else "procedures/index.html"
    body = render_template(
        template,
        procedures=page.items,
        page=page,
        count=db.session.scalar(select(func.count()).select_from(query.subquery())),
        words=words,
        field=field,
        fields=fields,
        asked={"q": words or None, "linh-vuc": field.slug if field else None},
    )
    response = Response(body, mimetype="text/html")
    response.vary.add("HX-Request")
    return response


@bp.get("/thu-tuc/<code>")
@reads()
def procedure(code: str):
    listed = Procedure.listed().where(Procedure.code == code)
    return render_template("procedures/procedure.html", procedure=db.first_or_404(listed))
