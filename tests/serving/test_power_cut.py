"""The power goes while an editor saves: what was answered as saved is there.

A file system of our own beneath SQLite keeps what is written in memory until it is synced, as a
disk's cache does, and then loses it, or half of it.
"""

import random
from itertools import count

import apsw
import pytest

from tanky.base.db import PRAGMAS
from tanky.base.sqlite import sqlite3

# The engine may be closing a file, and then nobody hears of the cut.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
SECTOR = 512  # bytes that a disk writes whole or not at all


class PowerCut(Exception):
    pass


class Disk(apsw.VFS):
    """Fails at its ``last`` write; what was not synced by then is there in part."""

    def __init__(self, name: str, last: int):
        self.called = name
        self.last = last
        self.writes = 0
        self.is_off = False
        self.chance = random.Random(last)
        super().__init__(name, "")

    def xOpen(self, name, flags):
        return Cached(self, name, flags)


class Cached(apsw.VFSFile):
    def __init__(self, disk: Disk, name, flags):
        self.disk = disk
        self.waiting: list[tuple[int, bytes]] = []
        super().__init__("", name, flags)

    def xWrite(self, data, offset):
        if self.disk.is_off:
            raise PowerCut
        self.disk.writes += 1
        self.waiting += [
            (offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)
        ]
        if self.disk.writes >= self.disk.last:
            for at, part in self.disk.chance.sample(self.waiting, len(self.waiting) // 2):
                super().xWrite(part, at)
            self.waiting.clear()
            self.disk.is_off = True
            raise PowerCut

    def xRead(self, amount, offset):
        kept = bytearray(super().xRead(amount, offset).ljust(amount, b"\0"))
        for at, part in self.waiting:
            begins, ends = max(at, offset), min(at + len(part), offset + amount)
            if begins < ends:
                kept[begins - offset : ends - offset] = part[begins - at : ends - at]
        return bytes(kept)

    def xFileSize(self):
        return max([super().xFileSize(), *(at + len(part) for at, part in self.waiting)])

    def xSync(self, flags):
        if self.disk.is_off:
            raise PowerCut
        for at, part in self.waiting:
            super().xWrite(part, at)
        self.waiting.clear()
        super().xSync(flags)

    def xTruncate(self, size):
        if not self.disk.is_off:
            self.xSync(0)
            super().xTruncate(size)


def answered_before_the_cut(path, last: int, pragmas) -> int:
    """How many saves were answered before the power went at the ``last`` write."""
    disk = Disk(f"disk-{last}-{len(pragmas)}", last)
    answered = 0
    try:
        connection = apsw.Connection(str(path), vfs=disk.called)
        # Alone, the engine keeps the index of its log in memory, not in a file that is shared.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        for number in range(6):
            with connection:
                connection.execute("INSERT INTO saves VALUES (?, ?)", (number, "chữ" * 900))
            answered += 1
    except (PowerCut, apsw.Error):
        pass
    return answered


def kept(path) -> int:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    [(rows,)] = connection.execute("SELECT count(*) FROM saves").fetchall()
    connection.close()
    return rows


def lost(folder, pragmas) -> list[int]:
    """For each moment that the power may go at, how many answered saves were gone then."""
    told = []
    for last in count(1):
        path = folder / f"{last}.sqlite3"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE saves (number, text)")
        connection.close()
        answered = answered_before_the_cut(path, last, pragmas)
        told.append(max(0, answered - kept(path)))
        if answered == 6:
            return told


def test_what_was_answered_as_saved_is_there(tmp_path):
    told = lost(tmp_path, PRAGMAS)
    assert len(told) > 20
    assert not any(told)


def test_without_a_sync_it_would_not_be(tmp_path):
    """The disk above does lose what is not synced."""
    careless = [pragma for pragma in PRAGMAS if "synchronous" not in pragma]
    with pytest.raises((AssertionError, sqlite3.DatabaseError)):
        assert not any(lost(tmp_path, [*careless, "synchronous=OFF"]))
