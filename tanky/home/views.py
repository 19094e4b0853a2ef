import re
from datetime import timedelta

from flask import Blueprint, Response, abort, current_app, json, render_template, request, url_for

from ..base.db import db
from ..counters import tally
from ..counters.views import reason_left_out
from ..front.arguments import reads
from ..news import search as news_search
from ..news.models import Article, Category
from ..notices.models import Notice
from ..notices.record import Grade
from ..organisation.models import ServiceCentre
from ..records import finder, public, vain
from ..results import figures
from ..site import identity
from ..site.fields import Field
from ..site.models import SiteTask
from ..text import formats
from ..text.telex import typed_words
from ..upkeep import doctor
from ..web.pagination import page_number, page_with, rows_before
from ..web.templating import absolute
from .search import Search, kinds, suggestions

bp = Blueprint("home", __name__)
NEWEST = 5
IN_CATEGORY = 4
NOTICES = 4
FOUND_PER_PAGE = 15
SUGGESTED_PAGES = 2
MOSTLY = 0.6  # of the words
YEAR = re.compile(r"[12]\d{3}")
# Pages of no noun, by what people ask for: endpoint, title, phrases.
OWN_PAGES = (
    ("home.contact", "Liên hệ, giờ làm việc", (
        "liên hệ", "giờ làm việc", "giờ mở cửa", "mấy giờ", "ngày nghỉ", "lịch nghỉ",
        "số điện thoại", "điện thoại", "sđt", "hotline", "gọi điện", "đường dây nóng", "địa chỉ",
        "trụ sở", "uỷ ban", "ubnd", "xã", "email",
    )),
    ("results.year", "Kết quả giải quyết TTHC", (
        "kết quả giải quyết", "kết quả tthc", "hồ sơ", "trễ hạn", "quá hạn", "đúng hạn",
    )),
    ("life_events.index", "Nhà bạn có việc gì?", ("việc cần làm", "nhà có việc")),
    ("disclosures.index", "Công khai", (
        "công khai", "ngân sách", "dự toán", "quyết toán", "danh mục công khai", "thu chi",
    )),
    ("disclosures.asking", "Tiếp cận thông tin", (
        "tiếp cận thông tin", "xin thông tin", "yêu cầu thông tin", "cung cấp thông tin",
    )),
    ("notices.index", "Thông báo, cảnh báo", (
        "thông báo", "cảnh báo", "bão", "lũ lụt", "mất điện", "cắt điện", "mất nước",
    )),
    ("organisation.index", "Tổ chức bộ máy", (
        "tổ chức bộ máy", "sơ đồ tổ chức", "lãnh đạo", "chủ tịch", "phó chủ tịch", "xã",
        "người phát ngôn", "cán bộ", "trung tâm phục vụ", "hành chính công", "một cửa",
    )),
    ("bulletins.index", "Truyền thanh", (
        "truyền thanh", "loa", "loa xã", "loa phường", "phát thanh", "bản tin", "podcast", "đài xã",
    )),
    ("albums.index", "Thư viện ảnh, video", (
        "thư viện", "ảnh", "hình ảnh", "video", "phim", "album", "clip",
    )),
    ("events.index", "Lịch", (
        "lịch", "lịch tuần", "lịch làm việc", "tiếp công dân", "tiếp dân", "lịch họp",
    )),
    ("home.accessibility", "Khả năng tiếp cận", (
        "khả năng tiếp cận", "tiếp cận", "khuyết tật", "khiếm thị", "cỡ chữ", "tương phản",
    )),
    ("home.privacy", "Quyền riêng tư", ("quyền riêng tư", "dữ liệu cá nhân", "cookie")),
    ("home.licence", "Giấy phép, trách nhiệm", (
        "giấy phép trang", "chịu trách nhiệm", "bản quyền", "dùng lại nội dung", "cơ quan chủ quản",
    )),
    ("home.counting", "Cách đếm lượt truy cập", ("lượt truy cập", "cách đếm")),
)  # fmt: skip


@bp.get("/")
@reads()
def index():
    categories = Category.in_order()
    notices = [category for category in categories if category.is_notice]
    query = Article.published().join(Category).where(Category.is_notice.is_(False))
    newest = list(db.session.scalars(query.order_by(*Article.NEWEST).limit(NEWEST)))
    sections = []
    for category in categories:
        if not category.is_notice:
            # What stands at the top is not repeated beneath its category, unless that is all.
            articles = Article.newest(IN_CATEGORY + NEWEST, category)
            others = [article for article in articles if article not in newest]
            sections.append((category, others[:IN_CATEGORY] or articles[:1]))
    version, latest = figures.latest_with_version()
    return render_template(
        "home/index.html",
        newest=newest,
        sections=[(category, articles) for category, articles in sections if articles],
        centre=ServiceCentre.current(),
        notices_now=db.session.scalars(
            Notice.published()
            .where(Notice.grade == Grade.NEWS)
            .order_by(*Notice.ORDER)
            .limit(NOTICES)
        ).all(),
        notices=[(category, Article.newest(NOTICES, category)) for category in notices],
        tasks=SiteTask.in_order(),
        results=latest,
        results_version=version,
    )


@bp.get("/tim-kiem")
@reads("q", "loai", "nam", "trang")
def search():
    """Everything public that the words may mean: what most people come for, then news."""
    words = request.args.get("q", "").strip()[:200]
    kind, year = _narrowing()
    number = page_number()
    if not words:
        return render_template("home/search.html", words="")
    found = Search(words, kind, year)
    if kind or year:
        return _narrowed(words, found, number)
    pages = _own_pages(words) if number == 1 else []
    articles = news_search.find(words, found.services.understood, FOUND_PER_PAGE, number)
    texts = found.texts if number == 1 else []
    is_found = any((
        pages, found.exact, found.services.is_found, found.others.is_found, texts,
        articles.is_found,
    ))  # fmt: skip
    vain.note(words, is_found, number == 1 and not reason_left_out(is_page=True))
    return render_template(
        "home/search.html",
        words=words,
        found=found,
        pages=pages,
        texts=texts,
        articles=articles,
        page=articles.page,
        is_found=is_found,
        fields=[] if is_found else Field.in_order(),
    )


def _narrowing() -> tuple[str, int | None]:
    """The kind and the year that the address asks for.

    :raises NotFound: no such kind, or no year.
    """
    kind, year = request.args.get("loai", ""), request.args.get("nam", "")
    if (kind and kind not in kinds()) or (year and not YEAR.fullmatch(year)):
        abort(404)
    return kind, int(year) if year else None


def _narrowed(words: str, found: Search, number: int):
    """The part of what was found that is of a kind or a year, as one list."""
    hits = found.narrowed
    first = rows_before(number, FOUND_PER_PAGE)
    rows = finder.rows_of(hits[first : first + FOUND_PER_PAGE])
    page = page_with(rows, number, len(hits) - first, FOUND_PER_PAGE)
    return render_template(
        "home/search_narrowed.html", words=words, found=found, page=page, count=len(hits)
    )


@bp.get("/tim-kiem/goi-y")
@reads("q")
def suggest():
    """A few things that the words may mean, for who still types."""
    words = request.args.get("q", "").strip()[:200]
    return render_template(
        "home/_suggestions.html",
        pages=_own_pages(words)[:SUGGESTED_PAGES] if words else [],
        rows=suggestions(words) if words else [],
    )


def _own_pages(words: str) -> list[tuple[str, str]]:
    """The site's own pages that the words ask for, as title and address: most of the words are
    phrases of the page. With accents typed, accents count: "nghị" is not "nghỉ"."""
    typed = typed_words(words)
    is_bare = all(word.keys == word.bare for word in typed)

    def read(phrase: str) -> list[str]:
        return [word.bare if is_bare else word.keys for word in typed_words(phrase)]

    asked = read(words)
    found = []
    for endpoint, title, phrases in OWN_PAGES:
        held: set[int] = set()
        for phrase in map(read, phrases):
            for first in range(len(asked) - len(phrase) + 1):
                if asked[first : first + len(phrase)] == phrase:
                    held.update(range(first, first + len(phrase)))
        if len(held) > MOSTLY * len(asked):
            found.append((title, url_for(endpoint)))
    return found


@bp.get("/lien-he")
@reads()
def contact():
    return render_template("home/contact.html", week=identity.current().week)


@bp.get("/ban-do")
@reads()
def hamlets():
    """The map of the commune's hamlets, where it has one."""
    if not identity.current().hamlets:
        abort(404)
    return render_template("home/hamlets.html")


@bp.get("/ban-do.svg")
def hamlets_outline():
    """The outlines alone, by which the home page masks its colour: they have no room within it."""
    drawn = identity.current().hamlets or abort(404)
    body = render_template("home/hamlets.svg", map=drawn)
    response = Response(body, mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    return response


@bp.get("/so-do-trang")
@reads()
def site_map():
    """All that there is, for people; machines have ``/sitemap.xml``."""
    outlines = (noun.outline() for noun in public.current_nouns())
    return render_template("home/site_map.html", outlines=list(filter(None, outlines)))


@bp.get("/rieng-tu")
@reads()
def privacy():
    """What is kept of whom and for how long, by the constants that the code uses."""
    return render_template(
        "home/privacy.html",
        tally=tally,
        vain=vain,
        session_hours=current_app.config["TANKY"]["session_hours"],
    )


@bp.get("/cach-dem")
@reads()
def counting():
    """How visits are counted, by the very numbers that the counting uses."""
    return render_template("home/counting.html", tally=tally)


@bp.get("/tiep-can")
@reads()
def accessibility():
    """What the site does so that everyone can use it, and when that was last assessed."""
    return render_template("home/accessibility.html")


@bp.get("/giay-phep")
@reads()
def licence():
    """Who answers for the site, and what may be done with its content and its software."""
    return render_template("home/licence.html")


@bp.get("/robots.txt")
def robots():
    lines = ("User-agent: *", "Disallow: /bien-tap/", "Disallow: /partials/", "Disallow: /hien-thi")
    body = "\n".join((*lines, "", f"Sitemap: {absolute('/sitemap.xml')}", ""))
    return Response(body, mimetype="text/plain")


@bp.get("/.well-known/security.txt")
def security():
    """Where to tell of a hole in the portal (RFC 9116)."""
    site = identity.current()
    contacts = [f"mailto:{site.email}"] if site.email else []
    contacts += [f"tel:{formats.dialled(site.phone)}"] if site.phone else []
    if not contacts:
        abort(404)
    # From the first of a month on, so that the answer is the same for a month.
    expires = (formats.now().replace(day=1) + timedelta(days=190)).replace(day=1)
    lines = (
        *(f"Contact: {contact}" for contact in contacts),
        f"Expires: {expires:%Y-%m-%d}T00:00:00Z",
        "Preferred-Languages: vi, en",
        f"Canonical: {absolute(url_for('home.security'))}",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/favicon.svg")
def favicon():
    response = Response(render_template("home/favicon.svg"), mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = 24 * 3600
    return response


@bp.get("/healthz")
def healthz():
    """Whether the process is alive; for a supervisor that would start it anew."""
    response = Response("ok\n", mimetype="text/plain")
    response.cache_control.no_store = True
    return response


@bp.get("/readyz")
def readyz():
    """Whether all is there that serving needs: 503 and the names of what is not."""
    # Its sentences have paths of the machine: they are for the operator (flask tanky doctor).
    names = {finding.name for finding in doctor.quick() if finding.is_grave}
    said = {"ready": not names, "problems": sorted(names)}
    response = Response(json.dumps(said) + "\n", 503 if names else 200, mimetype="application/json")
    response.cache_control.no_store = True
    return response
