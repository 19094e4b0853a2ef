from datetime import date

from wtforms import BooleanField, FieldList, FormField, HiddenField, MultipleFileField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, RowForm, count, kept_file, take_all
from ..desk.forms.record import field_of
from ..media import rich_text
from ..media.library import take_picture_or_film
from ..media.models import MediaFile
from .models import ITEMS, RECORD, Album

MOST_ITEMS = 100


class ItemForm(RowForm):
    file_id = HiddenField()
    caption = field_of(ITEMS["caption"])
    position = count("Thứ tự", most=MOST_ITEMS)
    remove = BooleanField("Bỏ khỏi album")

    @property
    def file(self) -> MediaFile | None:
        file = kept_file(self.file_id)
        return file if file and (file.is_picture or file.is_film) else None

    def validate_caption(self, field) -> None:
        if not field.data and not self.remove.data:
            raise ValidationError("Hãy ghi chú thích: người không nhìn thấy ảnh sẽ nghe đọc.")


class AlbumForm(EditorForm):
    title = field_of(RECORD["title"])
    taken_on = field_of(RECORD["taken_on"])
    description = field_of(RECORD["description"])
    items = FieldList(FormField(ItemForm), max_entries=MOST_ITEMS)
    uploads = MultipleFileField("Thêm ảnh, video (chọn được nhiều tệp)")
    version = HiddenField()

    @classmethod
    def of(cls, album: Album | None) -> "AlbumForm":
        """The form as its page opens it."""
        if album is None:
            return cls(formdata=None)
        record = album.snapshot()
        given = {
            "taken_on": record["taken_on"] and date.fromisoformat(record["taken_on"]),
            "description": rich_text.as_typed(album.description),
            "items": [
                row | {"file_id": str(row["file_id"]), "position": position}
                for position, row in enumerate(record["items"], 1)
            ],
            "version": str(album.version),
        }
        return cls(formdata=None, data=record | given)

    def take_files(self) -> None:
        """Keep the photos and films that came along, each as a row that waits for its caption."""
        present = {row.form.file_id.data for row in self.items}
        for file in take_all(self.uploads, take_picture_or_film):
            if str(file.id) in present:
                continue
            if len(self.items) == MOST_ITEMS:
                self.uploads.errors = [f"Một album có nhiều nhất {MOST_ITEMS} ảnh, video."]
                break
            self.items.append_entry({"file_id": str(file.id), "position": len(self.items) + 1})

    def validate(self, extra_validators=None) -> bool:
        given = len(self.items)
        self.take_files()
        refused = list(self.uploads.errors)
        valid = super().validate(extra_validators)
        self.uploads.errors = refused
        if len(self.items) > given and not refused:
            self.uploads.errors = ["Đã nhận. Hãy ghi chú thích cho từng tệp mới bên dưới rồi lưu."]
        elif not self.record_items and not refused:
            self.uploads.errors = ["Hãy chọn ít nhất một ảnh hoặc video."]
        return valid and not self.uploads.errors

    @property
    def record_items(self) -> list[dict]:
        rows = [row.form for row in self.items if row.form.file and not row.form.remove.data]
        rows.sort(key=lambda row: row.position.data or MOST_ITEMS)
        return [{"caption": row.caption.data, "file_id": row.file.id} for row in rows]

    @property
    def record(self) -> dict:
        """What was typed, as the record that an album takes."""
        day = self.taken_on.data
        return {
            "title": self.title.data,
            "taken_on": day and day.isoformat(),
            "description": RECORD["description"].clean(self.description.data),
            "items": self.record_items,
        }
