from datetime import date

from flask_wtf.file import FileField as UploadField
from flask_wtf.file import FileRequired
from wtforms import BooleanField, FieldList, FileField, FormField, HiddenField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, RowForm, area, kept_file, take, with_spare
from ..desk.forms.record import field_of
from ..media.library import take_document
from ..media.models import FileText, MediaFile
from ..media.words import text_of
from ..text.formats import sentence
from .models import Document
from .record import DAYS, FILES, RECORD, RELATIONS, wrong_days

MOST_ROWS = 20


class RelationForm(RowForm):
    relation = field_of(RELATIONS["relation"])
    number = field_of(RELATIONS["number"])

    def validate_relation(self, field) -> None:
        if self.number.data and not field.data:
            raise ValidationError("Hãy chọn quan hệ.")

    def validate_number(self, field) -> None:
        if self.relation.data and not field.data:
            raise ValidationError("Hãy gõ số, ký hiệu của văn bản kia.")


class FileForm(RowForm):
    upload = FileField("Tệp PDF, Word, Excel")
    file_id = HiddenField()
    typed = area("Chữ trong bản scan", FILES["typed"].most)
    remove = BooleanField("Bỏ tệp này")

    @property
    def file(self) -> MediaFile | None:
        return kept_file(self.file_id)

    @property
    def told(self) -> FileText | None:
        """What was read of it."""
        return text_of(self.file) if self.file else None


class DocumentForm(EditorForm):
    number = field_of(RECORD["number"])
    kind = field_of(RECORD["kind"], "Hãy chọn loại văn bản.")
    title = area("Trích yếu (về việc gì)", RECORD["title"].most, "Hãy gõ trích yếu.")
    issuer = field_of(RECORD["issuer"])
    signer = field_of(RECORD["signer"])
    topic = field_of(RECORD["topic"])
    issued_on = field_of(RECORD["issued_on"], "Hãy ghi ngày ban hành.")
    in_force_on = field_of(RECORD["in_force_on"])
    ended_on = field_of(RECORD["ended_on"])
    relations = FieldList(FormField(RelationForm), max_entries=MOST_ROWS)
    files = FieldList(FormField(FileForm), max_entries=MOST_ROWS)
    version = HiddenField()

    @classmethod
    def of(cls, document: Document | None) -> "DocumentForm":
        """The form as its page opens it: with an empty row more for each table."""
        if document is None:
            return cls(formdata=None, data={"relations": [{}], "files": [{}]})
        record = document.snapshot()
        data = record | {name: record[name] and date.fromisoformat(record[name]) for name in DAYS}
        data |= {
            "relations": with_spare(record["relations"], MOST_ROWS),
            "files": with_spare(
                [row | {"file_id": str(row["file_id"])} for row in record["files"]], MOST_ROWS
            ),
            "version": str(document.version),
        }
        return cls(formdata=None, data=data)

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        for name, why in wrong_days(*(self[name].data for name in DAYS)):
            self[name].errors = [*self[name].errors, f"{sentence(why)}."]
            valid = False
        # Every file is taken in before anything is refused, so that none has to be chosen again.
        for row in self.files:
            if file := take(row.form.upload, take_document):
                row.form.file_id.data = str(file.id)
                row.form.remove.data = False
            valid = valid and not row.form.upload.errors
        return valid

    @property
    def record(self) -> dict:
        """What was typed, as the record that a document takes."""
        typed = {attribute.name: self[attribute.name].data for attribute in RECORD}
        files = []
        for row in self.files:
            if row.form.file and not row.form.remove.data:
                text_of(row.form.file)
                files.append({"file_id": row.form.file.id, "typed": row.form.typed.data or ""})
        return typed | {
            "title": " ".join(self.title.data.split()),
            "relations": [
                {"relation": row["relation"], "number": row["number"]}
                for row in self.relations.data
                if row["number"]
            ],
            "files": files,
        } | {name: typed[name].isoformat() if typed[name] else None for name in DAYS}  # fmt: skip


class SheetForm(EditorForm):
    file = UploadField("Tệp ZIP, Excel hoặc CSV", [FileRequired("Hãy chọn một tệp.")])
