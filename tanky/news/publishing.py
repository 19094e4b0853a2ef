"""The states of an article and the ways between them.

Each change, its revision and its line in the journal are one transaction.
"""

import enum
from collections.abc import Callable
from datetime import datetime, timedelta

from werkzeug.exceptions import Conflict

from ..accounts.models import Person
from ..base.db import db
from ..media import rich_text
from ..records import journal, revisions
from ..site import identity
from ..text import formats, sanitise
from .models import Article, AutosavedDraft, PreviewLink, State

LABELS = {
    State.DRAFT: "Nháp",
    State.IN_REVIEW: "Chờ duyệt",
    State.PUBLISHED: "Đã đăng",
    State.WITHDRAWN: "Đã gỡ",
}
LINK_LIFETIMES = {1: "1 ngày", 3: "3 ngày", 7: "1 tuần"}
OR_DECORATION = "Ảnh chỉ để trang trí thì đánh dấu ô “Ảnh không có mô tả chỉ để trang trí”."


class Action(enum.StrEnum):
    """What can be done with an article; each is an endpoint of the desk of that name."""

    SAVE = "save"
    PREVIEW = "preview"
    SUBMIT = "submit"
    PUBLISH = "publish"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    TRASH = "trash"


CHIEF_ALONE = {Action.PUBLISH, Action.SEND_BACK, Action.WITHDRAW}


class Incomplete(ValueError):
    """What an article lacks to go further: field name → sentence."""

    def __init__(self, errors: dict[str, str]):
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def may_edit(article: Article, person: Person) -> bool:
    """Whether the person may change its text in its present state."""
    if article.is_trashed:
        return False
    if person.is_chief:
        return True
    if article.state == State.PUBLISHED:
        return False
    return person.edits_all or (article.writer_id == person.id and article.state == State.DRAFT)


def actions(article: Article, person: Person) -> set[Action]:
    """What the person may do with the article in its present state."""
    allowed = set()
    if may_edit(article, person):
        allowed |= {Action.SAVE, Action.PREVIEW}
        if article.state in (State.DRAFT, State.WITHDRAWN):
            allowed.add(Action.SUBMIT)
    if person.is_chief and not article.is_trashed:
        if article.state != State.PUBLISHED or article.is_expired:
            allowed.add(Action.PUBLISH)
        if article.state == State.IN_REVIEW:
            allowed.add(Action.SEND_BACK)
        if article.state == State.PUBLISHED:
            allowed.add(Action.WITHDRAW)
    if _may_trash(article, person):
        allowed.add(Action.TRASH)
    return allowed


def _may_trash(article: Article, person: Person) -> bool:
    """A draft goes with whoever may edit it; what was ever submitted, with the editor-in-chief."""
    if article.is_trashed or article.state == State.PUBLISHED:
        return False
    was_never_public = article.state == State.DRAFT and article.published_at is None
    return person.is_chief or (was_never_public and may_edit(article, person))


def label(article: Article) -> str:
    if article.is_expired:
        return "Đã gỡ theo hẹn"
    return "Hẹn giờ" if article.is_scheduled else LABELS[article.state]


def mark(article: Article) -> str:
    """The state as a class of the label: what is scheduled looks other than what is out."""
    if article.is_expired:
        return State.WITHDRAWN.value
    return "scheduled" if article.is_scheduled else article.state.value


def new_article(person: Person, imported_from: str = "", **texts) -> Article:
    """A draft, empty or with the texts that a file brought."""
    article = Article(writer_id=person.id, author=person.name, state=State.DRAFT, **texts)
    article.refresh_derived()
    db.session.add(article)
    db.session.flush()
    if imported_from:
        revisions.keep(article, person, f"Nhập từ {imported_from}")
        journal.record("imported", article, person, imported_from)
    else:
        journal.record("created", article, person)
    db.session.commit()
    return article


def save(article: Article, person: Person, fill: Callable[[Article], None], note: str = "") -> None:
    """Put a text into the article and store it; the autosaved draft is done with.

    :raises Incomplete: what is public would no longer be an article; nothing is stored.
    """
    _demand(Action.SAVE, article, person)
    revisions.begin(article)
    before = article.snapshot()
    # Written once, or it would count as two saves.
    with db.session.no_autoflush:
        fill(article)
        if article.state == State.PUBLISHED:
            _demand_complete(article)
        article.refresh_derived()
        article.updated_at = formats.now()
        article.is_sample = False
    db.session.flush()
    revisions.keep(article, person, note)
    discard_autosaved(article, person)
    if article.snapshot() != before:
        journal.record("restored_revision" if note else "saved", article, person, note)
    db.session.commit()


def submit(article: Article, person: Person) -> None:
    """Ask the editor-in-chief for approval.

    :raises Incomplete: not ready to be read as an article.
    """
    _demand(Action.SUBMIT, article, person)
    _demand_complete(article)
    article.state = State.IN_REVIEW
    journal.record("submitted", article, person)
    db.session.commit()


def send_back(article: Article, person: Person, remark: str) -> None:
    """:raises Incomplete: no remark, so that the writer would not know what to do."""
    _demand(Action.SEND_BACK, article, person)
    if not remark.strip():
        raise Incomplete({"remark": "Hãy ghi lý do trả lại để người viết biết cần sửa gì."})
    article.state = State.DRAFT
    journal.record("sent_back", article, person, remark.strip())
    db.session.commit()


def publish(
    article: Article, person: Person, at: datetime | None = None, until: datetime | None = None
) -> None:
    """Make an article public, now or from ``at`` on, for ever or until ``until``.

    :raises Incomplete: not ready to be read as an article, or gone before it comes.
    """
    _demand(Action.PUBLISH, article, person)
    _publish(article, person, at, until)


def reschedule(
    article: Article, person: Person, at: datetime | None, until: datetime | None
) -> None:
    """Give a published article other times; the same ones change nothing.

    :raises Incomplete: see :func:`publish`.
    """
    _demand(Action.WITHDRAW, article, person)  # who may take it away may move its end
    # The form shows whole seconds.
    begins = article.published_at.replace(microsecond=0)
    if at not in (None, begins) or until != article.withdraw_at:
        _publish(article, person, at, until)


def _publish(article: Article, person: Person, at: datetime | None, until: datetime | None) -> None:
    _demand_complete(article)
    begins = at or article.published_at or formats.now()
    if until and until <= max(begins, formats.now()):
        raise Incomplete({"withdraw_at": "Giờ gỡ phải sau giờ đăng và sau bây giờ."})
    article.state = State.PUBLISHED
    article.published_at = begins
    article.withdraw_at = until
    remark = f"tự gỡ lúc {formats.moment(until, identity.zone())}" if until else ""
    journal.record("scheduled" if article.is_scheduled else "published", article, person, remark)
    db.session.commit()


def withdraw(article: Article, person: Person, because: str = "") -> None:
    """:param because: told to who comes to its address."""
    _demand(Action.WITHDRAW, article, person)
    article.state = State.WITHDRAWN
    article.withdrawn_because = because
    article.withdraw_at = None
    journal.record("withdrawn", article, person, because)
    db.session.commit()


def trash(article: Article, person: Person) -> None:
    """Throw an article away, to be taken back if need be. What is public is withdrawn first."""
    _demand(Action.TRASH, article, person)
    article.trash(person)
    journal.record("trashed", article, person)
    db.session.commit()


def make_link(article: Article, person: Person, days: int) -> str:
    """The secret of an address at which the article can be read without signing in."""
    _, secret = PreviewLink.make(article, person, timedelta(days=days))
    journal.record("link_made", article, person, LINK_LIFETIMES[days])
    db.session.commit()
    return secret


def end_link(link: PreviewLink, person: Person) -> None:
    journal.record("link_ended", link.article, person)
    db.session.delete(link)
    db.session.commit()


def discard_autosaved(article: Article, person: Person) -> None:
    draft = db.session.get(AutosavedDraft, (article.id, person.id))
    if draft:
        db.session.delete(draft)


def _demand(action: Action, article: Article, person: Person) -> None:
    """:raises Conflict: someone else has changed the article's state since the page was drawn."""
    if action not in actions(article, person):
        raise Conflict()


def _demand_complete(article: Article) -> None:
    errors = {}
    if not article.title.strip():
        errors["title"] = "Bài chưa có tiêu đề."
    if article.category_id is None:
        errors["category"] = "Hãy chọn chuyên mục."
    if article.cover and not rich_text.is_described(article.cover_alt) and not article.decorative:
        errors["cover_alt"] = f"Hãy mô tả ảnh cho người không nhìn thấy ảnh. {OR_DECORATION}"
    silent = len(rich_text.undescribed(article.body))
    if not sanitise.plain(article.body) and "<img" not in article.body:
        errors["body"] = "Bài chưa có nội dung."
    elif silent and not article.decorative:
        errors["body"] = f"Còn {silent} ảnh trong bài chưa có mô tả. {OR_DECORATION}"
    elif lost := _lost_files(article):
        errors["body"] = f"Bài còn dùng tệp đã bỏ: {lost}. Hãy lấy lại tệp hoặc xoá nó khỏi bài."
    if errors:
        raise Incomplete(errors)


def _lost_files(article: Article) -> str:
    """The names of files that an article shows and that lie in the trash."""
    files = rich_text.trashed_files(article.body)
    if article.cover and article.cover.is_trashed:
        files.append(article.cover)
    return ", ".join(file.called for file in files)
