"""An instance: the folder that holds one site's data, and who may use it at the same time.

Whoever serves the site or copies it holds the folder's lock together with others of the kind;
whoever changes its tables or puts another state in its place holds it alone. The system lets go of
a lock when its holder ends, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

PATIENCE = 600.0  # seconds that a setup waits for another one
SHORT_PATIENCE = 30.0  # seconds that a server or a backup waits for a setup
STEP = 0.1
# Whoever waits takes the shared lock for an instant to see who holds it. So the lock counts as
# shared, by a server, only when this many looks in a row find it so.
LOOKS = 5


class InUse(SystemExit):
    """Somebody else uses the instance. Printed as its sentence alone, without a traceback."""


@dataclass(frozen=True)
class Instance:
    """Where everything of one site lies."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def secret_key(self) -> Path:
        return self.folder / "secret_key"

    @property
    def database(self) -> Path:
        """The content, where it is not in PostgreSQL."""
        return self.folder / "tanky.sqlite3"

    @property
    def counters(self) -> Path:
        return self.folder / "counters.sqlite3"

    @property
    def uploads(self) -> Path:
        return self.folder / "uploads"

    @property
    def share_cards(self) -> Path:
        return self.folder / "share_cards"

    @property
    def copies(self) -> Path:
        """The database before each of the last upgrades."""
        return self.folder / "copies"

    @property
    def backups(self) -> Path:
        """Where backups go that are not told where to go."""
        return self.folder / "backups"

    @property
    def backup_key(self) -> Path:
        """An age identity; where it is there, backups are encrypted with it."""
        return self.folder / "backup_key"

    @property
    def backup_notes(self) -> Path:
        """When backups were made and proven."""
        return self.folder / "backups.json"

    @property
    def watch_notes(self) -> Path:
        """When the last watch was, and what it found."""
        return self.folder / "watch.json"

    @property
    def watch_known(self) -> Path:
        """What the watch compares with: a line for each file and each row that nobody saved."""
        return self.folder / "watch-known.json"

    @property
    def watch_lock(self) -> Path:
        return self.folder / "watch.lock"

    @property
    def alive(self) -> Path:
        """Empty; when it was last touched, the portal ran."""
        return self.folder / "alive"

    @property
    def restoring(self) -> Path:
        """What a restore has unpacked and is putting in place."""
        return self.folder / "restoring"

    @property
    def is_half_restored(self) -> bool:
        """Whether a restore was cut off: the instance is of two states, and must not be served."""
        return any(self.folder.glob("restoring*"))

    @property
    def lock(self) -> Path:
        return self.folder / "instance.lock"

    @contextmanager
    def shared(self, patience: float = SHORT_PATIENCE) -> Iterator[None]:
        """Serve or copy the site meanwhile; nobody changes its tables or puts it back.

        :raises InUse: somebody does, for longer than ``patience`` seconds.
        """
        descriptor = self._locked(fcntl.LOCK_SH, patience)
        try:
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def alone(self, patience: float = PATIENCE) -> Iterator[None]:
        """Change its tables, or put another state in its place, with nobody else there.

        :raises InUse: the site is served or copied; or somebody else changes it, for longer than
            ``patience`` seconds.
        """
        descriptor = self._locked(fcntl.LOCK_EX, patience)
        try:
            yield
        finally:
            os.close(descriptor)

    def hold_for_serving(self) -> int:
        """The shared lock, held by this process and those forked from it until they have ended.

        :returns: the descriptor that holds it.
        :raises InUse: as :meth:`shared`.
        """
        return self._locked(fcntl.LOCK_SH, SHORT_PATIENCE)

    def _locked(self, kind: int, patience: float) -> int:
        """A descriptor that holds the lock until it is closed."""
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait_for(descriptor, kind, patience)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def current_instance() -> Instance:
    instance: Instance = current_app.extensions["instance"]
    return instance


def _wait_for(descriptor: int, kind: int, patience: float) -> None:
    until = time.monotonic() + patience
    times_shared = 0
    while not _take(descriptor, kind):
        is_shared = kind == fcntl.LOCK_EX and _take(descriptor, fcntl.LOCK_SH)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        times_shared = times_shared + 1 if is_shared else 0
        if times_shared == LOOKS:
            # Whoever serves will not end by itself.
            raise InUse(
                "Cổng đang chạy, hoặc đang được sao lưu. Hãy dừng cổng (hoặc chờ sao lưu xong) "
                "rồi làm lại."
            )
        if not is_shared and time.monotonic() > until:
            raise InUse("Cổng đang được nâng cấp hoặc khôi phục. Hãy chờ việc ấy xong rồi làm lại.")
        time.sleep(STEP)


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
