from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FileField,
    HiddenField,
    SelectField,
)
from wtforms.validators import Optional, ValidationError

from ...media.models import MediaFile
from ...news.models import Article, Category
from ...text import sanitise
from . import EditorForm, area, text

# What saves itself as one types; a file does not.
AUTOSAVED = (
    "title", "category", "lede", "body", "cover_alt", "cover_caption", "author", "source",
    "publish_at",
)  # fmt: skip


class ArticleForm(EditorForm):
    title = text("Tiêu đề", 300)
    category = SelectField("Chuyên mục", coerce=int)
    lede = area("Sapô (đoạn mở đầu)", 2000)
    body = area("Nội dung", 1_000_000)
    cover = FileField("Ảnh đại diện")
    # The photo that a failed save has already taken in: it need not be chosen again.
    cover_id = HiddenField()
    remove_cover = BooleanField("Bỏ ảnh này")
    cover_alt = text("Mô tả ảnh cho người không nhìn thấy", 300)
    cover_caption = text("Chú thích dưới ảnh", 300)
    author = text("Tác giả", 120)
    source = text("Nguồn", 200)
    publish_at = DateTimeLocalField(  # empty means now
        "Ngày giờ đăng", [Optional()], format=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
    )
    remark = area("Lý do trả lại", 1000)
    version = HiddenField()

    def __init__(self, zone: ZoneInfo, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._zone = zone
        self.category.choices = [(0, "— Chọn chuyên mục —")] + [
            (category.id, category.name) for category in Category.in_order()
        ]

    @classmethod
    def of(cls, article: Article, zone: ZoneInfo) -> "ArticleForm":
        """The form as an article's page opens it."""
        local = article.published_at and article.published_at.astimezone(zone).replace(tzinfo=None)
        form = cls(
            zone,
            formdata=None,
            data={
                "title": article.title,
                "category": article.category_id or 0,
                "lede": article.lede,
                "body": sanitise.for_editor(article.body),
                "cover_id": article.cover_id or "",
                "cover_alt": article.cover_alt,
                "cover_caption": article.cover_caption,
                "author": article.author,
                "source": article.source,
                "publish_at": local,
            },
        )
        form.version.data = str(article.version)
        return form

    @property
    def moment(self) -> datetime | None:
        """The time asked for, in UTC."""
        local = self.publish_at.data
        return local.replace(tzinfo=self._zone).astimezone(UTC) if local else None

    @property
    def cover_file(self) -> MediaFile | None:
        known = self.cover_id.data or ""
        return MediaFile.by_id(int(known)) if known.isascii() and known.isdigit() else None

    def validate_publish_at(self, field) -> None:
        if field.data and not 2000 <= field.data.year <= 2200:
            raise ValidationError("Hãy gõ một năm từ 2000 đến 2200.")

    def fill(self, article: Article) -> None:
        """Put what was typed into the article; the body sanitised."""
        article.title = self.title.data
        article.category_id = self.category.data or None
        article.lede = self.lede.data
        article.body = sanitise.from_editor(self.body.data)
        article.cover_alt = self.cover_alt.data
        article.cover_caption = self.cover_caption.data
        article.author = self.author.data
        article.source = self.source.data
        if self.remove_cover.data:
            article.cover = None
        elif self.cover_file:
            article.cover = self.cover_file
