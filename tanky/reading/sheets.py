"""The first sheet of an Excel file as rows of text."""

import io
from pathlib import Path

from openpyxl import load_workbook

from . import xml
from .bounds import Refused

UNREADABLE = "Không mở được tệp Excel. Hãy lưu lại thành .xlsx rồi thử lại."
TOO_LONG = "Tệp Excel có quá nhiều chữ. Hãy chia thành nhiều tệp."
CELL_LIMIT = 32_767  # characters; what Excel itself holds
MOST_CHARACTERS = 20_000_000


def read(content: bytes, folder: Path, rows: int, columns: int) -> list[list[str]]:
    """:raises Refused: not an Excel file, or too much of one."""
    try:
        xml.check(content, ("xl/",))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        table, total = [], 0
        for row in sheet.iter_rows(values_only=True, max_row=rows, max_col=columns):
            cells = ["" if cell is None else str(cell).strip()[:CELL_LIMIT] for cell in row]
            total += sum(map(len, cells))
            if total > MOST_CHARACTERS:
                raise Refused(TOO_LONG)
            table.append(cells)
        return table
    except (Refused, MemoryError):
        raise
    except xml.TooMuch:
        raise Refused(TOO_LONG) from None
    except Exception as error:
        raise Refused(UNREADABLE) from error
