from datetime import date

from flask_wtf.file import FileField as UploadField
from flask_wtf.file import FileRequired
from wtforms import BooleanField, FieldList, FileField, FormField, HiddenField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, RowForm, kept_file, take, with_spare
from ..desk.forms.record import field_of
from ..media.library import take_document
from ..media.models import MediaFile
from ..records.schema import Lines, Rows, lines
from .models import Procedure
from .record import CHANNELS, LEGAL_BASIS, PAPERS, RECORD

MOST_ROWS = 60


class ChannelForm(RowForm):
    kind = field_of(CHANNELS["kind"])
    time_limit = field_of(CHANNELS["time_limit"])
    fee = field_of(CHANNELS["fee"])
    charge = field_of(CHANNELS["charge"])
    remark = field_of(CHANNELS["remark"])

    def validate_kind(self, field) -> None:
        if not field.data and any((self.time_limit.data, self.fee.data, self.remark.data)):
            raise ValidationError("Hãy chọn hình thức.")


class PaperForm(RowForm):
    name = field_of(PAPERS["name"])
    case = field_of(PAPERS["case"])
    originals = field_of(PAPERS["originals"])
    copies = field_of(PAPERS["copies"])
    upload = FileField("Mẫu đơn, tờ khai")
    form_id = HiddenField()
    remove_form = BooleanField("Bỏ tệp này")

    def validate_name(self, field) -> None:
        if not field.data and (self.case.data or self.form_id.data or self.upload.data):
            raise ValidationError("Hãy gõ tên giấy tờ.")

    @property
    def form_file(self) -> MediaFile | None:
        return kept_file(self.form_id)


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
    level = field_of(RECORD["level"])
    online_service = field_of(RECORD["online_service"])
    online_url = field_of(RECORD["online_url"])
    also_called = field_of(RECORD["also_called"])
    decision = field_of(RECORD["decision"])
    kind = field_of(RECORD["kind"])
    channels = FieldList(FormField(ChannelForm), max_entries=MOST_ROWS)
    papers = FieldList(FormField(PaperForm), max_entries=MOST_ROWS)
    legal_basis = FieldList(FormField(LegalBasisForm), max_entries=MOST_ROWS)
    steps = field_of(RECORD["steps"])
    conditions = field_of(RECORD["conditions"])
    copies = field_of(RECORD["copies"])
    applicants = field_of(RECORD["applicants"])
    outcome = field_of(RECORD["outcome"])
    agency = field_of(RECORD["agency"])
    authority = field_of(RECORD["authority"])
    receiving_place = field_of(RECORD["receiving_place"])
    partners = field_of(RECORD["partners"])
    source_url = field_of(RECORD["source_url"])
    is_retired = field_of(RECORD["is_retired"])
    replaced_by_code = field_of(RECORD["replaced_by"])

    version = HiddenField()

    def __init__(self, procedure: Procedure | None = None, **kwargs):
        super().__init__(**kwargs)
        self._procedure = procedure

    @classmethod
    def of(cls, procedure: Procedure | None) -> "ProcedureForm":
        """The form as its page opens it, with a row to spare in each table."""
        data: dict = {"channels": [{}], "papers": [{}], "legal_basis": [{}]}
        if procedure:
            record = procedure.snapshot()
            data = {
                name: "\n".join(value) if isinstance(RECORD[name], Lines) else value
                for name, value in record.items()
            }
            data |= {
                "field_name": record["field"],
                "replaced_by_code": record["replaced_by"],
                "channels": with_spare(record["channels"], MOST_ROWS),
                "papers": with_spare(record["papers"], MOST_ROWS),
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

    def validate_replaced_by_code(self, field) -> None:
        if field.data and (field.data == self.code.data or not Procedure.by_code(field.data)):
            raise ValidationError("Không có thủ tục khác mang mã này.")

    def validate(self, extra_validators=None) -> bool:
        valid = super().validate(extra_validators)
        # Every form is taken in before anything is refused, so that none has to be chosen again.
        for row in self.papers:
            if file := take(row.form.upload, take_document):
                row.form.form_id.data = str(file.id)
                row.form.remove_form.data = False
            valid = valid and not row.form.upload.errors
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
        return typed | {
            "field": self.field_name.data,
            "replaced_by": self.replaced_by_code.data,
            "steps": RECORD["steps"].clean(self.steps.data),
            "conditions": RECORD["conditions"].clean(self.conditions.data),
            "applicants": lines(self.applicants.data),
            "outcome": lines(self.outcome.data),
            "also_called": lines(self.also_called.data),
            "channels": _filled(self.channels, CHANNELS),
            "papers": [
                {
                    "case": row.form.case.data,
                    "name": row.form.name.data,
                    "originals": 1 if row.form.originals.data is None else row.form.originals.data,
                    "copies": row.form.copies.data or 0,
                    "form_id": _form_id(row.form),
                }
                for row in self.papers
                if row.form.name.data
            ],
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


def _form_id(paper: PaperForm) -> int | None:
    file = None if paper.remove_form.data else paper.form_file
    return file.id if file else None


def _with_days(rows: list[dict]) -> list[dict]:
    return [
        row | {"issued_on": row["issued_on"] and date.fromisoformat(row["issued_on"])}
        for row in rows
    ]
