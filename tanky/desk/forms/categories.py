from wtforms import BooleanField
from wtforms.validators import ValidationError

from ...base.db import db
from ...news.models import Category
from ...text.folding import slugify
from . import EditorForm, count, text


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
