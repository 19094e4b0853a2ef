"""Where a file is used: what is used anywhere cannot vanish."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import String, cast, or_, select

from ..base.db import db
from ..media.models import MediaFile
from ..news.models import Article, PreviewLink
from ..procedures.models import Procedure
from ..records import references
from ..records.revisions import Revision
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
    for article in db.session.scalars(references.referring(key, Article).limit(20)):
        place = url_for("desk.article", id=article.id)
        found.append(Use(f"bài “{article.called}”", place))
    for procedure in db.session.scalars(references.referring(key, Procedure).limit(20)):
        place = url_for("desk.procedure", code=procedure.code)
        found.append(Use(f"thủ tục “{procedure.title}”", place))
    if db.session.scalar(select(SiteIdentity.id).where(SiteIdentity.logo_id == file.id)):
        found.append(Use("biểu trưng của trang", url_for("desk.site_identity")))
    return found


def is_public(file: MediaFile) -> bool:
    """Whether something that residents see shows a file or links to it."""
    return (
        references.among(file.key, Article.published(), Article)
        or references.among(file.key, Procedure.listed(), Procedure)
        or bool(db.session.scalar(select(SiteIdentity.id).where(SiteIdentity.logo_id == file.id)))
    )


def is_passed(file: MediaFile, secret: str) -> bool:
    """Whether a preview link leads to an article that shows a file."""
    link = PreviewLink.by_secret(secret)
    article = select(Article).where(Article.id == link.article_id) if link else None
    return article is not None and references.among(file.key, article, Article)


def lost_files(article: Article) -> str:
    """The names of files that an article shows and that lie in the trash."""
    keys = references.keys_in(article.body)
    query = select(MediaFile).where(MediaFile.key.in_(keys), MediaFile.trashed_at.is_not(None))
    files = list(db.session.scalars(query)) if keys else []
    if article.cover and article.cover.is_trashed:
        files.append(article.cover)
    return ", ".join(file.called for file in files)


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
