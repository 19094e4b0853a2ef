from wtforms import IntegerField, MultipleFileField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from . import EditorForm, text

MOST_FILES = 50


class UploadForm(EditorForm):
    files = MultipleFileField("Ảnh và tệp")

    def validate_files(self, field) -> None:
        # A browser sends one nameless part where nothing was chosen.
        field.data = [part for part in field.data or () if getattr(part, "filename", "")]
        if not field.data:
            raise ValidationError("Hãy chọn ít nhất một tệp.")
        if len(field.data) > MOST_FILES:
            raise ValidationError(f"Mỗi lần gửi nhiều nhất {MOST_FILES} tệp.")


class FileForm(EditorForm):
    title = text("Tên gọi", 200)
    focus_x = IntegerField(
        "Điểm chính, tính từ trái (%)",
        [InputRequired("Hãy gõ một số."), NumberRange(0, 100, "Từ 0 đến 100.")],
    )
    focus_y = IntegerField(
        "Điểm chính, tính từ trên (%)",
        [InputRequired("Hãy gõ một số."), NumberRange(0, 100, "Từ 0 đến 100.")],
    )
