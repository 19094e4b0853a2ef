from datetime import date
from typing import Any

from flask_wtf.file import FileField as UploadField
from flask_wtf.file import FileRequired
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    MultipleFileField,
    SelectField,
)
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, RowForm, count, kept_file, take_all, text, with_spare
from ..desk.forms.record import area_of, field_of
from ..media.library import take_document
from ..media.models import MediaFile
from ..records.schema import Attribute, Html, Lines, Rows, lines
from ..site import identity
from ..text import sanitise
from .kinds import MOST_NUMBER, TimeUnit
from .models import Procedure
from .record import CHANNELS, LEGAL_BASIS, MOST_FORMS, OUTCOME, PAPERS, RECORD

MOST_ROWS = 60
# Typed as lines; a record has them in parts.
IN_LINES = (RECORD["steps"], OUTCOME)


class ChannelForm(RowForm):
    kind = field_of(CHANNELS["kind"])
    number = count("Thời hạn", most=MOST_NUMBER)
    unit = SelectField(
        "Đơn vị", choices=[("", "—"), *((unit.value, unit) for unit in TimeUnit)], default=""
    )
    note = text("Nói thêm về thời hạn", CHANNELS["time_limit"].most)
    fee = area_of(CHANNELS["fee"])
    charge = area_of(CHANNELS["charge"])
    remark = field_of(CHANNELS["remark"])

    def validate_kind(self, field) -> None:
        given = (self.number, self.note, self.fee, self.charge, self.remark)
        if not field.data and any(part.data for part in given):
            raise ValidationError("Hãy chọn hình thức.")

    def validate_unit(self, field) -> None:
        if self.number.data is not None and not field.data:
            raise ValidationError("Hãy chọn đơn vị của thời hạn.")
        if self.number.data is None and field.data and not self.number.errors:
            raise ValidationError("Hãy gõ số, hoặc bỏ đơn vị.")

    @classmethod
    def data_of(cls, row: dict) -> dict:
        """A row of the record as the form opens it."""
        sums = {part: "\n".join(CHANNELS[part].told(row[part])) for part in ("fee", "charge")}
        return row | row["time_limit"] | sums

    @property
    def row(self) -> dict:
        number = self.number.data
        return {
            "kind": self.kind.data,
            "time_limit": {
                "number": number,
                "unit": "" if number is None else self.unit.data,
                "note": self.note.data,
            },
            "fee": CHANNELS["fee"].parse(self.fee.data),
            "charge": CHANNELS["charge"].parse(self.charge.data),
            "remark": self.remark.data,
        }


class PaperFileForm(RowForm):
    file_id = HiddenField()
    remove = BooleanField("Bỏ tệp này")

    @property
    def file(self) -> MediaFile | None:
        return kept_file(self.file_id)


class PaperForm(RowForm):
    name = field_of(PAPERS["name"])
    case = field_of(PAPERS["case"])
    originals = field_of(PAPERS["originals"])
    copies = field_of(PAPERS["copies"])
    forms = FieldList(FormField(PaperFileForm), max_entries=MOST_FORMS)
    upload = MultipleFileField("Mẫu đơn, tờ khai (chọn được nhiều tệp)")

    def validate_name(self, field) -> None:
        has_file = any(getattr(upload, "filename", "") for upload in self.upload.data or ())
        if not field.data and (self.case.data or self.file_ids or has_file):
            raise ValidationError("Hãy gõ tên giấy tờ.")

    def take_files(self) -> None:
        """Keep the files that came along; what is wrong with them is among the field's errors."""
        for file in take_all(self.upload, take_document):
            if file.id in self.file_ids:
                continue
            if len(self.forms) == MOST_FORMS:
                self.upload.errors = [f"Một giấy tờ có nhiều nhất {MOST_FORMS} mẫu."]
                break
            self.forms.append_entry({"file_id": str(file.id)})

    @classmethod
    def data_of(cls, row: dict) -> dict:
        """A row of the record as the form opens it."""
        return row | {"forms": [{"file_id": str(form["file_id"])} for form in row["forms"]]}

    @property
    def file_ids(self) -> list[int]:
        rows = (row.form for row in self.forms)
        files = [row.file for row in rows if not row.remove.data]
        return list(dict.fromkeys(file.id for file in files if file))

    @property
    def row(self) -> dict:
        return {
            "case": self.case.data,
            "name": self.name.data,
            "originals": 1 if self.originals.data is None else self.originals.data,
            "copies": self.copies.data or 0,
            "forms": [{"file_id": id} for id in self.file_ids],
        }


class LegalBasisForm(RowForm):
    number = field_of(LEGAL_BASIS["number"])
    summary = field_of(LEGAL_BASIS["summary"])
    issued_on = field_of(LEGAL_BASIS["issued_on"])
    issuer = field_of(LEGAL_BASIS["issuer"])

    def validate_number(self, field) -> None:
        if not field.data and (self.summary.data or self.issuer.data or self.issued_on.data):
            raise ValidationError("Hãy gõ số, ký hiệu của văn bản.")


class ProcedureForm(EditorForm):
    code = field_of(RECORD["code"])
    title = field_of(RECORD["title"])
    field_name = field_of(RECORD["field"])
    other_fields = field_of(RECORD["other_fields"])
    levels = field_of(RECORD["levels"])
    online_service = field_of(RECORD["online_service"])
    online_url = field_of(RECORD["online_url"])
    also_called = field_of(RECORD["also_called"])
    keywords = field_of(RECORD["keywords"])
    description = field_of(RECORD["description"])
    decision = field_of(RECORD["decision"])
    kind = field_of(RECORD["kind"])
    channels = FieldList(FormField(ChannelForm), max_entries=MOST_ROWS)
    papers = FieldList(FormField(PaperForm), max_entries=MOST_ROWS)
    legal_basis = FieldList(FormField(LegalBasisForm), max_entries=MOST_ROWS)
    steps = area_of(RECORD["steps"], "Hãy gõ trình tự thực hiện.")
    conditions = field_of(RECORD["conditions"])
    copies = field_of(RECORD["copies"])
    applicants = field_of(RECORD["applicants"])
    outcome = area_of(OUTCOME)
    agency = field_of(RECORD["agency"])
    authority = field_of(RECORD["authority"])
    authorised_agency = field_of(RECORD["authorised_agency"])
    receiving_place = field_of(RECORD["receiving_place"])
    partners = field_of(RECORD["partners"])
    related = field_of(RECORD["related"])
    source_url = field_of(RECORD["source_url"])
    checked_on = field_of(RECORD["checked_on"])
    is_retired = field_of(RECORD["is_retired"])
    replaced_by_code = field_of(RECORD["replaced_by"])

    version = HiddenField()

    def __init__(self, procedure: Procedure | None = None, **kwargs):
        super().__init__(**kwargs)
        self._procedure = procedure

    @classmethod
    def of(cls, procedure: Procedure | None) -> "ProcedureForm":
        """The form as its page opens it, with a row to spare in each table."""
        data: dict = {
            "channels": [{}], "papers": [{}], "legal_basis": [{}],
            "levels": RECORD["levels"].empty,
        }  # fmt: skip
        if procedure:
            record = procedure.snapshot()
            data = {attribute.name: _as_typed(attribute, record) for attribute in RECORD}
            data |= {part.name: part.cell(record[part.name]) for part in IN_LINES}
            data |= {
                "field_name": record["field"],
                "replaced_by_code": record["replaced_by"],
                "checked_on": procedure.checked_on,
                "channels": with_spare(
                    [ChannelForm.data_of(row) for row in record["channels"]], MOST_ROWS
                ),
                "papers": with_spare(
                    [PaperForm.data_of(row) for row in record["papers"]], MOST_ROWS
                ),
                "legal_basis": with_spare(_with_days(record["legal_basis"]), MOST_ROWS),
            }
        form = cls(procedure, formdata=None, data=data)
        form.version.data = cls.version_of(procedure)
        return form

    @staticmethod
    def version_of(procedure: Procedure | None) -> str:
        """What changes at each save: a form opened before another's save does not overwrite it."""
        return str(procedure.version) if procedure else ""

    def version_differs(self, procedure: Procedure | None) -> bool:
        given = self.version.data
        return procedure is not None and bool(given) and given != self.version_of(procedure)

    def validate_code(self, field) -> None:
        other = Procedure.by_code(field.data)
        if other and other is not self._procedure:
            where = " trong thùng rác" if other.is_trashed else ""
            raise ValidationError(f"Mã này đã dùng cho thủ tục “{other.title}”{where}.")

    def validate_related(self, field) -> None:
        if self.code.data in lines(field.data or ""):
            raise ValidationError("Thủ tục không liên quan đến chính nó.")

    def validate_checked_on(self, field) -> None:
        if field.data and field.data > identity.today():
            raise ValidationError("Ngày này chưa tới.")

    def validate_replaced_by_code(self, field) -> None:
        if field.data and (field.data == self.code.data or not Procedure.by_code(field.data)):
            raise ValidationError("Không có thủ tục khác mang mã này.")

    def take_files(self) -> None:
        """Keep the forms that came along, before anything is refused: none has to be chosen again.
        What is wrong with them stays for :meth:`validate`."""
        for row in self.papers:
            row.form.take_files()
        self._refused = [list(row.form.upload.errors) for row in self.papers]

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        for row, errors in zip(self.papers, self._refused, strict=True):
            row.form.upload.errors = [*row.form.upload.errors, *errors]
            valid = valid and not errors
        if not any(row.form.kind.data for row in self.channels):
            self.channels.form_errors = ["Hãy ghi ít nhất một cách thức thực hiện."]
            valid = False
        if not any(row.form.name.data for row in self.papers):
            self.papers.form_errors = ["Hãy ghi ít nhất một giấy tờ của hồ sơ."]
            valid = False
        return valid

    @property
    def record(self) -> dict:
        """What was typed, as the record that a procedure takes."""
        typed = {
            attribute.name: self[attribute.name].data
            for attribute in RECORD
            if attribute.name in self._fields
        }
        for attribute in RECORD:
            if attribute in IN_LINES or isinstance(attribute, Html | Lines):
                typed[attribute.name] = attribute.parse(typed[attribute.name] or "")
        day = self.checked_on.data
        return typed | {
            "field": self.field_name.data,
            "replaced_by": self.replaced_by_code.data,
            "checked_on": day and day.isoformat(),
            "channels": [row.form.row for row in self.channels if row.form.kind.data],
            "papers": [row.form.row for row in self.papers if row.form.name.data],
            "legal_basis": [
                row | {"issued_on": row["issued_on"] and row["issued_on"].isoformat()}
                for row in _filled(self.legal_basis, LEGAL_BASIS)
            ],
        }


class CatalogueForm(EditorForm):
    file = UploadField("Tệp Excel (.xlsx) hoặc CSV", [FileRequired("Hãy chọn một tệp.")])
    retire_missing = BooleanField("Thủ tục không có trong tệp: cho hết hiệu lực")


def _filled(table: FieldList, rows: Rows) -> list[dict]:
    """The rows of a table that have their first part."""
    names = [part.name for part in rows.parts]
    return [{name: row[name] for name in names} for row in table.data if row[names[0]]]


def _as_typed(attribute: Attribute, record: dict) -> Any:
    value = record[attribute.name]
    match attribute:
        case Lines():
            return "\n".join(value)
        case Html():
            return sanitise.as_typed(value)
    return value


def _with_days(rows: list[dict]) -> list[dict]:
    return [
        row | {"issued_on": row["issued_on"] and date.fromisoformat(row["issued_on"])}
        for row in rows
    ]
