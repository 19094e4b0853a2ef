"""How many pages a PDF has."""

import io
from pathlib import Path

from pypdf import PdfReader


def read(content: bytes, folder: Path) -> int | None:
    return len(PdfReader(io.BytesIO(content)).pages) or None
