"""Tables as CSV files, for spreadsheets: the one writer of all downloads."""

import csv
import io
import re
from collections.abc import Iterable

from flask import Response

# A spreadsheet runs a text that begins so; a quotation mark before it keeps it a text.
FORMULA = re.compile(r"[=+\-@\t\r]")
GUARD = re.compile(f"^'(?={FORMULA.pattern})")


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """The rows as Excel reads them; None is an empty cell, and no text is a formula."""
    made = io.StringIO()
    made.write("\ufeff")  # tells Excel that the file is UTF-8
    csv.writer(made).writerows([_cell(value) for value in row] for row in rows)
    return made.getvalue()


def csv_response(name: str, rows: Iterable[Iterable[object]]) -> Response:
    """The rows as a file to be kept under ``name``."""
    response = Response(csv_text(rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _cell(value: object) -> object:
    if isinstance(value, str) and FORMULA.match(value):
        return f"'{value}"
    return "" if value is None else value
