from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request

from ..news.models import Article
from ..procedures import results
from ..site import identity
from ..templating import absolute

bp = Blueprint("embed", __name__)
# Address, what it is called, and the height in pixels that its content takes at 320 wide.
WIDGETS = {
    "/nhung/tthc": ("Kết quả giải quyết TTHC", 330),
    "/nhung/truy-cap": ("Lượt truy cập", 210),
    "/nhung/tin-moi": ("Tin mới", 420),
}
WIDTH = 320  # pixels
ITEMS = 5
REFRESH = 300  # seconds; a framed widget loads itself again


@bp.get("/nhung/")
def index():
    return render_template("embed/index.html", widgets=WIDGETS, line=_line)


@bp.get("/nhung/tthc")
def tthc():
    return _widget("embed/tthc.html", results=results.latest())


@bp.get("/nhung/truy-cap")
def counters():
    figures = current_app.extensions["tally"].figures().seen_by_a_person()
    return _widget("embed/counters.html", figures=figures)


@bp.get("/nhung/tin-moi")
def news():
    return _widget("embed/news.html", articles=Article.newest(ITEMS))


@bp.get("/oembed")
def oembed():
    """A widget's address as an oEmbed answer of type rich (https://oembed.com, section 2.3.4)."""
    if request.args.get("format", "json") != "json":
        abort(501)
    asked = urlsplit(request.args.get("url", ""))
    if asked.netloc != urlsplit(absolute("/")).netloc or asked.path not in WIDGETS:
        abort(404)
    title, height = WIDGETS[asked.path]
    answer = jsonify(
        version="1.0",
        type="rich",
        title=title,
        provider_name=identity.current().name,
        provider_url=absolute("/"),
        html=_line(asked.path),
        width=WIDTH,
        height=height,
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _widget(template: str, **content) -> Response:
    response = Response(render_template(template, **content), mimetype="text/html")
    response.headers["Refresh"] = str(REFRESH)
    return response


def _line(path: str) -> str:
    """The line of HTML that another site pastes."""
    title, height = WIDGETS[path]
    return (
        f'<iframe src="{absolute(path)}" title="{title}" width="{WIDTH}" height="{height}" '
        'loading="lazy" style="border:0;max-width:100%"></iframe>'
    )
