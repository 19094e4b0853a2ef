from collections.abc import Callable
from dataclasses import replace

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)

from ..base.extensions import csrf
from ..front.arguments import reads
from ..web.page import current_page
from .preferences import COOKIE, Preferences, of

bp = Blueprint("display", __name__)
YEAR = 365 * 24 * 3600  # seconds


def init_app(app: Flask, on_tap: Callable[[str], str]) -> None:
    """:param on_tap: a page with links in the place of its pictures."""
    app.extensions["pictures_on_tap"] = on_tap
    app.jinja_env.globals["display"] = current


def current() -> Preferences:
    """How this page is to look. Only a page that asks differs by it.

    Pages of those who chose nothing do not say that they vary by cookie, which would keep many a
    cache from them: since each use of one is asked for anew, the cookie is seen in time.
    """
    if "display" not in g:
        g.display = of(request.environ)
        page = current_page()
        page.varies_by.add("Save-Data")
        if g.display.cookie:
            page.varies_by.add("Cookie")
        if g.display.saving:
            page.rewrite = current_app.extensions["pictures_on_tap"]
    return g.display


@bp.get("/hien-thi")
@reads("ve")
def form():
    back = _ours(request.args.get("ve", "")) or "/"
    return render_template("display/form.html", back=back, chosen=current())


# Without a token, which would need a cookie that tells people apart: all that a forged form could
# do is to enlarge the text, and a browser that says whence it comes is refused.
@bp.post("/hien-thi")
@csrf.exempt
def choose():
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    chosen = of(request.environ)
    try:
        chosen = replace(
            chosen,
            text=_digit("chu", chosen.text, 2),
            contrast=bool(_digit("tuong-phan", chosen.contrast, 1)),
            on_tap=bool(_digit("tiet-kiem", chosen.on_tap, 1)),
            scheme=_digit("nen", chosen.scheme, 2),
        )
    except ValueError:
        abort(400)
    # Back to the choices, where the next one can be made and all is seen as it will be.
    response = redirect(url_for("display.form", ve=_ours(request.form.get("ve", ""))), 303)
    if chosen.cookie:
        secure = current_app.session_interface.get_cookie_secure(current_app)
        response.set_cookie(
            COOKIE, chosen.cookie, max_age=YEAR, secure=secure, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(COOKIE)
    return response


def _digit(name: str, default: int, most: int) -> int:
    """:raises ValueError: no such step."""
    value = int(request.form.get(name, default))
    if not 0 <= value <= most:
        raise ValueError(name)
    return value


def _ours(path: str) -> str:
    """A path on this portal as it is; "" for what leads elsewhere, or back to the choices."""
    # A browser passes over tabs and line ends: "/\t/evil.example" would lead there.
    blank = any(letter <= " " or letter == "\x7f" for letter in path)
    leads_away = blank or not path.startswith("/") or path.startswith(("//", "/\\"))
    return "" if leads_away or path.startswith(url_for("display.form")) else path
