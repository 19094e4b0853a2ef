"""Where a file is used: what is used anywhere cannot vanish."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import String, cast, or_, select

from ..extensions import db
from ..media.models import MediaFile
from ..news.models import Article
from ..procedures.models import Paper, Procedure
from ..revisions import Revision
from ..site.models import SiteIdentity


@dataclass(frozen=True)
class Use:
    what: str
    url: str


def uses_of(file: MediaFile) -> list[Use]:
    """The articles, procedures and the logo that show or link to a file; also those in the trash,
    since they can be taken back."""
    found = []
    key = file.key
    query = select(Article).where(
        or_(Article.cover_id == file.id, Article.body.contains(key, autoescape=True))
    )
    for article in db.session.scalars(query.limit(20)):
        place = url_for("editors.article", id=article.id)
        found.append(Use(f"bài “{article.called}”", place))
    query = select(Procedure).where(
        or_(
            Procedure.papers.any(Paper.form_id == file.id),
            Procedure.steps.contains(key, autoescape=True),
            Procedure.conditions.contains(key, autoescape=True),
        )
    )
    for procedure in db.session.scalars(query.limit(20)):
        place = url_for("editors.procedure", code=procedure.code)
        found.append(Use(f"thủ tục “{procedure.title}”", place))
    if db.session.scalar(select(SiteIdentity.id).where(SiteIdentity.logo_id == file.id)):
        found.append(Use("biểu trưng của trang", url_for("editors.site_identity")))
    return found


def kept_by_revision(file: MediaFile) -> bool:
    """Whether an earlier version of something would lack the file if it were deleted for good."""
    content = cast(Revision.content, String)
    return bool(
        db.session.scalar(
            select(Revision.id)
            .where(
                or_(
                    content.contains(file.key, autoescape=True),
                    content.contains(f'"cover_id": {file.id},', autoescape=True),
                    content.contains(f'"form_id": {file.id}', autoescape=True),
                )
            )
            .limit(1)
        )
    )
