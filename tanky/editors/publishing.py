"""The states of an article and the ways between them; each change and its record commit as one."""

from datetime import datetime

from werkzeug.exceptions import Conflict, Forbidden

from ..accounts.models import Person
from ..extensions import db
from ..news.models import Article, ArticleEvent, AutosavedDraft, State
from ..text import formats, sanitise
from . import access

LABELS = {
    State.DRAFT: "Nháp",
    State.IN_REVIEW: "Chờ duyệt",
    State.PUBLISHED: "Đã đăng",
    State.WITHDRAWN: "Đã gỡ",
}
ACTIONS = {
    "saved": "lưu",
    "submitted": "gửi duyệt",
    "sent_back": "trả lại",
    "published": "duyệt và đăng",
    "scheduled": "duyệt và hẹn giờ đăng",
    "withdrawn": "gỡ xuống",
}


class Incomplete(ValueError):
    """What an article lacks to go further: field name → sentence."""

    def __init__(self, errors: dict[str, str]):
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def label(article: Article) -> str:
    return "Hẹn giờ" if article.is_scheduled else LABELS[article.state]


def new_article(person: Person) -> Article:
    article = Article(writer_id=person.id, author=person.name, state=State.DRAFT)
    article.refresh_derived()
    db.session.add(article)
    db.session.commit()
    return article


def save(article: Article, person: Person) -> None:
    """Store the text that the caller put into the article; the autosaved draft is done with.

    :raises Incomplete: what is public would no longer be an article; nothing is stored.
    """
    if article.state == State.PUBLISHED:
        _demand_complete(article)
    article.refresh_derived()
    article.updated_at = formats.now()
    article.is_sample = False
    _discard_autosaved(article, person)
    _record(article, person, "saved")
    db.session.commit()


def submit(article: Article, person: Person) -> None:
    """Ask the editor-in-chief for approval.

    :raises Incomplete: not ready to be read as an article.
    """
    _demand_state(article, State.DRAFT, State.WITHDRAWN)
    _demand_complete(article)
    article.state = State.IN_REVIEW
    _record(article, person, "submitted")
    db.session.commit()


def send_back(article: Article, person: Person, remark: str) -> None:
    """:raises Incomplete: no remark, so that the writer would not know what to do."""
    _demand_publisher(person)
    _demand_state(article, State.IN_REVIEW)
    if not remark.strip():
        raise Incomplete({"remark": "Hãy ghi lý do trả lại để người viết biết cần sửa gì."})
    article.state = State.DRAFT
    _record(article, person, "sent_back", remark.strip())
    db.session.commit()


def publish(article: Article, person: Person, at: datetime | None = None) -> None:
    """Make an article public, now or from ``at`` on.

    :raises Incomplete: not ready to be read as an article.
    """
    _demand_publisher(person)
    _demand_complete(article)
    article.state = State.PUBLISHED
    article.published_at = at or article.published_at or formats.now()
    _record(article, person, "scheduled" if article.is_scheduled else "published")
    db.session.commit()


def withdraw(article: Article, person: Person) -> None:
    _demand_publisher(person)
    _demand_state(article, State.PUBLISHED)
    article.state = State.WITHDRAWN
    _record(article, person, "withdrawn")
    db.session.commit()


def delete_draft(article: Article, person: Person) -> None:
    """Only what was never public goes; an article once published is withdrawn instead."""
    _demand_state(article, State.DRAFT)
    if article.published_at and not person.is_chief:
        raise Forbidden()
    db.session.delete(article)
    db.session.commit()


def _demand_publisher(person: Person) -> None:
    if not access.may_publish(person):
        raise Forbidden()


def _demand_state(article: Article, *states: State) -> None:
    if article.state not in states:
        raise Conflict()  # someone else was first


def _demand_complete(article: Article) -> None:
    errors = {}
    if not article.title.strip():
        errors["title"] = "Bài chưa có tiêu đề."
    if article.category_id is None:
        errors["category"] = "Hãy chọn chuyên mục."
    if not sanitise.plain(article.body) and "<img" not in article.body:
        errors["body"] = "Bài chưa có nội dung."
    if article.cover_id and not article.cover_alt.strip():
        errors["cover_alt"] = "Hãy mô tả ảnh cho người không nhìn thấy ảnh."
    if errors:
        raise Incomplete(errors)


def _discard_autosaved(article: Article, person: Person) -> None:
    kept = db.session.get(AutosavedDraft, (article.id, person.id))
    if kept:
        db.session.delete(kept)


def _record(article: Article, person: Person, action: str, remark: str = "") -> None:
    db.session.add(
        ArticleEvent(article_id=article.id, person_id=person.id, action=action, remark=remark)
    )
