from collections.abc import Mapping, Sequence
from datetime import timedelta

from flask import Blueprint, current_app
from flask_login import current_user
from sqlalchemy import Select, delete, func, select

from ...accounts.models import Person
from ...base.db import db
from ...desk import roles
from ...desk.section import Card, Entry, NotRestored, Section
from ...site import identity
from ...text import formats
from .. import access, publishing
from ..models import Article, State
from ..publishing import Action
from ..record import RECORD

bp = Blueprint("news", __name__, url_prefix="/tin-tuc")
categories_bp = Blueprint("categories", __name__, url_prefix="/chuyen-muc")
SHOWN = 8  # rows of a card
READ_DAYS = 14


class ArticleSection(Section):
    subject, noun, path = Article.SUBJECT, "bài", "tin-tuc"
    blueprint = bp
    menu = (Entry("desk.news.index", "Tin bài"),)
    model = Article
    schema = RECORD
    revision_template = "news/desk/_revision.html"

    def row_for(self, person: Person, ref: str) -> Article:
        return access.article_for(person, self.id_of(ref))

    def own(self, person: Person) -> Select:
        return select(Article).where(Article.writer_id == person.id)

    def trashed(self, person: Person) -> Select:
        return access.trashed_articles_of(person)

    def delete(self, row: Article) -> None:
        # By a statement: what hangs on it (autosaved text, links) goes by its foreign keys.
        db.session.execute(delete(Article).where(Article.id == row.id))

    def may_restore(self, person: Person, row: Article) -> bool:
        return Action.SAVE in publishing.actions(row, person)

    def restore(self, row: Article, content: Mapping, note: str) -> None:
        try:
            publishing.save(row, current_user, lambda article: article.restore(content), note)
        except publishing.Incomplete as lack:
            raise NotRestored(f"Chưa khôi phục được vì bài đang đăng sẽ thiếu: {lack}") from lack

    def cards(self, person: Person) -> Sequence[Card]:
        seen = access.articles_of(person)
        now = formats.now()
        drafts = _first(
            seen.where(Article.state == State.DRAFT, Article.writer_id == person.id)
            .order_by(Article.updated_at.desc())
        )  # fmt: skip
        remarks = {draft.id: access.remark_to_heed(draft) for draft in drafts}
        published = seen.where(Article.state == State.PUBLISHED)
        coming = published.where(Article.published_at > now)
        leaving = published.where(Article.published_at <= now, Article.withdraw_at > now)
        waiting = seen.where(Article.state == State.IN_REVIEW)
        values = {
            "waiting": _first(waiting.order_by(Article.updated_at)),
            "sent_back": [(draft, remarks[draft.id]) for draft in drafts if remarks[draft.id]],
            "drafts": [draft for draft in drafts if not remarks[draft.id]],
            "scheduled": _first(coming.order_by(Article.published_at)),
            "leaving": _first(leaving.order_by(Article.withdraw_at)),
            "read": _most_read(),
        }
        return [Card("news/desk/_board.html", values)]

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Article.published().subquery())
        return {"Bài đã đăng": db.session.scalar(count)}


class CategorySection(Section):
    subject, noun = "category", "chuyên mục"
    blueprint = categories_bp
    menu = (Entry("desk.categories.index", "Chuyên mục", roles.every_editor),)


ARTICLES = ArticleSection()
CATEGORIES = CategorySection()


def _first(query: Select) -> list[Article]:
    return list(db.session.scalars(query.limit(SHOWN)))


def _most_read() -> dict:
    """The articles most viewed by residents in the last days: each with its views by day."""
    views = current_app.extensions["tally"].page_views(READ_DAYS)
    totals = {id: sum(by_day.values()) for id, by_day in views.items()}
    articles = {
        article.id: article
        for article in db.session.scalars(select(Article).where(Article.id.in_(totals)))
    }
    best = sorted((id for id in totals if id in articles), key=lambda id: -totals[id])[:SHOWN]
    today = formats.now().astimezone(identity.zone()).date()
    days = [today - timedelta(days=ago) for ago in range(READ_DAYS - 1, -1, -1)]
    most = max((count for by_day in views.values() for count in by_day.values()), default=1)
    rows = [(articles[id], totals[id], [views[id].get(day, 0) for day in days]) for id in best]
    return {"rows": rows, "days": days, "most": most, "total": sum(totals.values())}
