"""Who may touch what: the only role checks of the editors' area.

A writer works on their own drafts. An editor works on everything not yet public, on procedures and
results. The editor-in-chief, who answers for each line, alone decides what is public.
"""

from flask import abort
from sqlalchemy import Select, or_, select

from ..accounts.models import Person
from ..base.db import db
from ..media.models import MediaFile
from ..news.models import Article, State
from ..records import references
from ..records.journal import JournalEntry
from . import usage


def articles_for(person: Person) -> Select:
    """The articles that a person sees in their lists; not those in the trash."""
    query = select(Article).where(Article.trashed_at.is_(None))
    return query if person.edits_all else query.where(Article.writer_id == person.id)


def get_article_for(person: Person, id: int) -> Article:
    """An article that the person may read on the desk.

    :raises Forbidden: it is somebody else's.
    """
    article = db.get_or_404(Article, id)
    if not person.edits_all and article.writer_id != person.id:
        abort(403)
    return article


def may_edit(person: Person, article: Article) -> bool:
    """Whether the person may change its text in its present state."""
    if article.is_trashed:
        return False
    if person.is_chief:
        return True
    if article.state == State.PUBLISHED:
        return False
    return person.edits_all or (article.writer_id == person.id and article.state == State.DRAFT)


def get_editable_article_for(person: Person, id: int) -> Article:
    """:raises Forbidden: the person may not change it in its present state."""
    article = get_article_for(person, id)
    if not may_edit(person, article):
        abort(403)
    return article


def may_trash(person: Person, article: Article) -> bool:
    """A draft goes with whoever may edit it; what was ever submitted, with the editor-in-chief."""
    if article.is_trashed or article.state == State.PUBLISHED:
        return False
    never_public = article.state == State.DRAFT and article.published_at is None
    return person.is_chief or (never_public and may_edit(person, article))


def demand_may_trash(person: Person, article: Article) -> None:
    """:raises Conflict: it is public; :raises Forbidden: not this person's to throw away."""
    if article.state == State.PUBLISHED:
        abort(409)
    if not may_trash(person, article):
        abort(403)


def get_trashed_article_for(person: Person, id: int) -> Article:
    """:raises NotFound: not in the trash, or not in this person's."""
    return db.first_or_404(trashed_articles_for(person).where(Article.id == id))


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


def may_publish(person: Person) -> bool:
    return person.is_chief


def trashed_articles_for(person: Person) -> Select:
    """What the person sees in the trash: a writer what they threw away or wrote themselves."""
    query = select(Article).where(Article.trashed_at.is_not(None))
    if not person.edits_all:
        query = query.where(Article.writer_id == person.id)
    return query.order_by(Article.trashed_at.desc())


def may_see_file(person: Person, file: MediaFile) -> bool:
    """One's own uploads and what one's own texts show; any with whoever edits everything."""
    return (
        person.edits_all
        or file.uploaded_by_id == person.id
        or references.among(
            file.key, select(Article).where(Article.writer_id == person.id), Article
        )
    )


def visible_files(person: Person) -> Select:
    """The files of the library that a person sees: those of others once they are public."""
    query = select(MediaFile).where(MediaFile.trashed_at.is_(None))
    if person.edits_all:
        return query
    shown = references.keys_of(articles_for(person), Article)
    public = references.keys_of(Article.published(), Article)
    return query.where(
        or_(
            MediaFile.uploaded_by_id == person.id,
            MediaFile.key.in_(shown),
            MediaFile.key.in_(public),
        )
    )


def get_file_for(person: Person, id: int) -> MediaFile:
    """:raises Forbidden: a file of somebody else's that nothing public shows."""
    file = db.get_or_404(MediaFile, id)
    if not (may_see_file(person, file) or usage.is_public(file)):
        abort(403)
    return file


def may_edit_file(person: Person, file: MediaFile) -> bool:
    """What a photo shows of itself is seen wherever it stands: its owner's to change, or an
    editor's."""
    return person.edits_all or file.uploaded_by_id == person.id


def may_trash_file(person: Person, file: MediaFile) -> bool:
    """One's own uploads, or any with whoever edits everything."""
    return not file.is_trashed and may_edit_file(person, file)


def demand_editor(person: Person) -> None:
    """:raises Forbidden: a writer."""
    if not person.edits_all:
        abort(403)


def demand_chief(person: Person) -> None:
    """:raises Forbidden: anyone but the editor-in-chief."""
    if not person.is_chief:
        abort(403)
