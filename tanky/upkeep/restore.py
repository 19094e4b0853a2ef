"""A backup back in place: unpacked beside, checked, and only then moved to where it belongs.

A restore that is cut off in the midst of moving leaves ``restoring/`` in the instance; nothing is
served until the same restore has been run again.
"""

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from flask import Flask
from pyrage import x25519
from sqlalchemy import create_engine, text, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from ..base.db import db
from ..base.files import sync
from ..base.instance import Instance, current_instance
from ..base.sqlite import sqlite3
from ..front.content_number import ContentVersion
from ..text import formats
from . import databases, notes, scratch, triggers, upgrading, watch
from .backup import (
    ENCRYPTED,
    FORMAT,
    MANIFEST,
    Backup,
    BackupFailed,
    counted_in,
    opened,
)

# What an archive may hold beside uploads/.
FILES = {"tanky.sqlite3", "tanky.pgdump", "counters.sqlite3", "secret_key", "config.toml"}
# What a restore puts in place, and takes away before: the database's log is another state's.
NAMES = (
    "tanky.sqlite3", "tanky.sqlite3-wal", "tanky.sqlite3-shm",
    "counters.sqlite3", "counters.sqlite3-wal", "counters.sqlite3-shm",
    "uploads", "share_cards", "secret_key",
)  # fmt: skip
# Pages that anyone kept at the archive's number, or since, are of no number to come.
NUMBERS_AHEAD = 1_000_000
MOST_DRAWN = 20  # pages


def restore(
    path: Path,
    key: x25519.Identity | None,
    replaces: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> Path | None:
    """Put a backup in the place of the current instance.

    :param key: of an encrypted backup.
    :param replaces: what is there is moved aside; else the instance must be empty.
    :returns: the folder to which what was there has been moved.
    :raises BackupFailed: the backup is not whole, or there is something already. Nothing has
        changed then.
    :raises InUse: the site is served, copied or upgraded.
    """
    instance = current_instance()
    db.session.remove()
    db.engine.dispose()
    with instance.alone(patience=0):
        was_cut_off = instance.is_half_restored
        was_filled = was_cut_off or _is_filled(instance)
        if was_filled and not was_cut_off and not replaces:
            raise BackupFailed(
                f"{instance.folder} đã có dữ liệu. Hãy khôi phục vào một thư mục trống, hoặc thêm "
                "--replace: dữ liệu đang có được chuyển sang một thư mục riêng."
            )
        with scratch.folder(instance) as unpacked:
            manifest = unpack(Backup(path), key, unpacked)
            say("Bản sao lưu đầy đủ.")
            _demand_kind(unpacked, was_cut_off)
            # From here on the instance is marked as half restored, whenever this is cut off.
            if instance.restoring.exists():
                instance.restoring.rename(instance.folder / f"restoring-{unpacked.name}")
            unpacked.rename(instance.restoring)
        sync(instance.folder)
        _ready_content(instance.restoring, was_cut_off)
        aside = _move_in(instance, was_filled)
    say(f"Đã khôi phục bản lúc {manifest['made_at'][:19]} (UTC).")
    return aside


def prove(
    path: Path,
    key: x25519.Identity | None,
    make_portal: Callable[[Path, dict[str, Any]], Flask],
) -> list[str]:
    """Restore a backup to a scratch folder, and use it: rows, files and a drawn page.

    :param make_portal: ``create_app``.
    :returns: what was looked at, in sentences.
    :raises BackupFailed: the backup would not bring the site back.
    """
    instance, backup = current_instance(), Backup(path)
    with scratch.folder(instance) as place:
        try:
            manifest = unpack(backup, key, place)
        except _Damaged as file:
            if not (instance.uploads / file.name).exists():
                raise
            # The library still has it: the next backup brings it anew.
            file.path.rename(file.path.with_name(f".{file.path.name}.damaged"))
            raise BackupFailed(f"{file} Lần sao lưu tới sẽ chép lại tệp này.") from None
        with _scratch_database(place) as address:
            portal = make_portal(place, {"TESTING": True, "database_url": address})
            seen = _use(portal, manifest)
    notes.add(instance, proven_at=formats.now(), proven=backup.path)
    return [f"{len(manifest['uploads'])} tệp đúng từng byte", *seen]


def unpack(backup: Backup, key: x25519.Identity | None, folder: Path) -> dict[str, Any]:
    """Write a backup's files into an empty folder, each compared with its checksum.

    :returns: the manifest.
    :raises BackupFailed: it cannot be read, or something in it is missing or damaged.
    """
    try:
        with opened(backup.path, key, folder) as file, tarfile.open(fileobj=file) as archive:
            manifest = _manifest(archive)
            expected = dict(manifest["files"])
            if strange := expected.keys() - FILES:
                raise BackupFailed(f"Bản sao lưu có tệp lạ: {min(strange)}.")
            if manifest["whole"]:
                expected |= {f"uploads/{n}": facts for n, facts in manifest["uploads"].items()}
            for entry in archive:
                if entry.name == MANIFEST:
                    continue
                facts = expected.pop(entry.name, None)
                content = archive.extractfile(entry)
                if facts is None or content is None:
                    raise BackupFailed(f"Bản sao lưu có tệp lạ: {entry.name}.")
                _write(content, folder, entry.name, facts)
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError) as error:
        raise BackupFailed(f"Không đọc được {backup.path.name}: {error}.") from None
    if expected:
        raise BackupFailed(f"Bản sao lưu thiếu {', '.join(sorted(expected)[:3])}.")
    if not manifest["whole"]:
        _bring_uploads(backup, key, folder, manifest["uploads"])
    (folder / "uploads").mkdir(exist_ok=True, mode=0o700)
    for name in ("tanky.sqlite3", "counters.sqlite3"):
        path = folder / name
        if path.exists() and (problems := databases.problems_of_sqlite(path)):
            raise BackupFailed(f"{name} trong bản sao lưu bị hỏng: {problems[0]}.")
    if manifest["revision"] > upgrading.newest_revision():
        raise BackupFailed(
            f"Bản sao lưu là của một bản Tanky mới hơn ({manifest['revision']}). "
            "Hãy cài bản ấy rồi khôi phục."
        )
    return manifest


def _manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    entry = archive.next()
    content = archive.extractfile(entry) if entry and entry.name == MANIFEST else None
    if content is None:
        raise BackupFailed("Tệp này không phải bản sao lưu của Tanky.")
    manifest: dict[str, Any] = json.load(content)
    if manifest["format"] > FORMAT:
        raise BackupFailed("Bản sao lưu là của một bản Tanky mới hơn. Hãy cài bản ấy.")
    return manifest


def _bring_uploads(
    backup: Backup, key: x25519.Identity | None, folder: Path, uploads: dict[str, Any]
) -> None:
    for name, facts in uploads.items():
        source = backup.pool / name
        if not source.exists():
            source = source.with_name(source.name + ENCRYPTED)
        if not source.exists():
            raise BackupFailed(f"Thiếu tệp uploads/{name} bên cạnh bản sao lưu.")
        with opened(source, key, folder) as content:
            try:
                _write(content, folder, f"uploads/{name}", facts)
            except _WrongChecksum as error:
                raise _Damaged(source, name, str(error)) from None


class _WrongChecksum(BackupFailed):
    """A file was read to its end, and is not what it was."""


class _Damaged(BackupFailed):
    """That, of a file beside the archives; ``name`` is its path in the library."""

    def __init__(self, path: Path, name: str, sentence: str):
        super().__init__(sentence)
        self.path = path
        self.name = name


def _write(content: IO[bytes], folder: Path, name: str, facts: dict[str, Any]) -> None:
    """
    :raises BackupFailed: its checksum is another, or its name leads out of the folder.
    """
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise BackupFailed(f"Bản sao lưu có đường dẫn lạ: {name}.")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with open(target, "xb", opener=_for_us_alone) as file:
        while part := content.read(2**20):
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != facts["sha256"]:
        raise _WrongChecksum(f"{name} trong bản sao lưu bị hỏng (sai mã kiểm).")


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_filled(instance: Instance) -> bool:
    has_uploads = instance.uploads.is_dir() and any(instance.uploads.iterdir())
    try:
        return has_uploads or upgrading.present_revision() is not None
    except DBAPIError:  # a damaged database is a reason to restore, and is kept all the same
        return True


def _demand_kind(unpacked: Path, was_cut_off: bool) -> None:
    """
    :raises BackupFailed: the content cannot go where this portal keeps its own.
    """
    on_postgresql = db.engine.dialect.name == "postgresql"
    if (unpacked / "tanky.sqlite3").exists() == on_postgresql:
        kinds = ("PostgreSQL", "SQLite") if on_postgresql else ("SQLite", "PostgreSQL")
        raise BackupFailed("Cổng này dùng {}, bản sao lưu là của {}.".format(*kinds))
    if on_postgresql and not was_cut_off and upgrading.present_revision() is not None:
        raise BackupFailed(
            f"Cơ sở dữ liệu {db.engine.url.database} đã có dữ liệu. Hãy tạo một cơ sở dữ liệu "
            "trống và đặt database_url theo nó."
        )


def _ready_content(unpacked: Path, was_cut_off: bool) -> None:
    """Put the content where it is used from, under a content number that nobody has seen."""
    database, dump = unpacked / "tanky.sqlite3", unpacked / "tanky.pgdump"
    if database.exists():
        with closing(sqlite3.connect(database)) as content, content:
            content.execute("UPDATE content_version SET number = number + ?", (NUMBERS_AHEAD,))
        return
    # It is loaded in one transaction: what is there after a restore was cut off is all of it.
    if upgrading.present_revision() is None:
        try:
            databases.load_postgresql(dump, db.engine.url)
        except databases.DumpFailed as error:
            if not was_cut_off:
                shutil.rmtree(unpacked)
            raise BackupFailed(str(error)) from None
    with db.engine.begin() as connection:
        connection.execute(
            update(ContentVersion).values(number=ContentVersion.number + NUMBERS_AHEAD)
        )
    dump.unlink()


def _move_in(instance: Instance, had_content: bool) -> Path | None:
    """Exchange what the instance has for what was unpacked; where that went, if it was anything."""
    db.session.remove()
    db.engine.dispose()
    stamp = f"replaced-{formats.now():%Y%m%dT%H%M%SZ}-"
    aside = Path(tempfile.mkdtemp(dir=instance.folder, prefix=stamp))
    for name in NAMES:
        if (instance.folder / name).exists():
            (instance.folder / name).rename(aside / name)
    for path in instance.restoring.iterdir():
        if path.name != instance.config.name or not instance.config.exists():
            path.rename(instance.folder / path.name)
    watch.begin_anew(instance)
    sync(aside)
    sync(instance.folder)
    for path in instance.folder.glob("restoring*"):
        shutil.rmtree(path)
    sync(instance.folder)
    if had_content:
        return aside
    shutil.rmtree(aside)
    return None


@contextmanager
def _scratch_database(place: Path) -> Iterator[str]:
    """Where the unpacked content can be used: its address, empty for SQLite's usual one."""
    dump = place / "tanky.pgdump"
    if not dump.exists():
        yield ""
        return
    live = db.engine.url
    name = f"tanky_proof_{os.getpid()}"
    admin = create_engine(live, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            _drop_left(connection)
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        try:
            databases.load_postgresql(dump, live.set(database=name))
            yield live.set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    except databases.DumpFailed as error:
        raise BackupFailed(str(error)) from None
    except DBAPIError as error:
        raise BackupFailed(
            f"Không tạo được cơ sở dữ liệu để thử: {error.orig}. Người dùng {live.username} cần "
            "quyền CREATEDB."
        ) from None
    finally:
        admin.dispose()


def _drop_left(connection: Connection) -> None:
    """Drop what proofs left that were killed; one that is still in use is refused by itself."""
    query = text(r"SELECT datname FROM pg_database WHERE datname LIKE 'tanky\_proof\_%'")
    for name in connection.scalars(query).all():
        if scratch.is_alive(name.rpartition("_")[2]):
            continue  # it may be about to use it
        with suppress(DBAPIError):
            connection.execute(text(f'DROP DATABASE "{name}"'))


def _use(portal: Flask, manifest: dict[str, Any]) -> list[str]:
    """Look whether a restored portal is the one that was backed up, and answers."""
    with portal.app_context():
        try:
            rows = databases.rows_of(db.engine)
            other = {
                table: (count, rows.get(table))
                for table, count in manifest["rows"].items()
                if rows.get(table) != count
            }
            if other:
                raise BackupFailed(f"Số dòng khác bản gốc: {other}.")
            upgrading.migrate_database()  # a backup of an earlier release is brought to this one
            with db.engine.connect() as connection:
                if lost := triggers.missing(connection):
                    raise BackupFailed(f"Thiếu trigger: {', '.join(lost[:3])}.")
            counted = counted_in(portal.extensions["instance"].counters)
            if counted != manifest["counted"]:
                raise BackupFailed(f"Bộ đếm là {counted}, bản gốc là {manifest['counted']}.")
            pages = _draw(portal)
        finally:
            portal.extensions["tally"].store.close()
            db.session.remove()
            db.engine.dispose()
    return [
        f"{sum(rows.values())} dòng trong {len(rows)} bảng đúng như bản gốc",
        f"bộ đếm {counted} lượt đúng như bản gốc",
        f"{pages} trang vẽ được từ bản khôi phục",
    ]


def _draw(portal: Flask) -> int:
    """Draw the home page and the first of the site map, as a resident would have them."""
    browser = portal.test_client()
    mapped = browser.get("/sitemap.xml").get_data(as_text=True)
    addresses = [urlsplit(url).path for url in re.findall(r"<loc>([^<]+)</loc>", mapped)]
    addresses = ["/", *addresses[:MOST_DRAWN]]
    for address in addresses:
        if (status := browser.get(address).status_code) != 200:
            raise BackupFailed(f"Trang {address} của bản khôi phục trả lời {status}.")
    return len(addresses)
