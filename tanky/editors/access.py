"""Who may touch what: the only role checks of the editors' area.

A writer works on their own drafts. An editor works on everything not yet public, on procedures and
results. The editor-in-chief, who answers for each line, alone decides what is public.
"""

from flask import abort
from sqlalchemy import Select, select

from ..accounts.models import Person
from ..extensions import db
from ..news.models import Article, State


def articles_for(person: Person) -> Select:
    """The articles that a person sees in their list."""
    query = select(Article)
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


def may_publish(person: Person) -> bool:
    return person.is_chief


def demand_editor(person: Person) -> None:
    """:raises Forbidden: a writer."""
    if not person.edits_all:
        abort(403)


def demand_chief(person: Person) -> None:
    """:raises Forbidden: anyone but the editor-in-chief."""
    if not person.is_chief:
        abort(403)
