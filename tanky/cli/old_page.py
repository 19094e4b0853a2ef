"""Taking over an old page: its article, results and counter, from a JSON file beside its text.

The form is that of ``original-page.json`` (docs/import.md). Taking it over twice changes nothing.
"""

import json
from html import escape
from pathlib import Path

from sqlalchemy import select

from ..base.db import db
from ..news.models import Article, Category, State
from ..results import figures, importer
from ..results.models import MonthlyResult
from ..site.models import SiteIdentity
from ..text import formats, sanitise
from ..text.folding import nfc, slugify

# Where an old page's article ends and its widgets begin.
END_OF_ARTICLE = "Kết quả giải quyết TTHC"
LONGEST_HEADING = 120  # characters


class ImportFailed(ValueError):
    """The file cannot be taken over; the message says why."""


def import_page(path: Path, counter_store) -> list[str]:
    """Take over one page; all of it or nothing. The caller has an application context.

    :returns: what changed, in sentences; empty when everything was there already.
    :raises ImportFailed: the file is not of the form, or contradicts figures already entered.
    """
    try:
        page = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ImportFailed(f"Không đọc được {path}: {error}") from None
    changes = []
    try:
        zone = SiteIdentity.current().zone
        changes += _identity(page.get("site", {}))
        if "article" in page:
            changes += _article(page["article"], path.parent, zone)
        if "tthc_results" in page:
            changes += _results(page["tthc_results"], zone)
        balance = page.get("counters", {}).get("shown", {}).get("all")
        if balance is not None:
            balance = int(balance.replace(",", ""))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        db.session.rollback()
        if isinstance(error, ImportFailed):
            raise
        raise ImportFailed(f"Tệp {path} không đúng mẫu: {error!r}") from None
    db.session.commit()
    if balance is not None and balance != counter_store.opening_balance():
        counter_store.open_with(balance)
        changes.append(f"Lượt truy cập chuyển sang: {formats.number(balance)}.")
    return changes


def _identity(given: dict) -> list[str]:
    known = {column.key for column in SiteIdentity.__table__.columns} - {
        "id",
        "logo_id",
        "framed_by",
    }
    if unknown := given.keys() - known:
        raise ImportFailed(f"Không hiểu các mục của site: {', '.join(sorted(unknown))}.")
    identity = SiteIdentity.current()
    changed = {
        name: nfc(value) for name, value in given.items() if getattr(identity, name) != value
    }
    if not changed:
        return []
    for name, value in changed.items():
        setattr(identity, name, value)
    identity.updated_at = formats.now()
    db.session.add(identity)
    return [f"Thông tin trang: {', '.join(sorted(changed))}."]


def _article(given: dict, folder: Path, zone) -> list[str]:
    title = nfc(given["title"])
    published_at = formats.parse_moment(given["published"], zone)
    if db.session.scalar(select(Article.id).filter_by(title=title, published_at=published_at)):
        return []
    changes = []
    name = nfc(given["category"])
    category = db.session.scalar(select(Category).filter_by(slug=slugify(name)))
    if category is None:
        position = len(Category.in_order())
        category = Category(name=name, slug=slugify(name), position=position)
        db.session.add(category)
        changes.append(f"Chuyên mục “{name}”.")
    lines = _article_lines((folder / given["body_in"]).read_text(encoding="utf-8"), given)
    article = Article(
        category=category,
        title=title,
        lede=lines[0] if lines else "",
        body=sanitise.clean("\n".join(_block(line) for line in lines[1:])),
        state=State.PUBLISHED,
        published_at=published_at,
        updated_at=published_at,
    )
    article.refresh_derived()
    db.session.add(article)
    return [*changes, f"Bài “{title}”."]


def _article_lines(text: str, given: dict) -> list[str]:
    """The article's own lines: without the head that repeats its fields, up to the widgets."""
    head = {given["category"], given["title"], given["published"]}
    lines = []
    for line in nfc(text).splitlines():
        line = line.strip()
        if line == END_OF_ARTICLE:
            break
        if line and line not in head:
            lines.append(line)
    return lines


def _block(line: str) -> str:
    # The text came without its marks: a short line that does not end a sentence was a heading.
    heading = len(line) <= LONGEST_HEADING and line[-1].isalnum()
    tag = "h2" if heading else "p"
    return f"<{tag}>{escape(line, quote=False)}</{tag}>"


def _results(given: dict, zone) -> list[str]:
    late, together = int(given["late"]), int(given["early_or_on_time"])
    if late + together != int(given["settled"]):
        raise ImportFailed("settled phải bằng early_or_on_time + late.")
    moment = formats.parse_moment(given["shown"]["updated"], zone)
    row = MonthlyResult(
        year=int(given["year"]),
        first_month=1,
        month=int(given["until_month"]),
        settled_early_or_on_time=together,
        settled_late=late,
        updated_at=moment,
    )
    same = db.session.scalar(
        select(MonthlyResult).filter_by(
            year=row.year, first_month=1, month=row.month, field_id=None,
            settled_early_or_on_time=together, settled_late=late, is_sample=False,
        )
    )  # fmt: skip
    if same:
        return []
    if figures.to_come(row.year, row.month, formats.now().astimezone(zone).date()):
        raise ImportFailed(f"tthc_results: tháng {row.month:02}/{row.year} chưa tới.")
    if problem := figures.conflicts(row):
        raise ImportFailed(problem)
    importer.drop_samples()
    db.session.add(row)
    figures.mark_changed(moment)
    return [f"Kết quả TTHC năm {row.year} đến tháng {row.month:02}: {row.settled:,} hồ sơ."]
