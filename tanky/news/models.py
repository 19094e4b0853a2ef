import enum
import hashlib
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    false,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..accounts.models import Person
from ..base.alphabet import in_alphabet
from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..base.tokens import digest_of, new_secret
from ..media.models import MediaFile
from ..records import references
from ..records.recorded import Snapshot
from ..records.search import indexed
from ..records.trash import Trashable
from ..site import identity
from ..text import formats, sanitise
from ..text.folding import slugify


class State(enum.StrEnum):
    """Where an article stands. That it is scheduled, or withdrawn at a set time, is a published
    one's time still to come or gone by, so that it appears and goes to the second with nothing
    running at that moment."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Category(Model):
    __tablename__ = "categories"
    SUBJECT = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    position: Mapped[int] = mapped_column(default=0)
    # Notices (thông báo) stand beside the news on the home page, not among it.
    is_notice: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def in_order(cls) -> list["Category"]:
        return list(db.session.scalars(select(cls).order_by(cls.position, in_alphabet(cls.name))))

    @property
    def called(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        return url_for("news.category", slug=self.slug)


class Article(Trashable, Model):
    __tablename__ = "articles"
    __table_args__ = (
        # Lists skip over index entries alone: state, then the order of the list, then what else
        # decides whether the public sees it.
        Index("ix_articles_newest", "state", "published_at", "id", "withdraw_at"),
        Index(
            "ix_articles_category_newest",
            "category_id", "state", "published_at", "id", "withdraw_at",
        ),
        Index("ix_articles_withdraw_at", "withdraw_at"),
        # What is public is withdrawn before it is thrown away: no public query asks for the trash.
        CheckConstraint("trashed_at IS NULL OR state != 'published'", name="trash"),
        NEVER_REUSED,
    )  # fmt: skip
    SUBJECT = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    title: Mapped[str] = mapped_column(String(300), default="")
    slug: Mapped[str] = mapped_column(String(100), default="")
    lede: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")  # sanitised HTML
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("media_files.id"), index=True)
    cover_alt: Mapped[str] = mapped_column(String(300), default="")
    cover_caption: Mapped[str] = mapped_column(String(300), default="")
    author: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[State] = mapped_column(
        enum_of(State, 20),
        default=State.DRAFT,
    )
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdraw_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # Told to who comes to its address after it was taken down.
    withdrawn_because: Mapped[str] = mapped_column(String(300), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    writer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    # Counts saves, so that a form opened before another's save does not overwrite it.
    version: Mapped[int] = mapped_column(default=1)
    search_text: Mapped[str] = mapped_column(Text, default="")
    # Photos without a description are decoration, says who wrote it.
    decorative: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Demonstration content says so on its page, until someone edits it.
    is_sample: Mapped[bool] = mapped_column(default=False)

    category: Mapped[Category | None] = relationship(lazy="joined")
    cover: Mapped[MediaFile | None] = relationship(lazy="joined")
    writer: Mapped[Person | None] = relationship(foreign_keys=[writer_id])

    __mapper_args__ = {"version_id_col": version}

    NEWEST = (published_at.desc(), id.desc())

    @classmethod
    def published(cls) -> Select:
        """The articles that the public may see now. Every public query begins here."""
        return cls.not_over().where(cls.published_at <= formats.now())

    @classmethod
    def over(cls) -> Select:
        """The articles that the public saw once and sees no more."""
        was_public = cls.published_at <= formats.now()
        expired = (cls.state == State.PUBLISHED) & (cls.withdraw_at <= formats.now())
        return select(cls).where(was_public, expired | (cls.state == State.WITHDRAWN))

    @property
    def why_over(self) -> str:
        """Why the public sees it no more, as a sentence; "" where nobody said."""
        if self.is_expired:
            return f"Bài chỉ đăng đến {formats.moment(self.withdraw_at, identity.zone())}."
        return f"Lý do: {self.withdrawn_because}" if self.withdrawn_because else ""

    @classmethod
    def not_over(cls) -> Select:
        """Those and the ones still to come: for queries with a bound of their own on the time,
        which lies in the past. A second one would have the database enter the index at the present.
        """
        return select(cls).where(
            cls.state == State.PUBLISHED,
            or_(cls.withdraw_at.is_(None), cls.withdraw_at > formats.now()),
        )

    @classmethod
    def newest(cls, limit: int, category: Category | None = None) -> list["Article"]:
        query = cls.published().order_by(*cls.NEWEST).limit(limit)
        if category:
            query = query.where(cls.category_id == category.id)
        return list(db.session.scalars(query))

    @classmethod
    def newest_version(cls, each: int) -> str:
        """Changes whenever the ``each`` newest of any category, or of all, do as the public sees
        them: a title, an order, a category's name, one that appears or is gone.
        """
        categories = Category.in_order()
        public = cls.published()
        lists = [public, *(public.where(cls.category_id == c.id) for c in categories)]
        newest = [
            known.with_only_columns(cls.id, cls.version, cls.published_at)
            .order_by(*cls.NEWEST)
            .limit(each)
            .subquery()
            for known in lists
        ]
        rows = db.session.execute(union_all(*map(select, newest))).all()
        names = [(category.id, category.slug, category.name) for category in categories]
        seen = repr((names, sorted(map(tuple, rows))))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]

    @classmethod
    def next_change(cls, after: datetime) -> datetime | None:
        """The first moment after ``after`` at which an article appears or goes by itself."""
        published = select(cls).where(cls.state == State.PUBLISHED)
        moments = [
            db.session.scalar(
                published.with_only_columns(column).where(column > after).order_by(column).limit(1)
            )
            for column in (cls.published_at, cls.withdraw_at)
        ]
        return min(filter(None, moments), default=None)

    @property
    def is_public(self) -> bool:
        return (
            self.state == State.PUBLISHED
            and self.published_at <= formats.now()
            and not self.is_expired
        )

    @property
    def is_scheduled(self) -> bool:
        return self.state == State.PUBLISHED and self.published_at > formats.now()

    @property
    def is_expired(self) -> bool:
        """Whether its set time to be withdrawn has come."""
        return (
            self.state == State.PUBLISHED
            and self.withdraw_at is not None
            and self.withdraw_at <= formats.now()
        )

    @property
    def called(self) -> str:
        return self.title or "(chưa có tiêu đề)"

    @property
    def url(self) -> str:
        return url_for("news.article", id=self.id, slug=self.slug)

    @property
    def summary(self) -> str:
        """The lede, or the first words of the body."""
        return self.lede or sanitise.beginning(self.body)

    def refresh_derived(self) -> None:
        """What is made of the text: the address and the words to be found by."""
        self.slug = slugify(self.title)
        self.search_text = indexed(self.title, self.lede, sanitise.plain(self.body), self.author)

    def snapshot(self) -> dict:
        """What a revision keeps: the text and what belongs to it, not where it stands."""
        return {
            "title": self.title,
            "category_id": self.category_id,
            "category": self.category.name if self.category else "",
            "lede": self.lede,
            "body": self.body,
            "cover_id": self.cover_id,
            "cover_alt": self.cover_alt,
            "cover_caption": self.cover_caption,
            "author": self.author,
            "source": self.source,
        }

    def restore(self, content: Snapshot) -> None:
        """Take back what a revision kept; a category or photo that is gone is left as it is."""
        for name in ("title", "lede", "body", "cover_alt", "cover_caption", "author", "source"):
            setattr(self, name, content[name])
        self.category = db.session.get(Category, content["category_id"] or 0) or self.category
        self.cover = db.session.get(MediaFile, content["cover_id"]) if content["cover_id"] else None

    def neighbours(self) -> tuple["Article | None", "Article | None"]:
        """The next older and next newer article of the same category."""
        # Compared as a pair, so that the index of the list is entered at this article. What is
        # older than a public article is public by its time.
        place = tuple_(Article.published_at, Article.id)
        here = tuple_(literal(self.published_at, UTCDateTime()), literal(self.id, Article.id.type))
        public = Article.published()
        earlier = Article.not_over() if self.is_public else public
        older = earlier.where(place < here).order_by(*Article.NEWEST)
        newer = public.where(place > here).order_by(Article.published_at, Article.id)
        return tuple(
            db.session.scalar(query.where(Article.category_id == self.category_id).limit(1))
            for query in (older, newer)
        )

    def related(self, limit: int = 4) -> list["Article"]:
        """The newest others of its category."""
        query = (
            Article.published()
            .where(Article.category_id == self.category_id, Article.id != self.id)
            .order_by(*Article.NEWEST)
            .limit(limit)
        )
        return list(db.session.scalars(query))


references.follow(
    Article,
    lambda article: [article.body],
    MediaFile,
    lambda article: [article.cover_id],
)


class AutosavedDraft(Model):
    """What a person typed into an article's form and has not saved yet."""

    __tablename__ = "autosaved_drafts"
    SHOWN = False

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    fields: Mapped[dict] = mapped_column(db.JSON)  # form field name → text as typed
    base_version: Mapped[int]  # Article.version of the form that was typed into
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)


class Presence(Model):
    """Who has an article's form open: said to whoever opens it as well."""

    __tablename__ = "presences"
    SHOWN = False

    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    person: Mapped[Person] = relationship(lazy="joined")


class PreviewLink(Model):
    """A secret address at which an article can be read before it is public, until it expires."""

    __tablename__ = "preview_links"
    SHOWN = False

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("articles.id", ondelete="CASCADE"), index=True
    )
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the secret
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    article: Mapped[Article] = relationship(lazy="joined")
    created_by: Mapped[Person | None] = relationship(lazy="joined")

    @classmethod
    def make(cls, article: Article, person, lifetime: timedelta) -> tuple["PreviewLink", str]:
        """A new link and its secret, which is stored nowhere; the caller commits."""
        secret = new_secret()
        link = cls(
            article_id=article.id,
            digest=digest_of(secret),
            created_by_id=person.id,
            expires_at=formats.now() + lifetime,
        )
        db.session.add(link)
        return link, secret

    @classmethod
    def valid(cls) -> Select:
        return select(cls).where(cls.expires_at > formats.now())

    @classmethod
    def by_secret(cls, secret: str) -> "PreviewLink | None":
        return db.session.scalar(cls.valid().where(cls.digest == digest_of(secret)))
