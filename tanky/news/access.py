"""Which articles a person may see and load.

A writer works on their own drafts. An editor works on everything not yet public. The
editor-in-chief, who answers for each line, alone decides what is public.
"""

from flask import abort
from sqlalchemy import Select, select

from ..accounts.models import Person
from ..base.db import db
from ..records.journal import JournalEntry
from . import publishing
from .models import Article, State
from .publishing import Action


def articles_of(person: Person) -> Select:
    """The articles that a person sees in their lists; not those in the trash."""
    return _seen_by(person).where(Article.trashed_at.is_(None))


def trashed_articles_of(person: Person) -> Select:
    return _seen_by(person).where(Article.trashed_at.is_not(None))


def article_for(person: Person, id: int, action: Action | None = None) -> Article:
    """An article that the person may read on the desk, or do something with.

    Where the action is theirs but the article's state does not allow it now, ``publishing`` says
    so: first the form shows what somebody else has changed.

    :raises NotFound: there is none.
    :raises Forbidden: it is somebody else's, or the action is not this person's.
    """
    article = db.get_or_404(Article, id)
    if not person.edits_all and article.writer_id != person.id:
        abort(403)
    if action and action not in publishing.actions(article, person):
        works_on_it = person.is_chief or publishing.may_edit(article, person)
        is_ever_theirs = person.is_chief or action not in publishing.CHIEF_ALONE
        if not (works_on_it and is_ever_theirs):
            abort(403)
    return article


def remark_to_heed(article: Article) -> JournalEntry | None:
    """Why a draft was sent back, until it is submitted again."""
    if article.state != State.DRAFT:
        return None
    query = select(JournalEntry).where(
        JournalEntry.subject == Article.SUBJECT,
        JournalEntry.subject_id == article.id,
        JournalEntry.action.in_(("submitted", "sent_back")),
    )
    last = db.session.scalar(query.order_by(JournalEntry.id.desc()).limit(1))
    return last if last and last.action == "sent_back" else None


def _seen_by(person: Person) -> Select:
    query = select(Article)
    return query if person.edits_all else query.where(Article.writer_id == person.id)
