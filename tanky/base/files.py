"""Small files of ours: whole or not there, and on the disk before anything relies on them."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_text(path: Path, text: str) -> None:
    """Write a file that only its owner reads, in the place of the one before."""
    made = path.with_name(f"{path.name}.part")
    made.touch(mode=0o600)
    made.write_text(text)
    # Without, the name may be on the disk before the text: an empty key after a power cut.
    sync(made)
    made.replace(path)
    sync(path.parent)


def put_json(path: Path, value: dict[str, Any]) -> None:
    put_text(path, json.dumps(value, ensure_ascii=False))


def read_json(path: Path) -> dict[str, Any]:
    """What such a file holds; empty where there is none, or it cannot be read."""
    try:
        value: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
