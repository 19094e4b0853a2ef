"""Strangers' files and pastes, read in a process of its own with bounds on time and memory.

What a Word or Excel file costs to read says nothing by its size: a few kilobytes unpack to a
hundred megabytes of runs. The process starts in half a second, imports nothing of Tanky that a
worker serves with, and what it took goes back to the system when it ends.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bounds import Refused

__all__ = ["Refused", "read"]
CHILD = Path(__file__).parent / "child.py"
MOST_TOLD = 40 * 2**20  # bytes of an answer


@dataclass(frozen=True)
class Bounds:
    cpu: int  # seconds of processor time
    wall: int  # seconds
    memory: int  # bytes of address space


BOUNDS = {
    "word": Bounds(15, 40, 768 * 2**20),
    "sheet": Bounds(15, 40, 512 * 2**20),
    "text": Bounds(25, 60, 512 * 2**20),
    "paste": Bounds(8, 20, 384 * 2**20),
    "recording": Bounds(15, 40, 768 * 2**20),
}
TOO_MUCH = (
    "Tệp quá lớn hoặc quá phức tạp nên không đọc được trong thời gian cho phép. Hãy mở tệp, chép "
    "phần cần dùng sang một tệp mới rồi gửi lại."
)


def read(kind: str, content: bytes, folder: Path | None = None, **options) -> Any:
    """What ``child.py`` tells of a file: plain JSON values.

    :param kind: a key of :data:`BOUNDS`.
    :param folder: where the child leaves the pictures that it found.
    :raises Refused: it is not of that kind, or costs too much to read.
    """
    bounds = BOUNDS[kind]
    with tempfile.TemporaryDirectory(prefix="tanky-") as own:
        source, answer = Path(own) / "source", Path(own) / "answer"
        source.write_bytes(content)
        asked = {"kind": kind, "source": str(source), "answer": str(answer),
                 "folder": str(folder or own), "cpu": bounds.cpu, "memory": bounds.memory,
                 "options": options}  # fmt: skip
        command = [sys.executable, "-I", str(CHILD), json.dumps(asked)]
        try:
            subprocess.run(command, capture_output=True, timeout=bounds.wall, check=True)  # noqa: S603
            if answer.stat().st_size > MOST_TOLD:
                raise Refused(TOO_MUCH)
            told = json.loads(answer.read_bytes())
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            raise Refused(TOO_MUCH) from error
    if "refused" in told:
        raise Refused(told["refused"])
    return told["read"]
