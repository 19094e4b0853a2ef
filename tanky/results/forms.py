from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import ValidationError

from ..desk.forms import EditorForm, count
from ..desk.forms.record import field_of
from ..site import identity
from ..site.fields import Field
from . import figures
from .models import MonthlyResult
from .record import FIGURES, RECORD

MONTHS = [(month, f"Tháng {month:02}") for month in range(1, 13)]
FROM_SHEET = [(0, "như trong biểu"), *MONTHS]


class ResultForm(EditorForm):
    year = field_of(RECORD["year"], "Hãy gõ năm.")
    month = SelectField(
        RECORD["months"].label,
        coerce=int,
        choices=MONTHS,
    )
    field = SelectField(RECORD["field"].label, coerce=int)
    received = field_of(RECORD["received"])
    received_online = field_of(RECORD["received_online"])
    received_in_person = field_of(RECORD["received_in_person"])
    carried_over = field_of(RECORD["carried_over"])
    settled_early = field_of(RECORD["settled_early"])
    settled_on_time = field_of(RECORD["settled_on_time"])
    settled_early_or_on_time = field_of(RECORD["settled_early_or_on_time"])
    settled_late = field_of(RECORD["settled_late"], "Hãy gõ số hồ sơ trễ hạn; không có thì gõ 0.")
    open_in_time = field_of(RECORD["open_in_time"])
    open_late = field_of(RECORD["open_late"])

    def __init__(self, row: MonthlyResult | None = None, **kwargs):
        super().__init__(obj=row, **kwargs)
        self._row = row
        self.field.choices = [(0, "Tất cả lĩnh vực (không tách)")] + [
            (field.id, field.name) for field in Field.in_order()
        ]
        if row is not None and not self.is_submitted():
            self.field.data = row.field_id or 0
            if row.settled_early is not None:
                self.settled_early_or_on_time.data = None

    def validate(self, extra_validators=None) -> bool:
        if not super().validate(extra_validators):
            return False
        early, on_time = self.settled_early.data, self.settled_on_time.data
        both = self.settled_early_or_on_time.data
        if both is None and (early is None or on_time is None):
            field = self.settled_on_time if on_time is None else self.settled_early
            field.errors = ["Hãy gõ cả Trước hạn và Đúng hạn, hoặc chỉ số gộp của hai cột."]
            return False
        if both is not None and None not in (early, on_time) and both != early + on_time:
            message = f"Số gộp phải bằng Trước hạn + Đúng hạn = {early + on_time:,}."
            self.settled_early_or_on_time.errors = [message]
            return False
        row = MonthlyResult()
        if self._row is not None:
            row.id, row.first_month, row.month = (
                self._row.id, self._row.first_month, self._row.month
            )  # fmt: skip
        self.fill(row)
        if figures.to_come(row.year, row.month, identity.today()):
            problem = f"Tháng {row.month:02}/{row.year} chưa tới."
            field = self.year if row.year > identity.today().year else self.month
            field.errors = [problem]
        elif problem := figures.imbalance(row):
            self.received.errors = [problem]
        elif problem := figures.conflicts(row):
            self.month.errors = [problem]
        return not problem

    def fill(self, row: MonthlyResult) -> None:
        row.year = self.year.data
        # A row that sums up several months keeps its first one while its last one stays.
        if row.first_month is None or row.month != self.month.data:
            row.first_month = self.month.data
        row.month = self.month.data
        row.field_id = self.field.data or None
        for name in FIGURES:
            setattr(row, name, self[name].data)
        if row.received is None and None not in (row.received_online, row.received_in_person):
            row.received = row.received_online + row.received_in_person
        if None not in (row.settled_early, row.settled_on_time):
            row.settled_early_or_on_time = row.settled_early + row.settled_on_time
        else:
            # Half of a split is not a split.
            row.settled_early = row.settled_on_time = None


class ImportForm(EditorForm):
    """The months are of a sheet of thirteen columns, whose rows do not tell them."""

    file = FileField("Tệp Excel (.xlsx) hoặc CSV", [FileRequired("Hãy chọn một tệp.")])
    year = count("Năm", most=RECORD["year"].largest, least=RECORD["year"].least)
    first_month = SelectField("Từ tháng", coerce=int, choices=FROM_SHEET, default=0)
    month = SelectField("Đến tháng", coerce=int, choices=FROM_SHEET, default=0)

    def validate_month(self, field) -> None:
        if not (self.year.data and self.first_month.data and field.data):
            if self.year.data or self.first_month.data or field.data:
                raise ValidationError("Hãy chọn đủ năm, từ tháng, đến tháng; hoặc bỏ cả ba.")
        elif field.data < self.first_month.data:
            raise ValidationError("Tháng cuối đứng trước tháng đầu.")

    @property
    def period(self) -> dict[str, int] | None:
        """The months that were chosen, as an import keeps its options."""
        if not self.year.data:
            return None
        months = {"first_month": self.first_month.data, "month": self.month.data}
        return {"year": self.year.data} | months
