"""What may be wrong with a site and its machine, each in a sentence with what to do about it.

``quick`` looks are for ``/readyz``, asked every few seconds; the others for ``flask tanky doctor``.
"""

import os
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ..base.db import db
from ..base.files import read_json
from ..base.instance import Instance, current_instance
from ..base.sqlite import VERSION, is_safe
from ..counters.tally import Unavailable
from ..media import library
from ..media.models import MediaFile
from ..records.journal import JournalEntry
from ..text import formats
from . import databases, notes, triggers, upgrading, watch

LITTLE_ROOM = 200 * 2**20  # bytes; below it nothing is served as ready
SCANT_ROOM = 2 * 10**9
CERTIFICATE_DAYS, GRAVE_DAYS = 14, 3
CLOCK = timedelta(minutes=5)
CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Finding:
    """``is_grave``: the site should not be served so. ``sentence`` is for people, in Vietnamese."""

    name: str
    sentence: str
    is_grave: bool = True


Look = Callable[[], Iterator[Finding]]


def quick() -> list[Finding]:
    """What keeps the current portal from being served as it should."""
    return _found(QUICK)


def thorough() -> dict[str, list[Finding]]:
    """Everything: what was looked at, and what was found there."""
    return {label: _found((look,)) for label, look in THOROUGH}


def _found(looks) -> list[Finding]:
    findings: list[Finding] = []
    for look in looks:
        try:
            findings += look()
        except (SQLAlchemyError, Unavailable, OSError) as error:
            db.session.rollback()
            findings.append(Finding(look.__name__.strip("_"), f"Không xem được: {error}."))
    return findings


def _heart() -> Iterator[Finding]:
    heartbeat = current_app.extensions["heartbeat"]
    if not heartbeat.is_well:
        yield Finding("heart", "Nhịp nền của cổng không chạy; hãy khởi động lại dịch vụ.")


def _revision() -> Iterator[Finding]:
    if problem := upgrading.problem_with_serving():
        yield Finding("revision", f"Cơ sở dữ liệu và phần mềm không khớp: {problem}")


def _triggers() -> Iterator[Finding]:
    with db.engine.connect() as connection:
        lost = triggers.missing(connection)
    if lost:
        yield Finding(
            "triggers",
            f"Cơ sở dữ liệu thiếu {len(lost)} trigger ({', '.join(lost[:3])}): trang có thể hiện "
            "nội dung cũ. Hãy khôi phục từ bản sao lưu.",
        )


def free(instance: Instance) -> int:
    """Bytes that are free where an instance lies."""
    return shutil.disk_usage(instance.folder).free


def _disk() -> Iterator[Finding]:
    instance = current_instance()
    left = free(instance)
    if left < SCANT_ROOM:
        yield Finding(
            "disk", f"Ổ đĩa chỉ còn {formats.size(left)}. Hãy dọn hoặc mở rộng.", left < LITTLE_ROOM
        )
    for path in (instance.folder, instance.uploads):
        if path.exists() and not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            yield Finding(
                "disk", f"Không ghi được vào {path}: hãy trả lại quyền cho người chạy cổng."
            )


def _uploads() -> Iterator[Finding]:
    newest = db.session.scalar(select(MediaFile).order_by(MediaFile.id.desc()).limit(1))
    if newest and not all(path.exists() for path in library.paths_of(newest)):
        yield Finding(
            "uploads", "Thư mục uploads/ thiếu tệp mới nhất. Hãy khôi phục từ bản sao lưu."
        )


def _key() -> Iterator[Finding]:
    try:
        is_same = current_instance().secret_key.read_bytes().strip() == current_app.secret_key
    except OSError:
        is_same = False
    if not is_same:
        yield Finding(
            "key",
            "Tệp secret_key mất hoặc đã khác với khoá đang dùng. Hãy đặt lại tệp cũ, hoặc khởi "
            "động lại: mọi người sẽ phải đăng nhập lại.",
        )


def _key_of_the_watch() -> Iterator[Finding]:
    """The key and the one that the last watch saw; what that knows is too much for a quick look."""
    yield from _key()
    kept = read_json(current_instance().watch_known).get("secret")
    if kept not in (None, watch.secret_digest()):
        yield Finding("key", watch.OTHER_KEY)


def _counters() -> Iterator[Finding]:
    store = current_app.extensions["tally"].store
    if not store.is_in_place():
        yield Finding("counters", "Tệp counters.sqlite3 đã bị xoá hoặc thay trong lúc cổng chạy.")
    store.opening_balance()


def _engine() -> Iterator[Finding]:
    if db.engine.dialect.name == "sqlite" and not is_safe():
        yield Finding(
            "engine",
            f"SQLite {VERSION} có thể mất dữ liệu đã ghi (https://sqlite.org/wal.html). Hãy dùng "
            "máy x86-64 hoặc PostgreSQL.",
            False,
        )


def _rights() -> Iterator[Finding]:
    instance = current_instance()
    open_ones = [
        path
        for path in (instance.folder, *instance.folder.iterdir())
        if path.exists() and path.stat().st_mode & 0o007
    ]
    if open_ones:
        names = ", ".join(path.name for path in open_ones[:3])
        yield Finding("rights", f"Ai trên máy cũng đọc được {names}. Hãy chạy chmod go= với chúng.")
    owners = {path.stat().st_uid for path in instance.folder.iterdir()}
    if len(owners) > 1:
        yield Finding(
            "rights",
            "Các tệp thuộc nhiều người dùng khác nhau: một lệnh đã chạy dưới tên khác. Hãy chown "
            "cả thư mục cho người chạy cổng.",
        )


def _clock() -> Iterator[Finding]:
    newest = db.session.scalar(select(func.max(JournalEntry.happened_at)))
    latest = max(filter(None, (newest, datetime.fromtimestamp(_newest_code(), UTC))), default=None)
    if latest and latest > formats.now() + CLOCK:
        yield Finding(
            "clock",
            f"Đồng hồ máy đang chậm: đã có việc ghi lúc {latest:%d/%m/%Y %H:%M} (UTC). Hãy "
            "bật đồng bộ giờ (timedatectl set-ntp true).",
        )


def _orphans() -> Iterator[Finding]:
    lost, left = library.astray()
    if lost:
        yield Finding(
            "orphans",
            f"{len(lost)} tệp có trong cơ sở dữ liệu nhưng không có trong uploads/ (ví dụ "
            f"{min(lost).name}). Hãy lấy lại từ bản sao lưu.",
        )
    if left:
        yield Finding(
            "orphans",
            f"{len(left)} tệp trong uploads/ không thuộc mục nào (ví dụ {min(left).name}).",
            False,
        )


def _integrity() -> Iterator[Finding]:
    instance = current_instance()
    files = [instance.counters]
    if db.engine.dialect.name == "sqlite":
        files.append(Path(db.engine.url.database))
    for path in files:
        if path.exists() and (problems := databases.problems_of_sqlite(path)):
            yield Finding(
                "integrity", f"{path.name} bị hỏng ({problems[0]}). Hãy khôi phục từ bản sao lưu."
            )


def _watched() -> Iterator[Finding]:
    instance = current_instance()
    if watch.is_late(instance):
        at = watch.last_at(instance)
        yield Finding(
            "watch",
            f"Việc tự kiểm tra mỗi đêm không chạy từ {at:%d/%m/%Y}. Hãy xem log của dịch vụ, rồi "
            "chạy flask tanky watch.",
            False,
        )


def _backups() -> Iterator[Finding]:
    proven = notes.last_proven(current_instance())
    if proven is None:
        yield Finding(
            "backups",
            "Chưa có bản sao lưu nào được thử khôi phục. Hãy chạy flask tanky backup rồi "
            "flask tanky backup --verify.",
            False,
        )
    elif notes.is_proof_late(current_instance()):
        days = (formats.now() - proven).days
        yield Finding("backups", f"Bản sao lưu thử khôi phục gần nhất đã {days} ngày.", False)


def _address() -> Iterator[Finding]:
    settings = current_app.config["TANKY"]
    public = urlsplit(settings["public_url"])
    if not public.hostname:
        yield Finding("address", "Chưa đặt public_url: liên kết và cookie chưa đúng.", False)
        return
    if public.scheme != "https":
        yield Finding("address", "public_url chưa dùng https: mật khẩu đi qua mạng không mã hoá.")
    elif not settings["trusted_proxies"]:
        yield Finding(
            "address",
            "public_url là https nhưng trusted_proxies là 0: mọi người xem được đếm như một.",
        )
    # Nghị định 224/2026/NĐ-CP, article 11(4): .vn, IPv6, name of the commune under the province's.
    if not public.hostname.endswith(".gov.vn"):
        yield Finding(
            "address",
            f"{public.hostname} không phải tên miền tenxa.tentinh.gov.vn (NĐ 224/2026 Đ11).",
            False,
        )
    yield from _reached(public.hostname, public.port or 443, public.scheme == "https")


def _reached(host: str, port: int, with_tls: bool) -> Iterator[Finding]:
    """What the public address says of itself from here."""
    try:
        families = {info[0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        yield Finding("address", f"Không tìm thấy {host} trong DNS.", False)
        return
    if socket.AF_INET6 not in families:
        yield Finding("address", f"{host} chưa có địa chỉ IPv6 (NĐ 224/2026 Đ11 k4).", False)
    if not with_tls:
        return
    try:
        with (
            socket.create_connection((host, port), CONNECT_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str(secure.getpeercert()["notAfter"]))
    except OSError as error:
        yield Finding("address", f"Không bắt tay TLS được với {host}: {error}.", False)
        return
    days = int((ends - formats.now().timestamp()) / 86400)
    if days < CERTIFICATE_DAYS:
        sentence = f"Chứng thư TLS của {host} còn {days} ngày. Hãy gia hạn."
        yield Finding("address", sentence, days < GRAVE_DAYS)


def _newest_code() -> float:
    return max(path.stat().st_mtime for path in upgrading.VERSIONS.glob("*.py"))


QUICK: tuple[Look, ...] = (_heart, _revision, _disk, _triggers, _uploads, _key, _counters)
THOROUGH: tuple[tuple[str, Look], ...] = (
    ("Bộ máy cơ sở dữ liệu", _engine),
    ("Phiên bản cơ sở dữ liệu", _revision),
    ("Trigger", _triggers),
    ("Toàn vẹn cơ sở dữ liệu", _integrity),
    ("Tệp tải lên", _orphans),
    ("Bộ đếm", _counters),
    ("Khoá bí mật", _key_of_the_watch),
    ("Ổ đĩa", _disk),
    ("Quyền tệp", _rights),
    ("Đồng hồ", _clock),
    ("Địa chỉ, proxy, TLS", _address),
    ("Tự kiểm tra", _watched),
    ("Sao lưu", _backups),
)
