"""Backups of a running site.

A backup is one archive (tar, with a manifest of checksums first) and, beside it, ``uploads/``: the
files of the library never change, so each is copied once for all backups of a folder.
``whole=True`` puts them into the archive instead, to be carried to another machine. Where the
instance has a ``backup_key``, archives and files are encrypted in the age format
(https://age-encryption.org/v1).
"""

import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from flask import current_app
from pyrage import decrypt_io, encrypt_io, x25519
from sqlalchemy import select
from sqlalchemy.orm import load_only

from ..base.db import db
from ..base.files import put_text, sha256_of, sync
from ..base.instance import Instance, current_instance
from ..base.sqlite import sqlite3
from ..media.library import paths_of
from ..media.models import MediaFile
from ..records import seals
from ..text import formats
from . import databases, notes, scratch, upgrading

FORMAT = 1
MANIFEST = "manifest.json"
ENCRYPTED = ".age"
PREFIX = "tanky-"
NAME = re.compile(r"tanky-\d{8}T\d{6}Z\.tar(\.age)?")
# Of the newest in each of the last days, weeks and months.
DAYS, WEEKS, MONTHS = 7, 4, 12
ROOM = 50 * 2**20  # bytes that stay free at least
# Who is on the site at this moment is nobody's later, and the day's salt is destroyed by its day.
NOT_KEPT = ("visitors", "tabs", "salts")


class BackupFailed(Exception):
    """Why, in a sentence for the operator. Nothing half made is left."""


@dataclass(frozen=True)
class Backup:
    """An archive, by its path."""

    path: Path

    @property
    def made_at(self) -> datetime:
        """By its name, in UTC."""
        stamp = self.path.name.removeprefix(PREFIX).partition(".")[0]
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @property
    def list_path(self) -> Path:
        """A copy of the manifest beside the archive: what it needs is known without opening it."""
        return self.path.with_name(self.path.name.partition(".")[0] + ".json")

    @property
    def pool(self) -> Path:
        return self.path.parent / "uploads"


def make(target: Path | None = None, whole: bool = False) -> Backup:
    """Back up the current portal while it goes on.

    The databases come first and then the files that they name, so that none is named that is not
    there; one that was deleted for good in between has the databases copied once more.

    :param target: the folder; by default ``backups/`` of the instance.
    :param whole: with the files in the archive.
    :raises BackupFailed: no room, a file that is named is not there, a tool that is missing.
    :raises InUse: the instance is being upgraded or restored.
    """
    instance = current_instance()
    if instance.is_half_restored:
        raise BackupFailed("Việc khôi phục chưa xong. Hãy chạy lại flask tanky restore.")
    if upgrading.present_revision() != upgrading.newest_revision():
        raise BackupFailed(
            "Cơ sở dữ liệu chưa đúng với phần mềm. Hãy chạy flask tanky upgrade: nó sao chép trước."
        )
    target = target or instance.backups
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = _key(instance)
    _demand_own(instance, target, key)
    # In the instance: what is encrypted touches the target's disk in no other form.
    with instance.shared(), _one_at_a_time(target), scratch.folder(instance) as folder:
        for is_last in (False, True):
            try:
                backup = _make(instance, folder, target, key, whole)
            except _Vanished as file:
                if is_last:
                    raise BackupFailed(
                        f"Tệp {file} có trong cơ sở dữ liệu nhưng không có trong uploads/."
                    ) from None
            except databases.DumpFailed as error:
                raise BackupFailed(str(error)) from None
            except OSError as error:
                raise BackupFailed(f"Không ghi được vào {target}: {error.strerror}.") from None
            else:
                break
    notes.add(instance, made_at=backup.made_at, made=backup.path)
    return backup


def _demand_own(instance: Instance, target: Path, key: x25519.Identity | None) -> None:
    """
    :raises BackupFailed: the folder has another site's backups, which rotating would delete, or
        files that this key does not open.
    """
    site = hashlib.sha256(b"backups of " + instance.secret_key.read_bytes()).hexdigest()[:16]
    whose = f"{site} {key.to_public() if key else 'unencrypted'}"
    mark = target / ".site"
    written = mark.read_text() if mark.exists() else ""
    if not written:
        put_text(mark, whose)
    elif written != whose:
        raise BackupFailed(
            f"{target} đang giữ bản sao của trang khác, hoặc mã hoá bằng khoá khác. Hãy chọn một "
            "thư mục trống."
        )


def all_in(folder: Path) -> list[Backup]:
    """The backups of a folder, newest first."""
    paths = (path for path in folder.glob(f"{PREFIX}*") if NAME.fullmatch(path.name))
    return sorted(map(Backup, paths), key=lambda one: one.made_at, reverse=True)


def rotate(folder: Path, zone: ZoneInfo) -> list[Path]:
    """Delete archives that no day, week or month stands for any more, and files that no archive
    names.

    :returns: the archives that were deleted.
    """
    with _one_at_a_time(folder):
        return _rotate(folder, zone)


def _rotate(folder: Path, zone: ZoneInfo) -> list[Path]:
    backups = all_in(folder)
    kept = {backup.path for backup in _worth_keeping(backups, zone)}
    deleted = [backup for backup in backups if backup.path not in kept]
    for backup in deleted:
        backup.path.unlink()
        backup.list_path.unlink(missing_ok=True)
    left = all_in(folder)
    if left and all(backup.list_path.exists() for backup in left):
        named = {
            Path(name).name
            for backup in left
            for name in json.loads(backup.list_path.read_text())["uploads"]
        }
        for path in (folder / "uploads").glob("*/*"):
            if path.name.removesuffix(ENCRYPTED) not in named:
                path.unlink()
    return [backup.path for backup in deleted]


def _worth_keeping(backups: list[Backup], zone: ZoneInfo) -> Iterator[Backup]:
    """
    :param backups: newest first.
    """
    kinds: tuple[tuple[int, Callable[[datetime], Any]], ...] = (
        (DAYS, lambda moment: moment.date()),
        (WEEKS, lambda moment: moment.isocalendar()[:2]),
        (MONTHS, lambda moment: (moment.year, moment.month)),
    )
    for most, of in kinds:
        newest: dict[Any, Backup] = {}
        for backup in backups:
            newest.setdefault(of(backup.made_at.astimezone(zone)), backup)
        yield from list(newest.values())[:most]


def make_key(instance: Instance) -> str:
    """Have backups encrypted from now on.

    :returns: the age identity, to be kept apart: without it no backup can be read.
    :raises BackupFailed: there is one already.
    """
    if instance.backup_key.exists():
        raise BackupFailed(f"Đã có khoá ở {instance.backup_key}.")
    identity = str(x25519.Identity.generate())
    if instance.backups.exists():
        # They stay as they are, apart from those that will be encrypted.
        stamp = f"{formats.now():%Y%m%dT%H%M%SZ}"
        instance.backups.rename(instance.folder / f"backups-unencrypted-{stamp}")
    try:
        descriptor = os.open(instance.backup_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupFailed(f"Đã có khoá ở {instance.backup_key}.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(identity + "\n")
    return identity


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Rotating, one would throw away files that another has just brought."""
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Vanished(Exception):
    """A file that the database names is not there."""


def _make(
    instance: Instance, folder: Path, target: Path, key: x25519.Identity | None, whole: bool
) -> Backup:
    for path in folder.iterdir():
        path.unlink()
    database = folder / f"tanky{databases.suffix()}"
    rows = databases.dump(database)
    counted = _copy_counters(instance.counters, folder / "counters.sqlite3")
    for path in (instance.secret_key, instance.config):
        if path.exists():
            shutil.copy(path, folder)
    parts = sorted(folder.iterdir())
    naming = load_only(MediaFile.digest, MediaFile.widths, MediaFile.formats)  # what paths_of asks
    query = select(MediaFile).options(naming).order_by(MediaFile.digest)
    files = db.session.scalars(query).all()
    if len(files) != rows["media_files"]:
        raise _Vanished("vừa tải lên hoặc xoá")
    uploads = [path for file in files for path in paths_of(file)]
    _demand_room(target, sum(path.stat().st_size for path in parts), uploads, whole)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "made_at": formats.now().isoformat(),
        "revision": upgrading.present_revision(),
        "journal": seals.head(),
        "rows": rows,
        "counted": counted,
        "files": {path.name: _facts(path) for path in parts},
        "uploads": {},
    }
    db.session.rollback()
    backup = Backup(
        target / f"{PREFIX}{formats.now():%Y%m%dT%H%M%SZ}.tar{ENCRYPTED if key else ''}"
    )
    known = _known_uploads(target)
    for path in uploads:
        name = str(path.relative_to(instance.uploads))
        try:
            manifest["uploads"][name] = (
                _facts(path)
                if whole
                else _pooled(path, backup.pool / name, known.get(name), key, folder)
            )
        except FileNotFoundError:
            raise _Vanished(name) from None
    manifest["whole"] = whole
    archived = [(path.name, path) for path in parts]
    if whole:
        archived += [(f"uploads/{name}", instance.uploads / name) for name in manifest["uploads"]]
    told = json.dumps(manifest).encode()
    with (
        _writing(backup.path, key, folder) as file,
        tarfile.open(fileobj=file, mode="w|") as archive,
    ):
        _add(archive, MANIFEST, io.BytesIO(told), len(told))
        for name, source in archived:
            with source.open("rb") as content:
                _add(archive, name, content, source.stat().st_size)
    with _writing(backup.list_path, None, folder) as file:
        file.write(told)
    return backup


def _copy_counters(source: Path, target: Path) -> int:
    """The counters without who is on the site now.

    :returns: visits counted in all.
    """
    # Asked for anything, it makes its file where nobody has come yet.
    current_app.extensions["tally"].store.opening_balance()
    databases.copy_sqlite(source, target)
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA secure_delete=ON")
        for table in NOT_KEPT:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        copy.execute("UPDATE totals SET visits = 0 WHERE name = 'online'")
        copy.commit()
        copy.execute("VACUUM")
    return counted_in(target)


def counted_in(counters: Path) -> int:
    """All visits that a counters' file knows of, those taken over from an old site too."""
    with closing(sqlite3.connect(counters)) as store:
        query = "SELECT sum(visits) FROM totals WHERE name IN ('counted', 'opening')"
        return int(store.execute(query).fetchone()[0])


def _facts(path: Path) -> dict[str, Any]:
    return {"size": path.stat().st_size, "sha256": sha256_of(path)}


def _known_uploads(target: Path) -> dict[str, dict[str, Any]]:
    """What earlier backups of the folder know of files, by name."""
    known: dict[str, dict[str, Any]] = {}
    for backup in reversed(all_in(target)):
        if backup.list_path.exists():
            known |= json.loads(backup.list_path.read_text())["uploads"]
    return known


def _pooled(
    source: Path,
    target: Path,
    known: dict[str, Any] | None,
    key: x25519.Identity | None,
    beside: Path,
) -> dict[str, Any]:
    """Have a file in the pool, and say what it is."""
    target = target.with_name(target.name + ENCRYPTED) if key else target
    if known and target.exists() and source.stat().st_size == known["size"]:
        return known
    facts = _facts(source)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source.open("rb") as plain, _writing(target, key, beside) as file:
        shutil.copyfileobj(plain, file)
    return facts


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO, size: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    archive.addfile(entry, content)


@contextmanager
def _writing(path: Path, key: x25519.Identity | None, beside: Path) -> Iterator[BinaryIO]:
    """A file of ours alone, there once it is whole and on the disk; encrypted where there is a key.

    :param beside: the folder that holds what is yet to be encrypted.
    """
    made = path.with_name(f".{path.name}.part")
    made.unlink(missing_ok=True)
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if key is None:
                yield file
            else:
                with tempfile.TemporaryFile(dir=beside) as plain:
                    yield plain
                    plain.seek(0)
                    encrypt_io(plain, file, [key.to_public()])
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
        sync(path.parent)
    finally:
        made.unlink(missing_ok=True)


@contextmanager
def opened(path: Path, key: x25519.Identity | None, beside: Path) -> Iterator[BinaryIO]:
    """A file of a backup as it was before it was encrypted.

    :param beside: the folder that has room for it.
    :raises BackupFailed: it is encrypted, and the key is missing or another's.
    """
    with path.open("rb") as file:
        if path.suffix != ENCRYPTED:
            yield file
            return
        if key is None:
            raise BackupFailed("Bản sao này được mã hoá. Hãy đưa khoá bằng --key TỆP.")
        with tempfile.TemporaryFile(dir=beside) as plain:
            try:
                decrypt_io(file, plain, [key])
            except OSError as error:
                raise BackupFailed(f"Không đọc hay ghi được {path.name}: {error}.") from None
            except Exception as error:
                raise BackupFailed(f"Không mở được {path.name} bằng khoá này ({error}).") from None
            plain.seek(0)
            yield plain


def read_key(path: Path) -> x25519.Identity | None:
    """
    :raises BackupFailed: the file holds no age identity.
    """
    if not path.exists():
        return None
    try:
        return x25519.Identity.from_str(path.read_text().strip())
    except Exception:
        raise BackupFailed(f"{path} không phải khoá sao lưu (AGE-SECRET-KEY-…).") from None


def _key(instance: Instance) -> x25519.Identity | None:
    return read_key(instance.backup_key)


def _demand_room(target: Path, size: int, uploads: list[Path], whole: bool) -> None:
    # Plain or encrypted: a folder is of one kind.
    there = {path.name.removesuffix(ENCRYPTED) for path in (target / "uploads").glob("*/*")}
    new = (path for path in uploads if whole or path.name not in there)
    try:
        needed = 2 * size + sum(path.stat().st_size for path in new) + ROOM
    except FileNotFoundError as error:
        raise _Vanished(Path(error.filename).name) from None
    free = shutil.disk_usage(target).free
    if free < needed:
        raise BackupFailed(
            f"Ổ đĩa của {target} còn {formats.size(free)}, sao lưu cần {formats.size(needed)}."
        )
