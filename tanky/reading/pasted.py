"""What was pasted, clean."""

from dataclasses import asdict
from pathlib import Path

from ..text import pasting


def read(content: bytes, folder: Path) -> dict:
    return asdict(pasting.from_clipboard(content.decode("utf-8", "replace")))
