from datetime import datetime
from zoneinfo import ZoneInfo

from flask_login import current_user
from flask_wtf.file import FileField as UploadField
from flask_wtf.file import FileRequired
from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    SelectField,
)
from wtforms.validators import ValidationError

from ..base.db import db
from ..desk import files
from ..desk.forms import EditorForm, area, count, moment, text, to_local, to_utc
from ..desk.forms.record import field_of
from ..media import rich_text
from ..media.models import MediaFile
from ..text.folding import slugify
from . import publishing
from .models import Article, Category
from .record import RECORD

# What saves itself as one types; a file does not.
AUTOSAVED = (
    "title", "category", "lede", "body", "cover_id", "cover_alt", "cover_caption", "author",
    "source", "publish_at", "withdraw_at",
)  # fmt: skip


class ArticleForm(EditorForm):
    title = field_of(RECORD["title"])
    category = SelectField(RECORD["category"].label, coerce=int)
    lede = area("Sapô (đoạn mở đầu)", RECORD["lede"].most)
    body = field_of(RECORD["body"])
    cover = FileField("Ảnh đại diện")
    # The photo that was chosen from the library, or that a failed save has already taken in.
    cover_id = HiddenField()
    remove_cover = BooleanField("Bỏ ảnh này")
    cover_alt = field_of(RECORD["cover_alt"])
    decorative = BooleanField("Ảnh không có mô tả chỉ để trang trí")
    # The photos without a description that the page showed beside this box.
    answered_for = HiddenField()
    cover_caption = field_of(RECORD["cover_caption"])
    author = field_of(RECORD["author"])
    source = field_of(RECORD["source"])
    publish_at = moment("Ngày giờ đăng")  # empty: now
    withdraw_at = moment("Ngày giờ tự gỡ")  # empty: never
    remark = area("Lý do trả lại", 1000)
    version = HiddenField()

    def __init__(self, zone: ZoneInfo, *args, cover_id: int | None = None, **kwargs):
        """:param cover_id: of the photo that the article has, whosever it is."""
        super().__init__(*args, **kwargs)
        self._zone = zone
        self.stored_cover_id = cover_id
        self.category.choices = [(0, "— Chọn chuyên mục —")] + [
            (category.id, category.name) for category in Category.in_order()
        ]

    @classmethod
    def of(cls, article: Article, zone: ZoneInfo) -> "ArticleForm":
        """The form as an article's page opens it."""

        form = cls(
            zone,
            cover_id=article.cover_id,
            formdata=None,
            data={
                "title": article.title,
                "category": article.category_id or 0,
                "lede": article.lede,
                "body": rich_text.for_form(article.body),
                "cover_id": str(article.cover_id or ""),
                "cover_alt": article.cover_alt,
                "decorative": article.decorative,
                "cover_caption": article.cover_caption,
                "author": article.author,
                "source": article.source,
                "publish_at": to_local(article.published_at, zone),
                "withdraw_at": to_local(article.withdraw_at, zone),
            },
        )
        form.version.data = str(article.version)
        return form

    @property
    def moment(self) -> datetime | None:
        """The time asked for, in UTC."""
        return to_utc(self.publish_at.data, self._zone)

    @property
    def until(self) -> datetime | None:
        """The time to be withdrawn, in UTC."""
        return to_utc(self.withdraw_at.data, self._zone)

    @property
    def cover_file(self) -> MediaFile | None:
        known = self.cover_id.data or ""
        file = MediaFile.by_id(int(known[:9])) if known.isascii() and known.isdigit() else None
        if file is None or not file.is_picture:
            return None
        if file.id == self.stored_cover_id:
            return file
        # An id is guessed easily: only what the person sees in the library can be chosen.
        return file if files.sees(current_user, file) and not file.is_trashed else None

    @property
    def undescribed(self) -> set[str]:
        """The photos that say nothing to who cannot see them."""
        found = rich_text.undescribed(self.body.data or "")
        cover = self.cover_file
        if (
            cover
            and not self.remove_cover.data
            and not rich_text.is_described(self.cover_alt.data or "")
        ):
            found.add(cover.key)
        return found

    @property
    def clean_body(self) -> str:
        """As it is stored, the same whether the text area or the editor sent it."""
        return RECORD["body"].clean(self.body.data or "")

    def fill(self, article: Article) -> None:
        """Put what was typed into the article; the body sanitised."""
        article.title = self.title.data
        # The category itself: a revision tells its name before anything is written.
        article.category = db.session.get(Category, self.category.data or 0)
        article.lede = self.lede.data
        article.body = self.clean_body
        article.cover_alt = self.cover_alt.data
        # The box was ticked for the photos that the page showed, not for one added since.
        answered = {*(self.answered_for.data or "").split()}
        if article.decorative and not self.undescribed <= answered:
            self.decorative.data = False
        article.decorative = self.decorative.data
        article.cover_caption = self.cover_caption.data
        article.author = self.author.data
        article.source = self.source.data
        if self.remove_cover.data:
            article.cover = None
        elif cover := self.cover_file:
            article.cover = cover

    def typed(self, article: Article) -> dict:
        """What a revision would keep were this saved, to be compared with what is stored."""
        names = dict(self.category.choices)
        return article.snapshot() | {
            "title": self.title.data,
            "category": names.get(self.category.data, "") if self.category.data else "",
            "lede": self.lede.data,
            "body": self.clean_body,
            "cover_alt": self.cover_alt.data,
            "cover_caption": self.cover_caption.data,
            "author": self.author.data,
            "source": self.source.data,
        }


class WordForm(EditorForm):
    file = UploadField("Tệp Word (.docx)", [FileRequired("Hãy chọn một tệp .docx.")])


class ImportedForm(EditorForm):
    """A draft that was read from a file and waits for a choice of its encoding."""

    title = text("Tiêu đề", 300)
    lede = area("Sapô", 4000)
    body = area("Nội dung", 3_000_000)
    name = text("Tên tệp", 200)


class LinkForm(EditorForm):
    days = SelectField(
        "Liên kết dùng được trong",
        coerce=int,
        choices=list(publishing.LINK_LIFETIMES.items()),
        default=3,
    )


class CategoryForm(EditorForm):
    name = text("Tên chuyên mục", 100, "Hãy gõ tên chuyên mục.")
    position = count("Thứ tự", most=999)
    is_notice = BooleanField("Là thông báo (hiện ở cột bên của trang chủ)")

    def __init__(self, category: Category | None = None, **kwargs):
        super().__init__(obj=category, **kwargs)
        self._category = category

    def validate_name(self, field) -> None:
        query = db.select(Category).where(Category.slug == slugify(field.data))
        other = db.session.scalar(query)
        if other and other is not self._category:
            raise ValidationError(f"Đã có chuyên mục “{other.name}” cùng địa chỉ.")

    def fill(self, category: Category) -> None:
        category.name = self.name.data
        category.slug = category.slug or slugify(self.name.data)
        category.position = self.position.data or 0
        category.is_notice = self.is_notice.data
