"""Errors in the site's own look with a way on; in JSON for machines (RFC 9457)."""

from flask import Flask, Response, abort, current_app, json, redirect, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import (
    Conflict,
    Gone,
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from ..base.db import db
from ..base.extensions import login
from ..base.logs import request_number
from ..text.formats import size
from .conditional import wants_fragment


class Withdrawn(Gone):
    """What was public and is no more.

    :param because: why, as a sentence; "" where nobody said.
    """

    def __init__(self, because: str = ""):
        super().__init__()
        self.because = because


# Title, and what to do now. Said to residents, so in their words.
MEGABYTE = 10**6  # bytes; a form that takes less takes no files
TEXTS = {
    400: ("Yêu cầu không hợp lệ", "Địa chỉ hoặc biểu mẫu gửi lên không đúng. Mời bạn thử lại."),
    403: ("Bạn không có quyền xem trang này", "Nếu bạn là biên tập viên, hãy đăng nhập bằng tài "
          "khoản được giao quyền, hoặc hỏi Trưởng Ban Biên tập."),
    404: ("Không tìm thấy trang", "Trang có thể đã được chuyển hoặc gỡ xuống. Mời bạn tìm theo từ "
          "khoá hoặc về trang chủ."),
    405: ("Cách gửi không được chấp nhận", "Mời bạn mở trang từ trang chủ rồi thử lại."),
    409: ("Chưa làm được", "Có người vừa chuyển trạng thái của mục này. Mời bạn quay lại, tải "
          "lại trang rồi xem tình trạng hiện tại."),
    410: ("Trang này đã được gỡ", "Nội dung ở đây từng được đăng và nay không còn."),
    413: ("Nội dung gửi lên quá lớn", "Hãy giảm dung lượng tệp rồi gửi lại: ảnh thì thu nhỏ, PDF "
          "thì lưu lại với cỡ nhỏ nhất hoặc chia thành nhiều tệp. Nội dung đã gõ vẫn còn khi bạn "
          "bấm nút quay lại của trình duyệt."),
    429: ("Bạn thao tác quá nhanh", "Hãy đợi ít phút rồi thử lại."),
    503: ("Máy chủ đang không ghi được dữ liệu", "Việc vừa rồi chưa được lưu. Nội dung đã gõ vẫn "
          "còn khi bạn bấm nút quay lại của trình duyệt. Hãy báo người quản trị rồi thử lại."),
    500: ("Cổng thông tin đang gặp lỗi", "Lỗi đã được ghi lại. Mời bạn thử lại sau ít phút, hoặc "
          "gọi điện cho UBND xã theo số ở cuối trang."),
}  # fmt: skip


def init_app(app: Flask) -> None:
    app.before_request(refuse_nul)
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(OperationalError, database_is_away)
    app.register_error_handler(StaleDataError, somebody_was_first)
    # Without a handler of its own, an unforeseen error would answer in Werkzeug's words.
    app.register_error_handler(500, answer)


def database_is_away(error: OperationalError) -> Response:
    """Locked, full, or not there at all: nobody's fault here, and perhaps over in a moment."""
    current_app.logger.error("the database failed: %s", error.orig, exc_info=error)
    reads = request.method in ("GET", "HEAD")
    return answer(InternalServerError() if reads else ServiceUnavailable(retry_after=30))


def somebody_was_first(error: StaleDataError) -> Response:
    """A row was saved by someone else between our reading and our writing."""
    return answer(Conflict())


def refuse_nul() -> None:
    """No text of ours holds a NUL, and PostgreSQL will not even be asked for one."""
    if "\0" in request.path or any("\0" in value for value in request.args.values()):
        abort(404)


def answer(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):
        # Asked under a Host that is not ours: no page can be drawn, its links would lead there.
        return Response("Địa chỉ này không thuộc cổng thông tin.\n", 400, mimetype="text/plain")
    code = error.code or 500
    if code == 404 and (address := _without_slash() or _moved_to()):
        return redirect(address, 301)
    if code < 400 or error.response is not None:
        return error.get_response()
    if code == 403:
        who = current_user.username if current_user.is_authenticated else "nobody"
        # Within the message: two people are not folded into one line.
        current_app.logger.warning(f"refused: {who} may not do this")
    # A name that is not in the list is answered like its family.
    title, advice = TEXTS.get(code, TEXTS[500 if code >= 500 else 400])
    if isinstance(error, Withdrawn) and error.because:
        advice = f"{advice} {error.because}"
    if code == 413:
        most = request.max_content_length or current_app.config["MAX_CONTENT_LENGTH"]
        advice = f"Mỗi lần gửi nhiều nhất {size(most)}. {advice if most > MEGABYTE else ''}"
    if request.path.startswith("/api/") or request.endpoint == "embed.oembed":
        response = problem(code, title, advice)
    else:
        response = Response(_page(code, title, advice), code, mimetype="text/html")
        response.cache_control.no_store = True
    for name, value in error.get_headers():
        if name.lower() in ("retry-after", "allow"):
            response.headers[name] = value
    return response


def _without_slash() -> str:
    """The address of a page that was asked for with a slash too many; "" for any other."""
    path = request.path.rstrip("/")
    if request.method not in ("GET", "HEAD") or path == request.path or request.url_rule:
        return ""
    try:
        current_app.url_map.bind("", script_name="/").match(path, method="GET")
    except HTTPException:
        return ""
    query = request.query_string.decode("latin-1")
    return f"{path}?{query}" if query else path


def _moved_to() -> str:
    """Where an address of before leads now; "" if nowhere."""
    if request.method not in ("GET", "HEAD"):
        return ""
    try:
        return current_app.extensions["moved_to"]()
    except SQLAlchemyError:  # what failed may have left the session unusable
        db.session.rollback()
        return ""


def problem(code: int, title: str, detail: str, **more) -> Response:
    """An error for programs (RFC 9457); ``more``: members of its own."""
    body = {"type": "about:blank", "title": title, "status": code, "detail": detail, **more}
    response = Response(
        json.dumps(body, ensure_ascii=False), code, mimetype="application/problem+json"
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.cache_control.no_store = True
    return response


def expired(error: CSRFError) -> Response:
    """A form whose token does not fit: most often someone signed out in another tab."""
    if "desk" in request.blueprints and not current_user.is_authenticated:
        # Signing in leads back to the form's page, which has kept what was typed.
        return login.unauthorized()
    page = _page(
        400,
        "Phiên làm việc đã hết hạn",
        "Bấm nút quay lại của trình duyệt để giữ nội dung đã gõ, tải lại trang rồi gửi lại.",
    )
    return Response(page, 400, mimetype="text/html")


def _page(code: int, title: str, advice: str) -> str:
    if wants_fragment():
        # Swapped into a page that stands: a sentence, not a page within the page.
        return render_template("errors/_error.html", title=title, advice=advice)
    try:
        # What failed may have left the session unusable, and the page asks for the site's name.
        db.session.rollback()
        return render_template(
            "errors/error.html", code=code, title=title, advice=advice, number=_number(code)
        )
    except Exception:
        # The database itself is away: the same page without anything that comes from it.
        current_app.logger.exception("the error page could not be drawn in full")
        bare = current_app.jinja_env.get_template("errors/bare.html")
        return bare.render(code=code, title=title, advice=advice, number=_number(code))


def _number(code: int) -> str:
    """By which the operator finds an error of ours in the log; "" for what is none."""
    return request_number() if code >= 500 else ""
