from datetime import date

from wtforms import BooleanField, FieldList, FileField, FormField, HiddenField, SelectField
from wtforms.validators import InputRequired, ValidationError

from ..desk import saving
from ..desk.forms import EditorForm, RowForm, day, kept_file, take, text, with_spare
from ..desk.forms.record import field_of
from ..media import rich_text
from ..media.library import take as take_file
from ..media.library import take_document
from ..media.models import MediaFile
from ..site import identity
from ..text.formats import sentence
from .headings import RECORD as HEADING
from .headings import Heading, tree
from .models import PLAIN, PROVED, Disclosure, ListedElsewhere, Plan
from .record import BROADCASTS, DAYS, RECORD, wrong_days

MOST_FILES = 20
MOST_BROADCASTS = 12
MOST_PLANNED = 60


class FileForm(RowForm):
    upload = FileField("Tệp PDF, Word, Excel hoặc ảnh")
    file_id = HiddenField()
    remove = BooleanField("Bỏ tệp này")

    @property
    def file(self) -> MediaFile | None:
        return kept_file(self.file_id)


class BroadcastForm(RowForm):
    day = field_of(BROADCASTS["day"])


class DisclosureForm(EditorForm):
    heading = SelectField(RECORD["heading"].label, [InputRequired("Hãy chọn mục.")])
    title = field_of(RECORD["title"])
    number = field_of(RECORD["number"])
    decided_on = field_of(RECORD["decided_on"])
    year = field_of(RECORD["year"])
    body = field_of(RECORD["body"])
    files = FieldList(FormField(FileForm), max_entries=MOST_FILES)
    has_names = field_of(RECORD["has_names"])
    posted_until = field_of(RECORD["posted_until"])
    shorter_because = field_of(RECORD["shorter_because"])
    office_from = field_of(RECORD["office_from"])
    office_until = field_of(RECORD["office_until"])
    office_place = field_of(RECORD["office_place"])
    broadcasts = FieldList(FormField(BroadcastForm), max_entries=MOST_BROADCASTS)
    responsible = field_of(RECORD["responsible"])
    planned = SelectField(RECORD["planned_id"].label, coerce=int)
    version = HiddenField()

    def __init__(self, item: Disclosure | None = None, **kwargs):
        super().__init__(**kwargs)
        self._item = item
        self.heading.choices = [("", "—")] + [
            (row.number, row.called) for top, parts in tree() for row in (top, *parts)
        ]
        years = (identity.today().year, identity.today().year + 1)
        rows = [row for year in years for row in Plan.of_year(year)]
        if item and item.planned_id and item.planned_id not in {row.id for row in rows}:
            rows.append(item.planned)
        self.planned.choices = [(0, "— Ngoài kế hoạch —")] + [
            (row.id, f"{row.year}: {row.content}") for row in rows
        ]

    @classmethod
    def of(cls, item: Disclosure | None, heading: Heading | None = None) -> "DisclosureForm":
        """The form as its page opens it: with an empty row more for each table.

        :param heading: which a new item is to stand under.
        """
        if item is None:
            given = {"heading": heading.number, "has_names": heading.holds_names} if heading else {}
            return cls(formdata=None, data={"files": [{}], "broadcasts": [{}]} | given)
        record = item.snapshot()
        data = record | {name: record[name] and date.fromisoformat(record[name]) for name in DAYS}
        data |= {
            "body": rich_text.for_form(record["body"]),
            "files": with_spare(
                [{"file_id": str(row["file_id"])} for row in record["files"]], MOST_FILES
            ),
            "broadcasts": with_spare(
                [{"day": date.fromisoformat(day)} for day in item.broadcasts], MOST_BROADCASTS
            ),
            "planned": item.planned_id or 0,
            "version": str(item.version),
        }
        return cls(item, formdata=None, data=data)

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        days = {name: self[name].data for name in DAYS}
        item = self._item
        # Other words are posted anew, and their term begins again.
        begins = identity.today()
        if item and item.is_public and not self._changes_words():
            begins = identity.day_of(item.posting.began_at)
        heading = Heading.by(number=self.heading.data or "")
        wrong = wrong_days(
            days, heading, begins, self.has_names.data, bool(self.shorter_because.data)
        )
        for name, why in wrong:
            self[name].errors = [*self[name].errors, f"{sentence(why)}."]
            valid = False
        # Every file is taken in before anything is refused, so that none has to be chosen again.
        for row in self.files:
            if file := take(row.form.upload, take_file):
                row.form.file_id.data = str(file.id)
                row.form.remove.data = False
            valid = valid and not row.form.upload.errors
        return valid

    def _changes_words(self) -> bool:
        item, record = self._item, self.record
        kept = item.snapshot()
        chosen = any(getattr(row.form.upload.data, "filename", "") for row in self.files)
        return chosen or any(record[name] != kept[name] for name in PROVED)

    @property
    def record(self) -> dict:
        """What was typed, as the record that an item takes."""
        spoken_on = {row["day"].isoformat() for row in self.broadcasts.data if row["day"]}
        return {
            **{name: self[name].data for name in PLAIN},
            **{name: self[name].data and self[name].data.isoformat() for name in DAYS},
            "body": RECORD["body"].clean(self.body.data),
            "files": [
                {"file_id": row.form.file.id}
                for row in self.files
                if row.form.file and not row.form.remove.data
            ],
            "broadcasts": [{"day": day} for day in sorted(spoken_on)],
            "planned_id": self.planned.data or None,
        }


class HeadingForm(EditorForm):
    name = field_of(HEADING["name"])
    citation = field_of(HEADING["citation"])
    least_days = field_of(HEADING["least_days"])
    due_days = field_of(HEADING["due_days"])
    due_is_working = field_of(HEADING["due_is_working"])
    due_from = field_of(HEADING["due_from"])
    is_spoken = field_of(HEADING["is_spoken"])
    holds_names = field_of(HEADING["holds_names"])
    checked_on = field_of(HEADING["checked_on"])

    def validate_due_days(self, field) -> None:
        if field.data is not None and not self.due_from.data:
            raise ValidationError("Hãy ghi thời hạn tính từ ngày nào, ở ô “Kể từ”.")

    def fill(self, heading: Heading) -> None:
        for attribute in HEADING:
            setattr(heading, attribute.name, self[attribute.name].data)


class PlanRowForm(RowForm):
    id = HiddenField()
    content = text("Nội dung", 300)
    form = text("Hình thức", 200)
    due_on = day("Hạn công khai")
    duration = text("Thời gian công khai", 120)
    responsible = text("Người thực hiện", 120)

    def validate_form(self, field) -> None:
        if not self.content.data and (field.data or self.due_on.data):
            raise ValidationError("Hãy gõ nội dung của dòng này.")


class PlanForm(EditorForm):
    rows = FieldList(FormField(PlanRowForm), max_entries=MOST_PLANNED)
    opened_with = HiddenField()

    @classmethod
    def of(cls, rows: list[Plan]) -> "PlanForm":
        names = ("content", "form", "due_on", "duration", "responsible")
        given = [{"id": str(row.id)} | {name: getattr(row, name) for name in names} for row in rows]
        state = {"opened_with": saving.state_of(given)}
        return cls(formdata=None, data=state | {"rows": [*given, {}, {}, {}][:MOST_PLANNED]})


class ListedForm(RowForm):
    name = text("Tên thông tin", 300)
    number = text("Số, ký hiệu", 60)
    dated_on = day("Ngày của văn bản")
    form = text("Hình thức công khai", 200)
    duration = text("Thời hạn", 120)
    address = text("Xem ở đâu", 300)

    def validate_address(self, field) -> None:
        if field.data and not self.name.data:
            raise ValidationError("Hãy gõ tên thông tin của dòng này.")


class CatalogueForm(EditorForm):
    rows = FieldList(FormField(ListedForm), max_entries=MOST_PLANNED)
    opened_with = HiddenField()

    @classmethod
    def of(cls, rows: list[ListedElsewhere]) -> "CatalogueForm":
        names = ("name", "number", "dated_on", "form", "duration", "address")
        given = [{name: getattr(row, name) for name in names} for row in rows]
        state = {"opened_with": saving.state_of(given)}
        return cls(formdata=None, data=state | {"rows": [*given, {}, {}][:MOST_PLANNED]})


class AskingForm(EditorForm):
    """Who answers requests for information (NĐ 13/2018, article 11)."""

    information_contact = text("Đầu mối cung cấp thông tin", 200)
    information_address = text("Nơi nhận yêu cầu", 300)
    complaint_address = text("Nơi nhận khiếu nại, tố cáo", 300)
    request_form = FileField("Mẫu phiếu yêu cầu (Word, PDF)")

    def taken(self) -> MediaFile | None:
        return take(self.request_form, take_document)
