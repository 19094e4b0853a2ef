import enum
from contextlib import suppress
from datetime import datetime, timedelta

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHash
from flask import current_app
from flask_login import UserMixin
from sqlalchemy import (
    BigInteger,
    Float,
    ForeignKey,
    LargeBinary,
    String,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..base.db import NEVER_REUSED, Model, UTCDateTime, db, enum_of
from ..base.extensions import login
from ..base.tokens import digest_of, new_secret
from ..text import formats
from ..text.folding import nfc

# OWASP's floor for argon2id (19 MiB, two passes): a worker has 90 MB to live in.
COST = Parameters(
    Type.ID, version=19, salt_len=16, hash_len=32,
    time_cost=2, memory_cost=19 * 1024, parallelism=1,
)  # fmt: skip
HASHER = PasswordHasher.from_parameters(COST)
# Checked when the name is unknown, so that the answer takes as long as for a known one. Of a random
# password, made once: each process would take 50 ms to make its own.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$jTrC3qMsZ4wNY3tXtTAm5A"
    "$0moYiUEXhpAUyc0wbeBTtD7WQO77YzZ6RCNp3pS76V0"
)
LINK_LIFETIME = timedelta(days=3)  # of a one-time link
SESSION_AT_MOST = timedelta(days=7)  # however much it is used
SEEN_EVERY = timedelta(minutes=1)
# In the order they are looked for: many browsers name others as well.
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("coc_coc", "Cốc Cốc"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
            ("SamsungBrowser", "Samsung Internet"), ("Chrome", "Chrome"),
            ("Safari", "Safari"))  # fmt: skip


def normal_username(typed: str) -> str:
    """A sign-in name as it is stored, looked for and counted, however it was typed."""
    return nfc("".join(typed.split())).lower()


class Role(enum.StrEnum):
    """The names are the command line's; the labels are what people are called."""

    WRITER = "writer"
    EDITOR = "editor"
    CHIEF = "chief"

    @property
    def label(self) -> str:
        return {
            Role.WRITER: "Cộng tác viên",
            Role.EDITOR: "Biên tập viên",
            Role.CHIEF: "Trưởng Ban Biên tập",
        }[self]


class Person(UserMixin, Model):
    __tablename__ = "people"
    SHOWN = False
    __table_args__ = NEVER_REUSED
    SUBJECT = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(enum_of(Role, 20))
    # Empty until an invitation is accepted.
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    suspended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # SHA-256 of the secret in a one-time link, by which the person sets a password.
    link_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    totp_secret: Mapped[str | None] = mapped_column(String(200))  # sealed; see two_factors
    totp_step: Mapped[int] = mapped_column(default=0)  # the last one used: a code works once
    recovery_digests: Mapped[list[str]] = mapped_column(db.JSON, default=list)  # of unused codes
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    sign_in = None  # the SignIn of the present request

    @classmethod
    def by_username(cls, username: str) -> "Person | None":
        return db.session.scalar(select(cls).where(cls.username == normal_username(username)))

    @classmethod
    def any(cls) -> bool:
        return bool(db.session.scalar(select(func.count()).select_from(cls)))

    @classmethod
    def signing_in(cls, username: str, password: str) -> "Person | None":
        """The person whose name and password these are; None says not which was wrong."""
        person = cls.by_username(username)
        try:
            HASHER.verify((person and person.password_hash) or _NOBODY, password)
        except (Argon2Error, InvalidHash):
            return None
        return person if person and person.password_hash and not person.suspended_at else None

    @classmethod
    def by_link(cls, secret: str) -> "Person | None":
        """Whose one-time link this is, while it holds."""
        query = select(cls).where(
            cls.link_digest == digest_of(secret),
            cls.link_expires_at > formats.now(),
            cls.suspended_at.is_(None),
        )
        return db.session.scalar(query)

    def get_id(self) -> str:
        """What the cookie holds: the secret of one session, not who the person is."""
        return self.sign_in.secret

    def set_password(self, password: str) -> None:
        """A new password ends every session, one-time link and passkey: whoever had the old one may
        have added some. The caller commits."""
        self.password_hash = HASHER.hash(password)
        self.forget_passkeys()
        self.must_change_password = False
        self.link_digest = self.link_expires_at = None
        self.end_sessions()

    def force_new_password(self, but: "SignIn | None" = None) -> None:
        """Have the person choose another at the next sign-in, which is now; the caller commits."""
        self.must_change_password = True
        self.forget_passkeys()
        self.end_sessions(but)

    def suspend(self) -> None:
        """Keep the person out from now on, by any door; the caller commits."""
        self.suspended_at = formats.now()
        self.link_digest = self.link_expires_at = None
        self.end_sessions()

    def make_link(self, lifetime: timedelta = LINK_LIFETIME) -> str:
        """The secret of a new one-time link; an earlier one holds no longer. The caller commits."""
        secret = new_secret()
        self.link_digest = digest_of(secret)
        self.link_expires_at = formats.now() + lifetime
        return secret

    def forget_passkeys(self) -> None:
        """No device lets this person in any more; the caller commits."""
        if self.id is not None:
            db.session.execute(delete(Passkey).where(Passkey.person_id == self.id))

    def end_sessions(self, but: "SignIn | None" = None) -> None:
        """Sign the person out everywhere ``but`` in one session; the caller commits."""
        if self.id is not None:
            query = delete(SignIn).where(SignIn.person_id == self.id)
            db.session.execute(query.where(SignIn.id != but.id) if but else query)

    @property
    def called(self) -> str:
        return self.name

    @property
    def password_mark(self) -> str:
        """Changes with the password: what began under another one holds no longer."""
        return digest_of(self.password_hash)[:16]

    @property
    def is_invited(self) -> bool:
        """Whether the invitation has not been accepted yet."""
        return not self.password_hash

    @property
    def has_two_factors(self) -> bool:
        return self.totp_secret is not None

    @property
    def needs_two_factors(self) -> bool:
        """Whether the person's role demands what the person has not set up."""
        return not self.has_two_factors and self.role in RoleRule.demanding_two_factors()

    @property
    def is_chief(self) -> bool:
        return self.role == Role.CHIEF

    @property
    def edits_all(self) -> bool:
        return self.role in (Role.EDITOR, Role.CHIEF)


class SignIn(Model):
    """One session of a person, on one browser, until it is ended or not used for long."""

    __tablename__ = "sign_ins"
    SHOWN = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the cookie's secret
    address: Mapped[str] = mapped_column(String(60), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    person: Mapped[Person] = relationship(lazy="joined")
    secret = ""  # known only where the cookie was just read or made

    @property
    def device(self) -> str:
        """What it was opened with, in a few words: ``Chrome trên Android``."""
        system = next((name for mark, name in SYSTEMS if mark in self.user_agent), "")
        browser = next((name for mark, name in BROWSERS if mark in self.user_agent), "Trình duyệt")
        return f"{browser} trên {system}" if system else browser


class Passkey(Model):
    """A key that a device of the person keeps (passkeys.py)."""

    __tablename__ = "passkeys"
    SHOWN = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    credential: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # COSE, RFC 9052
    # As the device counts, unsigned in 32 bits; 0 where it does not.
    uses: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    person: Mapped[Person] = relationship(lazy="joined")


class RoleRule(Model):
    """What the site demands of all people of a role."""

    __tablename__ = "role_rules"
    SHOWN = False

    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    demands_two_factors: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def demanding_two_factors(cls) -> set[Role]:
        return {Role(role) for role in db.session.scalars(
            select(cls.role).where(cls.demands_two_factors))}  # fmt: skip

    @classmethod
    def demand_two_factors(cls, roles: set[Role]) -> None:
        for role in Role:
            db.session.merge(cls(role=role.value, demands_two_factors=role in roles))


class RateWindow(Model):
    """How often a limited thing happened in its present window; see throttling.py."""

    __tablename__ = "rate_windows"
    SHOWN = False

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[float] = mapped_column(Float(53))  # seconds since the epoch


@login.user_loader
def load(secret: str) -> Person | None:
    """The person of a session's cookie; None once it was ended, or not used for too long."""
    found = db.session.scalar(select(SignIn).where(SignIn.digest == digest_of(secret)))
    now = formats.now()
    if found is None or found.person.suspended_at:
        return None
    if now - found.seen_at > current_app.config["PERMANENT_SESSION_LIFETIME"]:
        return None
    if now - found.created_at > SESSION_AT_MOST:
        return None
    if abs(now - found.seen_at) > SEEN_EVERY:
        # Written apart, so that looking at a page is not part of what the page itself writes; and
        # done without where the disk is full.
        with suppress(OperationalError), db.engine.begin() as connection:
            connection.execute(update(SignIn).where(SignIn.id == found.id).values(seen_at=now))
    found.secret = secret
    found.person.sign_in = found  # type: ignore[assignment]
    return found.person
