from flask_wtf.file import FileField as UploadField
from flask_wtf.file import FileRequired
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FileField,
    FormField,
    HiddenField,
    SelectField,
)
from wtforms.validators import Optional, Regexp, ValidationError

from ..desk.forms import EditorForm, RowForm, area, count, take, text
from ..media.library import take_document
from ..media.models import MediaFile
from ..site.fields import Field
from ..text import sanitise
from .models import CODE, Channel, ChannelKind, LegalBasis, Level, OnlineService, Paper, Procedure

MOST_ROWS = 60
LINK = Regexp(r"https?://\S+$", message="Địa chỉ phải bắt đầu bằng https://")


class ChannelForm(RowForm):
    kind = SelectField("Hình thức", choices=[("", "—"), *((k.value, k.value) for k in ChannelKind)])
    time_limit = text("Thời hạn (ví dụ: 03 ngày làm việc)", 200)
    fee = text("Phí", 300)
    charge = text("Lệ phí", 300)
    remark = text("Mô tả", 1000)

    def validate_kind(self, field) -> None:
        if not field.data and any((self.time_limit.data, self.fee.data, self.remark.data)):
            raise ValidationError("Hãy chọn hình thức.")


class PaperForm(RowForm):
    name = text("Tên giấy tờ", 1000)
    case = text("Trường hợp (để trống nếu luôn cần)", 300)
    originals = count("Bản chính", most=99)
    copies = count("Bản sao", most=99)
    upload = FileField("Mẫu đơn, tờ khai")
    form_id = HiddenField()
    remove_form = BooleanField("Bỏ tệp này")

    def validate_name(self, field) -> None:
        if not field.data and (self.case.data or self.form_id.data or self.upload.data):
            raise ValidationError("Hãy gõ tên giấy tờ.")

    @property
    def form_file(self) -> MediaFile | None:
        known = self.form_id.data or ""
        return MediaFile.by_id(int(known)) if known.isascii() and known.isdigit() else None


class LegalBasisForm(RowForm):
    number = text("Số, ký hiệu", 100)
    summary = text("Trích yếu", 500)
    issued_on = DateField("Ngày ban hành", [Optional()])
    issuer = text("Cơ quan ban hành", 200)

    def validate_number(self, field) -> None:
        if not field.data and (self.summary.data or self.issuer.data or self.issued_on.data):
            raise ValidationError("Hãy gõ số, ký hiệu của văn bản.")


class ProcedureForm(EditorForm):
    code = text(
        "Mã thủ tục",
        20,
        "Hãy gõ mã thủ tục.",
        Regexp(f"{CODE}$", message="Mã có dạng một chữ số, dấu chấm, sáu chữ số: 1.001193"),
    )
    title = text("Tên thủ tục", 500, "Hãy gõ tên thủ tục.")
    field_name = text("Lĩnh vực", 120, "Hãy gõ lĩnh vực.")
    level = SelectField("Cấp thực hiện", choices=[(k.value, k.value) for k in Level])
    online_service = SelectField(
        "Dịch vụ công trực tuyến",
        choices=[(k.value, k.value.capitalize()) for k in OnlineService],
    )
    online_url = text("Địa chỉ nộp trực tuyến", 500, None, LINK)
    decision = text("Số quyết định công bố", 200)
    kind = text("Loại thủ tục", 200)
    channels = FieldList(FormField(ChannelForm), max_entries=MOST_ROWS)
    papers = FieldList(FormField(PaperForm), max_entries=MOST_ROWS)
    legal_basis = FieldList(FormField(LegalBasisForm), max_entries=MOST_ROWS)
    steps = area("Trình tự thực hiện", 200_000, "Hãy gõ trình tự thực hiện.")
    conditions = area("Yêu cầu, điều kiện", 100_000)
    copies = count("Số lượng hồ sơ (bộ)", most=99)
    applicants = area("Đối tượng thực hiện (mỗi dòng một đối tượng)", 2000)
    outcome = area("Kết quả thực hiện (mỗi dòng một kết quả)", 2000)
    agency = text("Cơ quan thực hiện", 300, "Hãy gõ cơ quan thực hiện.")
    authority = text("Cơ quan có thẩm quyền", 300)
    receiving_place = text("Địa chỉ tiếp nhận hồ sơ", 500)
    partners = text("Cơ quan phối hợp", 500)
    source_url = text("Trang của thủ tục trên Cổng Dịch vụ công quốc gia", 500, None, LINK)
    is_retired = BooleanField("Hết hiệu lực")
    replaced_by_code = text(
        "Được thay bằng (mã thủ tục)",
        20,
        None,
        Regexp(
            f"({CODE})?$",
            message="Mã có dạng một chữ số, dấu chấm, sáu chữ số: 1.001193",
        ),
    )

    version = HiddenField()

    def __init__(self, procedure: Procedure | None = None, **kwargs):
        super().__init__(**kwargs)
        self._procedure = procedure

    @classmethod
    def of(cls, procedure: Procedure | None) -> "ProcedureForm":
        """The form as its page opens it, with a row to spare in each table."""
        data: dict = {"channels": [{}], "papers": [{}], "legal_basis": [{}]}
        if procedure:
            data = {name: getattr(procedure, name) for name in Procedure.PLAIN}
            data |= {
                "field_name": procedure.field.name,
                "applicants": "\n".join(procedure.applicants),
                "outcome": "\n".join(procedure.outcome),
                "replaced_by_code": procedure.replaced_by.code if procedure.replaced_by else "",
                "channels": [_columns(row, ChannelForm) for row in procedure.channels] + [{}],
                "papers": [
                    _columns(row, PaperForm) | {"form_id": row.form_id or ""}
                    for row in procedure.papers
                ]
                + [{}],
                "legal_basis": [_columns(row, LegalBasisForm) for row in procedure.legal_basis]
                + [{}],
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

    def add_row(self, table: str) -> None:
        """Another empty row, asked for by a button that works without JavaScript."""
        rows = self[table]
        if len(rows) < MOST_ROWS:
            rows.append_entry({})

    def fill(self, procedure: Procedure, field: Field) -> None:
        for name in Procedure.PLAIN:
            setattr(procedure, name, self[name].data)
        procedure.level = Level(self.level.data)
        procedure.online_service = OnlineService(self.online_service.data)
        procedure.steps = sanitise.steps(self.steps.data)
        procedure.conditions = sanitise.from_editor(self.conditions.data)
        procedure.field = field
        procedure.applicants = _lines(self.applicants.data)
        procedure.outcome = _lines(self.outcome.data)
        code = self.replaced_by_code.data
        procedure.replaced_by = Procedure.by_code(code) if code else None
        procedure.channels = [
            Channel(
                position=position,
                kind=ChannelKind(row["kind"]),
                time_limit=row["time_limit"],
                fee=row["fee"],
                charge=row["charge"],
                remark=row["remark"],
            )
            for position, row in enumerate(self.channels.data)
            if row["kind"]
        ]
        procedure.papers = [
            Paper(
                position=position,
                case=row.form.case.data,
                name=row.form.name.data,
                originals=1 if row.form.originals.data is None else row.form.originals.data,
                copies=row.form.copies.data or 0,
                form=None if row.form.remove_form.data else row.form.form_file,
            )
            for position, row in enumerate(self.papers)
            if row.form.name.data
        ]
        procedure.legal_basis = [
            LegalBasis(position=position, **row)
            for position, row in enumerate(self.legal_basis.data)
            if row["number"]
        ]
        procedure.is_sample = False
        procedure.refresh_derived()


class CatalogueForm(EditorForm):
    file = UploadField("Tệp Excel (.xlsx) hoặc CSV", [FileRequired("Hãy chọn một tệp.")])
    retire_missing = BooleanField("Thủ tục không có trong tệp: cho hết hiệu lực")


def _columns(row, form: type[RowForm]) -> dict:
    return {name: getattr(row, name, None) for name in form()._fields}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
