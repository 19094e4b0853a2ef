"""What a record's attributes take, the same in a sheet and in a form."""

import enum

import pytest
from werkzeug.datastructures import MultiDict

from tanky.desk.forms import EditorForm
from tanky.desk.forms.record import field_of
from tanky.records.schema import Attribute, Choice, Choices, Day, Lines, Link, Number, Rows, Year
from tanky.records.sheets import BadCell


class Colour(enum.StrEnum):
    RED = "đỏ"
    BLUE = "xanh lam"


COLOUR = Choice(name="a", label="Màu", choices=Colour, words={"chu sa": "đỏ"})
CODE = Attribute(
    name="a", label="Mã", most=20, pattern=r"\d{3}|x\d", example="123", says="Ba chữ số."
)
CODES = Lines(name="a", label="Mã", pattern=r"\d{3}|x\d", example="123")
ROWS = Rows(
    name="a",
    label="Bảng",
    parts=(Attribute(name="name", label="Tên", most=5), Number(name="n", label="Số", largest=9)),
)
COLOURS = Choices(name="a", label="Màu", of=COLOUR)
TAKEN = [
    (Attribute(name="a", label="A", most=5), " a \n b", "a b"),
    (Attribute(name="a", label="A"), "x" * 999, "x" * 999),
    (CODE, "123", "123"),
    (CODE, "x1", "x1"),
    (Number(name="a", label="A", largest=99), "7.0", 7),
    (Number(name="a", label="A", largest=500), "500", 500),
    (Year(name="a", label="A"), "2026", 2026),
    (Day(name="a", label="A"), "31/12/2025", "2025-12-31"),
    (Link(name="a", label="A"), "https://a.vn/b", "https://a.vn/b"),
    (COLOUR, "Xanh lam", "xanh lam"),
    (COLOUR, "màu đỏ", "đỏ"),
    (COLOUR, "Chu sa", "đỏ"),
    (COLOURS, "đỏ; xanh lam", ["đỏ", "xanh lam"]),
    (COLOURS, "màu xanh lam, chu sa", ["đỏ", "xanh lam"]),
    (COLOURS, "", []),
    (CODES, "123\n x1", ["123", "x1"]),
    (ROWS, "An | 3\n\nBa", [{"name": "An", "n": 3}, {"name": "Ba", "n": None}]),
]
REFUSED = [
    (Attribute(name="a", label="A", most=5), "sáu chữ", "dài quá 5"),
    (CODE, "123xyz", "123"),
    (Number(name="a", label="A", largest=500), "999", "từ 0 đến 500"),
    (Number(name="a", label="A"), "-1", "phải là số"),
    (Year(name="a", label="A"), "1", "từ 2000"),
    (Day(name="a", label="A"), "hôm qua", "31/12/2025"),
    (Link(name="a", label="A"), "javascript:1", "https://"),
    (COLOUR, "tím", "đỏ, xanh lam"),
    (COLOURS, "đỏ; tím", "đỏ, xanh lam"),
    (CODES, "123\nxyz", "123"),
    (ROWS, "| 3", "tên"),
    (ROWS, "An | 3 | 4", "hơn 2 phần"),
    (ROWS, "dài quá", "Tên: dài quá 5"),
]


@pytest.mark.parametrize(("attribute", "cell", "value"), TAKEN)
def test_a_cell_is_taken(attribute, cell, value):
    assert attribute.parse(cell) == value


@pytest.mark.parametrize(("attribute", "cell", "sentence"), REFUSED)
def test_a_bad_cell_says_why_under_its_heading(attribute, cell, sentence):
    with pytest.raises(BadCell, match=sentence) as refused:
        attribute.parse(cell)
    assert refused.value.column == attribute.head


@pytest.mark.parametrize(
    ("attribute", "cell"),
    [
        (a, cell)
        for a, cell, _ in TAKEN
        if not isinstance(a, Rows | Day | Choice | Choices | Number)
    ],
)
def test_what_was_taken_is_written_as_it_was(attribute, cell):
    value = attribute.parse(cell)
    assert attribute.parse(attribute.cell(value)) == value


@pytest.mark.on_sqlite
@pytest.mark.parametrize(
    ("attribute", "typed", "error"),
    [
        (CODE, "123xyz", "Ba chữ số."),
        (Attribute(name="a", label="A"), "x" * 999, ""),
        (Attribute(name="a", label="Mã số", required=True), "", "Hãy gõ mã số."),
        (Attribute(name="a", label="UBND xã", required=True), "", "Hãy gõ UBND xã."),
        (Number(name="a", label="A", largest=9), "10", "từ 0 đến 9"),
        (Year(name="a", label="A"), "1999", "từ 2000 đến"),
        (Day(name="a", label="Ngày họp", required=True), "", "Hãy gõ ngày họp."),
        (Choice(name="a", label="Màu", choices=Colour, required=True), "", "Hãy gõ màu."),
    ],
)
def test_a_form_says_the_same(app, attribute, typed, error):
    app.config["WTF_CSRF_ENABLED"] = False
    form_class = type("Form", (EditorForm,), {"a": field_of(attribute)})
    with app.test_request_context(method="POST"):
        form = form_class(MultiDict({"a": typed}))
        form.validate()
        assert error in " ".join(form.a.errors)
        assert bool(form.a.errors) == bool(error)
