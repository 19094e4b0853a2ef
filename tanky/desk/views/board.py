import shutil
from datetime import timedelta

from flask import current_app, render_template
from flask_login import current_user
from sqlalchemy import func, select

from ...base.db import db
from ...counters.agents import REASONS
from ...news.models import Article, State
from ...procedures import results
from ...procedures.models import Procedure
from ...site import identity
from ...text import formats
from .. import access, bp

SHOWN = 8
# Results are due monthly; a few days are left for the report to be made.
RESULTS_STALE = timedelta(days=35)
READ_DAYS = 14
COUNTED_DAYS = 31
LITTLE_SPACE = 2 * 10**9  # bytes free, below which the desk warns
MOST_FULL = 0.9


@bp.get("/")
def board():
    """What waits for me, what I have in hand, what comes out next, what got read."""
    mine = access.articles_for(current_user)
    now = formats.now()
    waiting = mine.where(Article.state == State.IN_REVIEW).order_by(Article.updated_at)
    drafts = _all(
        mine.where(Article.state == State.DRAFT, Article.writer_id == current_user.id)
        .order_by(Article.updated_at.desc())
    )  # fmt: skip
    published = mine.where(Article.state == State.PUBLISHED)
    remarks = {draft.id: access.remark_to_heed(draft) for draft in drafts}
    return render_template(
        "desk/board.html",
        waiting=_all(waiting),
        sent_back=[(draft, remarks[draft.id]) for draft in drafts if remarks[draft.id]],
        drafts=[draft for draft in drafts if not remarks[draft.id]],
        scheduled=_all(published.where(Article.published_at > now).order_by(Article.published_at)),
        leaving=_all(published.where(Article.published_at <= now, Article.withdraw_at > now)
                     .order_by(Article.withdraw_at)),
        read=_read(),
        results=results.latest(),
        results_are_stale=_are_stale(),
        space=_space(),
        published=db.session.scalar(
            select(func.count()).select_from(Article.published().subquery())
        ),
        procedures=db.session.scalar(select(func.count()).select_from(
            Procedure.listed().subquery())),
    )  # fmt: skip


@bp.get("/luot-truy-cap")
def visits():
    """How each of the last days was counted, and what was left out of it."""
    access.demand_editor(current_user)
    days = current_app.extensions["tally"].days(COUNTED_DAYS)
    return render_template(
        "desk/visits.html", days=sorted(days.items(), reverse=True), reasons=REASONS
    )


def _are_stale() -> bool:
    changed = results.changed_at()
    return changed is None or formats.now() - changed > RESULTS_STALE


def _read() -> dict:
    """The articles most viewed by residents in the last days: each with its views by day."""
    views = current_app.extensions["tally"].page_views(READ_DAYS)
    totals = {id: sum(by_day.values()) for id, by_day in views.items()}
    known = {
        article.id: article
        for article in db.session.scalars(select(Article).where(Article.id.in_(totals)))
    }
    best = sorted((id for id in totals if id in known), key=lambda id: -totals[id])[:SHOWN]
    today = formats.now().astimezone(identity.zone()).date()
    days = [today - timedelta(days=ago) for ago in range(READ_DAYS - 1, -1, -1)]
    most = max((count for by_day in views.values() for count in by_day.values()), default=1)
    rows = [(known[id], totals[id], [views[id].get(day, 0) for day in days]) for id in best]
    return {"rows": rows, "days": days, "most": most, "total": sum(totals.values())}


def _space() -> dict:
    """How full the disk of the instance is, in bytes."""
    usage = shutil.disk_usage(current_app.instance_path)
    # Not total - used: what is set aside for root is not ours.
    full = 1 - usage.free / usage.total
    return {
        "free": usage.free,
        "total": usage.total,
        "percent": round(full * 100),
        "is_little": usage.free < LITTLE_SPACE or full > MOST_FULL,
    }


def _all(query) -> list[Article]:
    return list(db.session.scalars(query.limit(SHOWN)))
