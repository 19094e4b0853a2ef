"""Folders that a command works in, within the instance: on its disk, and as closed as it is."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..base.instance import Instance

PREFIX = ".scratch-"


@contextmanager
def folder(instance: Instance) -> Iterator[Path]:
    """A new folder, gone at the end; those of processes that were killed go at the beginning."""
    for left in instance.folder.glob(f"{PREFIX}*"):
        if not is_alive(left.name.removeprefix(PREFIX).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(dir=instance.folder, prefix=f"{PREFIX}{os.getpid()}-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def is_alive(pid: str) -> bool:
    """Whether a process of this machine has that number."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass  # somebody else's
    return True
