from datetime import timedelta

from flask import render_template
from flask_login import current_user
from sqlalchemy import func, select

from ...extensions import db
from ...news.models import Article, State
from ...procedures import results
from ...procedures.models import Procedure
from ...text import formats
from .. import access, bp

SHOWN = 8
# Results are due monthly; a few days are left for the report to be made.
RESULTS_STALE = timedelta(days=35)


@bp.get("/")
def desk():
    """What waits for me, what I have in hand, what comes out next."""
    mine = access.articles_for(current_user)
    waiting = mine.where(Article.state == State.IN_REVIEW).order_by(Article.updated_at)
    drafts = mine.where(Article.state == State.DRAFT, Article.writer_id == current_user.id)
    scheduled = mine.where(Article.state == State.PUBLISHED, Article.published_at > formats.now())
    changed = results.changed_at()
    return render_template(
        "editors/desk.html",
        waiting=_all(waiting),
        drafts=_all(drafts.order_by(Article.updated_at.desc())),
        scheduled=_all(scheduled.order_by(Article.published_at)),
        results=results.latest(),
        results_are_stale=changed is None or formats.now() - changed > RESULTS_STALE,
        published=db.session.scalar(
            select(func.count()).select_from(Article.published().subquery())
        ),
        procedures=db.session.scalar(select(func.count()).select_from(Procedure)),
    )


def _all(query) -> list[Article]:
    return list(db.session.scalars(query.limit(SHOWN)))
