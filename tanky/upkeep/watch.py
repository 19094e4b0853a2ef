"""The watch over a site's integrity: once each night, by itself, in a process of its own.

It looks for what happens to portals that are broken into: texts and links that no editor put there,
files and code changed by other ways than the desk, new editors-in-chief, triggers that are gone, a
journal or figures that were rewritten. What it finds stands on the desk and in the log.
"""

import fcntl
import hashlib
import json
import logging
import re
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app
from sqlalchemy import ColumnElement, func, select

from ..accounts.models import Passkey, Person, Role
from ..base.db import db
from ..base.files import put_json, read_json, sha256_of
from ..base.instance import Instance, current_instance
from ..config import environment_with
from ..media import library
from ..media.models import MediaFile
from ..records import journal, public, seals
from ..records.journal import JournalEntry
from ..records.revisions import Revision
from ..site import identity
from ..site.models import MenuItem, SiteIdentity, SiteTask
from ..text import formats
from . import triggers, upgrading

log = logging.getLogger(__name__)
CODE = Path(__file__).parent.parent
# After the day's last visits have been settled and its salt destroyed.
BEGINS_AT = timedelta(minutes=40)
BATCH = 200
# Of a snapshot: what changes with another row, which has a journal of its own.
OF_OTHERS = {"category", "category_id", "field", "parent_id", "replaced_by"}
HOST = re.compile(r"""(?:href|src)\s*=\s*["'](?:https?:)?//([^/"'?#\s]+)""", re.I)
IDLE = timedelta(days=45)  # ASVS 5.0 leaves it to the site
LET_IN = ("created", "invited", "joined", "resumed", "password_changed", "password_forced")
KEYS_CHANGED = (
    "created", "invited", "joined", "password_changed", "password_forced", "two_factor_on",
    "two_factor_off", "passkey_added", "passkey_removed", "password_rehashed", "recovery_used",
    "role_changed", "suspended", "resumed",
)  # fmt: skip
# What stands on every page, and what its entries in the journal are labelled.
OF_EVERY_PAGE = {
    "Thông tin trang": (SiteIdentity, "thông tin trang"),
    "Menu chính": (MenuItem, "menu chính"),
    "Việc ở trang chủ": (SiteTask, "việc ở trang chủ"),
}
LATE = timedelta(hours=50)
OTHER_KEY = (
    "Khoá bí mật (secret_key) đã bị thay: mã xác thực hai lớp cũ không dùng được nữa. Nếu không "
    "phải bạn thay, hãy khôi phục tệp từ bản sao lưu."
)
MADE_CHIEF = ("created", "invited", "joined", "role_changed")


def init_app(app: Flask) -> None:
    nightly = Nightly(app)
    if not app.testing:
        app.extensions["heartbeat"].add(nightly.begin_when_due)
    app.extensions["heartbeat"].add(Sealing())


class Sealing:
    """A job of the heart: seals what was entered in the journal."""

    def __init__(self) -> None:
        self._newest = -1  # entry that was sealed

    def __call__(self) -> None:
        newest = db.session.scalar(select(func.max(JournalEntry.id))) or 0
        if newest != self._newest:
            seals.seal_new()
            self._newest = newest


class Nightly:
    """Starts the watch in a process of its own, whose memory is gone when it ends."""

    def __init__(self, app: Flask):
        self.app = app
        self._next = 0.0  # seconds since the epoch
        self._process: subprocess.Popen[bytes] | None = None

    def begin_when_due(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        if time.time() < self._next or self._process is not None:
            return
        self._next = time.time() + 600
        if due(current_instance()):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "tanky", "tanky", "watch", "--nightly"],
                cwd=CODE.parent,
                env=environment_with({"TANKY_INSTANCE": self.app.instance_path}),
                stdin=subprocess.DEVNULL,
            )


def due(instance: Instance) -> bool:
    """Whether the night of this day has not been watched yet."""
    local = formats.now().astimezone(identity.zone())
    begins = local - BEGINS_AT
    return last(instance).get("day", "") < begins.date().isoformat()


def is_late(instance: Instance) -> bool:
    """Whether nobody watches any more: the last time is more than two nights ago."""
    at = last_at(instance)
    return at is not None and formats.now() - at > LATE


def last(instance: Instance) -> dict[str, Any]:
    """What the last watch left: ``day``, ``at``, ``findings`` (sentences)."""
    return read_json(instance.watch_notes)


def last_at(instance: Instance) -> datetime | None:
    """When the last watch was."""
    moment = last(instance).get("at")
    return datetime.fromisoformat(moment) if moment else None


def watch_alone(only_when_due: bool) -> list[str] | None:
    """:func:`keep_watch`, by one process at a time; None: it is not due, or another is at it."""
    with current_instance().watch_lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if only_when_due and not due(current_instance()):
            return None
        if current_instance().is_half_restored:
            return None
        return keep_watch()


def keep_watch() -> list[str]:
    """A night's work: enter the finished days of the counters, seal the journal, suspend idle
    accounts, and look at everything.

    :returns: what was found, in Vietnamese sentences.
    """
    instance = current_instance()
    before = read_json(instance.watch_known)
    now = formats.now().astimezone(identity.zone())
    revision = upgrading.present_revision()
    findings: list[str] = []
    _close_days(now.date(), findings)
    seals.seal_new(all_of_them=True)
    known: dict[str, Any] = {
        "heads": _heads(before),
        # A migration may have written each text anew.
        "rows": before.get("rows") if before.get("revision") == revision else None,
        "files": before.get("files"),
        "code": before.get("code"),
        "chiefs": before.get("chiefs"),
        "site": before.get("site") if before.get("revision") == revision else None,
        "keys": before.get("keys") if before.get("revision") == revision else None,
        "secret": before.get("secret"),
    }
    since = before.get("entry", 0)
    newest = db.session.scalar(select(func.max(JournalEntry.id))) or 0
    with db.engine.connect() as connection:
        if lost := triggers.missing(connection):
            findings.append(f"Cơ sở dữ liệu thiếu trigger: {', '.join(lost[:5])}.")
    findings += seals.breaks({int(number): seal for number, seal in known["heads"].items()})
    known["rows"] = _texts(known["rows"], findings)
    known["files"] = _files(known["files"], findings)
    known["code"] = _code(known["code"], findings)
    known["chiefs"] = _chiefs(known["chiefs"], findings)
    known["site"] = _site(known["site"], since, findings)
    known["keys"] = _keys(known["keys"], since, findings)
    known["secret"] = _secret(known["secret"], findings)
    known["entry"] = newest
    _suspend_idle(findings)
    number, seal = seals.head()
    known["heads"] = dict(list((known["heads"] | {str(number): seal}).items())[-400:])
    of_state = {"revision": revision, "restored_at": before.get("restored_at", "")}
    put_json(instance.watch_known, of_state | known)
    day = (now - BEGINS_AT).date().isoformat()
    put_json(instance.watch_notes, {"day": day, "at": now.isoformat(), "findings": findings})
    for finding in findings:
        log.error(f"watch: {finding}")  # within the message: like ones would be folded
    # A line that is also kept elsewhere shows later whether the journal was made anew.
    log.warning("watch: %s things found; journal %s %s", len(findings), number, seal)
    db.session.rollback()
    return findings


def _close_days(today: date, findings: list[str]) -> None:
    """Enter each finished day's visits in the journal, and compare those that were entered."""
    store = current_app.extensions["tally"].store
    closed = {
        entry.label: int(entry.remark.split()[0])
        for entry in db.session.scalars(
            select(JournalEntry).where(JournalEntry.action == "counted")
        )
    }
    days = store.days(date(2000, 1, 1), today - timedelta(days=1))
    for day, counted in sorted(days.items()):
        entered = closed.pop(day.isoformat(), None)
        if entered is None:
            journal.record(
                "counted", label=day.isoformat(), remark=f"{counted.visits} lượt truy cập"
            )
        elif entered != counted.visits:
            findings.append(
                f"Số lượt truy cập ngày {day:%d/%m/%Y} nay là {counted.visits}, lúc chốt là "
                f"{entered}."
            )
    for label in closed:
        findings.append(f"Bộ đếm không còn ngày {label} đã chốt.")
    db.session.commit()


def _heads(before: dict[str, Any]) -> dict[str, str]:
    """The journal's heads that nights and backups have seen."""
    heads = dict(before.get("heads", {}))
    for path in current_instance().backups.glob("tanky-*.json"):
        with suppress(KeyError, ValueError):
            manifest = read_json(path)
            if manifest["made_at"] < before.get("restored_at", ""):
                continue  # of a state that a restore has taken back
            number, seal = manifest["journal"]
            heads[str(number)] = seal
    heads.pop("0", None)
    return heads


def _texts(known: dict[str, str] | None, findings: list[str]) -> dict[str, str]:
    """Compare what residents see with what editors saved.

    :param known: of rows that were never saved on the desk (samples, imports), what they were when
        they were first seen; None at the first watch.
    """
    seen: dict[str, str] = {}
    for noun in public.current_nouns():
        if not hasattr(noun.model, "snapshot"):
            continue
        last_id = 0
        while True:
            rows = db.session.scalars(
                noun.visible()
                .where(noun.model.id > last_id)
                .order_by(None)
                .order_by(noun.model.id)
                .limit(BATCH)
            ).unique().all()  # fmt: skip
            saved = _saved([row.id for row in rows], noun.model.SUBJECT)
            for row in rows:
                _compare(row, saved.get(row.id), known, seen, findings)
            if len(rows) < BATCH:
                break
            last_id = rows[-1].id
            db.session.expunge_all()
    return seen


def _saved(ids: list[int], subject: str) -> dict[int, dict[str, Any]]:
    """The newest revision of each row."""
    newest = (
        select(Revision.subject_id, func.max(Revision.number).label("number"))
        .where(Revision.subject == subject, Revision.subject_id.in_(ids))
        .group_by(Revision.subject_id)
        .subquery()
    )
    query = select(Revision).join(
        newest,
        (Revision.subject_id == newest.c.subject_id) & (Revision.number == newest.c.number),
    )
    return {row.subject_id: row.content for row in db.session.scalars(
        query.where(Revision.subject == subject)
    )}  # fmt: skip


def _compare(
    row: Any,
    saved: dict[str, Any] | None,
    known: dict[str, str] | None,
    seen: dict[str, str],
    findings: list[str],
) -> None:
    present = _own(row.snapshot())
    # An earlier release may have kept other attributes.
    common = present.keys() & (saved or {}).keys()
    if saved is not None and all(present[name] == saved[name] for name in common):
        return
    key, digest = f"{row.SUBJECT}:{row.id}", _digest(json.dumps(present, sort_keys=True).encode())
    is_known = known is None or known.get(key) == digest
    if is_known or (saved is None and key not in known and _is_entered(row)):
        seen[key] = digest
        return
    if key in known:
        seen[key] = known[key]  # it is found again each night until somebody saves it
    if saved is None and key not in known:
        findings.append(f"“{row.called}” ({row.SUBJECT}) có trên trang mà không ai đưa lên.")
        return
    hosts = _hosts(present) - _hosts(saved)
    led = f" Liên kết lạ: {', '.join(sorted(hosts)[:5])}." if hosts else ""
    findings.append(f"“{row.called}” ({row.SUBJECT}) đã đổi mà không ai lưu.{led}")


def _own(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in OF_OTHERS}


def _hosts(content: dict[str, Any] | None) -> set[str]:
    """The hosts that a text leads to, whatever it is made of."""
    text = json.dumps(content, ensure_ascii=False).replace('\\"', '"')
    found = {host.lower() for host in HOST.findall(text)}
    own = urlsplit(current_app.config["TANKY"]["public_url"]).netloc
    return found - {own}


def _is_entered(row: Any) -> bool:
    """Whether the journal tells of the row."""
    query = select(JournalEntry.id).where(
        JournalEntry.subject == row.SUBJECT, JournalEntry.subject_id == row.id
    )
    return db.session.scalar(query.limit(1)) is not None


def _files(known: dict[str, str] | None, findings: list[str]) -> dict[str, str]:
    """Compare photos and documents with what they were; none of them ever changes."""
    uploads = current_instance().uploads
    lost, left = library.astray()
    seen: dict[str, str] = {}
    for file in db.session.scalars(select(MediaFile)):
        for path in library.paths_of(file):
            name = str(path.relative_to(uploads))
            if path in lost:
                findings.append(f"Tệp uploads/{name} bị mất.")
                continue
            seen[name] = sha256_of(path)
            # A document is kept as it was uploaded, and named by its digest. A sound or a film is
            # kept without its tags: like the forms of a photo it is compared with the night before.
            is_document = path.name == file.digest and not (file.is_sound or file.is_film)
            is_replaced = is_document and seen[name] != file.digest
            # "" was noted of a file that did not fit its name when it was first seen.
            known_as = (known or {}).get(name) or seen[name]
            if is_replaced or known_as != seen[name]:
                findings.append(f"Tệp uploads/{name} đã bị thay.")
                seen[name] = (known or {}).get(name, "")
    findings.extend(
        f"Tệp uploads/{path.relative_to(uploads)} không do ai tải lên."
        for path in sorted(left)
        if not path.name.startswith(".")
    )
    return seen


def _code(known: str | None, findings: list[str]) -> str:
    """Compare the portal's own files with what they were when the database was last set up."""
    digest = code_digest()
    if known and known != digest:
        findings.append(
            "Tệp của phần mềm đã đổi mà không qua nâng cấp. Nếu chính bạn đã cập nhật, hãy chạy "
            "flask tanky upgrade."
        )
        return known
    return digest


def code_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(CODE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(CODE)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def begin_anew(instance: Instance) -> None:
    """Another state was put in place: what was known of the one before says nothing of it."""
    put_json(instance.watch_known, {"restored_at": formats.now().isoformat()})
    instance.watch_notes.unlink(missing_ok=True)


def accept_code() -> None:
    """The code, and the key, are what the operator has just put there."""
    instance = current_instance()
    if known := read_json(instance.watch_known):
        put_json(instance.watch_known, known | {"code": code_digest(), "secret": secret_digest()})


def _chiefs(known: list[int] | None, findings: list[str]) -> list[int]:
    """Compare who may do everything with what the journal tells."""
    chiefs = db.session.scalars(
        select(Person).where(Person.role == Role.CHIEF, Person.suspended_at.is_(None))
    ).all()
    for person in chiefs:
        if known is None or person.id in known:
            continue
        entry = db.session.scalar(
            select(JournalEntry)
            .where(
                JournalEntry.subject == Person.SUBJECT,
                JournalEntry.subject_id == person.id,
                JournalEntry.action.in_(MADE_CHIEF),
            )
            .order_by(JournalEntry.id.desc())
            .limit(1)
        )
        if entry is None:
            findings.append(f"{person.name} có quyền cao nhất mà nhật ký không ghi ai cấp.")
        else:
            by = entry.person_name or "người quản trị máy chủ"
            findings.append(f"{person.name} mới có quyền cao nhất, do {by} cấp.")
    return [person.id for person in chiefs]


def _site(known: dict[str, str] | None, since: int, findings: list[str]) -> dict[str, str]:
    """Compare what stands on every page and has no revisions with what it was the night before.

    :param since: the newest entry of the journal then; a change that has one since is in order.
    """
    seen = {}
    for name, (model, label) in OF_EVERY_PAGE.items():
        rows = db.session.execute(select(model.__table__).order_by(model.__table__.c.id)).all()
        seen[name] = _digest(repr([tuple(row) for row in rows]).encode())
        if known is None or known.get(name) in (None, seen[name]):
            continue
        own = (JournalEntry.label == label) | (JournalEntry.action == "imported")
        if model is SiteIdentity:
            own |= JournalEntry.subject == SiteIdentity.SUBJECT
        if not _is_entered_since(since, own):
            findings.append(f"{name} đã đổi mà không ai lưu ở khu biên tập.")
            seen[name] = known[name]  # said until somebody saves it
    return seen


def _keys(known: dict[str, str] | None, since: int, findings: list[str]) -> dict[str, str]:
    """Compare what lets each person in (password, code, passkeys) with the night before."""
    passkeys: dict[int, list[str]] = defaultdict(list)
    for passkey in db.session.scalars(select(Passkey).order_by(Passkey.id)):
        passkeys[passkey.person_id].append(_digest(passkey.public_key))
    seen = {}
    for person in db.session.scalars(select(Person)):
        id = str(person.id)
        own = (person.role.value, person.password_hash, person.link_digest, person.totp_secret,
               person.recovery_digests, passkeys[person.id])  # fmt: skip
        seen[id] = _digest(repr(own).encode())
        # A new editor-in-chief is told of by _chiefs.
        if known is None or known.get(id) == seen[id] or (id not in known and person.is_chief):
            continue
        changed = (
            (JournalEntry.subject == Person.SUBJECT)
            & (JournalEntry.subject_id == person.id)
            & JournalEntry.action.in_(KEYS_CHANGED)
        )
        if not _is_entered_since(since, changed):
            findings.append(
                f"Quyền, mật khẩu, mã hay khoá đăng nhập của {person.name} đã đổi mà nhật ký "
                "không ghi."
            )
            seen[id] = known.get(id, "")
    return seen


def _is_entered_since(entry: int, which: ColumnElement[bool]) -> bool:
    query = select(JournalEntry.id).where(JournalEntry.id > entry, which)
    return db.session.scalar(query.limit(1)) is not None


def _secret(known: str | None, findings: list[str]) -> str:
    """Compare the site's secret key with the night before."""
    digest = secret_digest()
    if known and known != digest:
        findings.append(OTHER_KEY)
        return known
    return digest


def secret_digest() -> str:
    """By which the key is known again; it tells nothing of it."""
    key: bytes = current_app.config["SECRET_KEY"]
    return _digest(b"known again" + key)


def _suspend_idle(findings: list[str]) -> None:
    """Keep out who has not been in for long: nobody would miss a password of theirs that leaked.

    The last editor-in-chief stays, who can let the others in again.
    """
    since = formats.now() - IDLE
    people = db.session.scalars(
        select(Person).where(Person.suspended_at.is_(None), Person.created_at < since)
    ).all()
    idle = [person for person in people if _last_sign(person) < since]
    chiefs = db.session.scalar(
        select(func.count())
        .select_from(Person)
        .where(Person.role == Role.CHIEF, Person.suspended_at.is_(None))
    )
    # Those who were in last are the last to go.
    for person in sorted(idle, key=_last_sign):
        if person.is_chief:
            if chiefs == 1:
                continue
            chiefs -= 1
        person.suspend()
        journal.record("suspended", person, remark=f"{IDLE.days} ngày không đăng nhập")
        findings.append(f"{person.name} đã {IDLE.days} ngày không đăng nhập nên được tạm khoá.")
    db.session.commit()


def _last_sign(person: Person) -> datetime:
    """When a person was last in, or last let in."""
    by_person = (JournalEntry.person_id == person.id) & (JournalEntry.action == "signed_in")
    about_person = (JournalEntry.subject == Person.SUBJECT) & (
        JournalEntry.subject_id == person.id
    ) & JournalEntry.action.in_(LET_IN)  # fmt: skip
    last_one = db.session.scalar(
        select(func.max(JournalEntry.happened_at)).where(by_person | about_person)
    )
    return max(filter(None, (last_one, person.created_at)))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
