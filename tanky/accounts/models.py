import enum
import secrets
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash
from flask_login import UserMixin
from sqlalchemy import Float, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..extensions import UTCDateTime, db, login
from ..text import formats

# OWASP's floor for argon2id (19 MiB, two passes): a worker has 90 MB to live in.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when the name is unknown, so that the answer takes as long as for a known one.
_NOBODY = HASHER.hash(secrets.token_hex(8))
SHORTEST_PASSWORD = 10


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


class Person(UserMixin, db.Model):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)  # lower case
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(
        db.Enum(
            Role,
            native_enum=False,
            length=20,
            values_callable=lambda e: [r.value for r in e],
        )
    )
    password_hash: Mapped[str] = mapped_column(String(200))
    # Stands in the session instead of the id: changing it signs the person out everywhere.
    session_token: Mapped[str] = mapped_column(
        String(64), unique=True, default=lambda: secrets.token_urlsafe(24)
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=formats.now)

    @classmethod
    def by_username(cls, username: str) -> "Person | None":
        name = username.replace("\0", "").strip().lower()
        return db.session.scalar(select(cls).where(cls.username == name))

    @classmethod
    def any(cls) -> bool:
        return bool(db.session.scalar(select(func.count()).select_from(cls)))

    @classmethod
    def signing_in(cls, username: str, password: str) -> "Person | None":
        """The person whose name and password these are; None says not which was wrong."""
        person = cls.by_username(username)
        try:
            HASHER.verify(person.password_hash if person else _NOBODY, password)
        except (Argon2Error, InvalidHash):
            return None
        return person

    def get_id(self) -> str:
        return self.session_token

    def set_password(self, password: str) -> None:
        self.password_hash = HASHER.hash(password)
        self.session_token = secrets.token_urlsafe(24)

    @property
    def is_chief(self) -> bool:
        return self.role == Role.CHIEF

    @property
    def edits_all(self) -> bool:
        return self.role in (Role.EDITOR, Role.CHIEF)


class RateWindow(db.Model):
    """How often a limited thing happened in its present window; see throttling.py."""

    __tablename__ = "rate_windows"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[float] = mapped_column(Float(53))  # seconds since the epoch


@login.user_loader
def load(session_token: str) -> Person | None:
    return db.session.scalar(select(Person).where(Person.session_token == session_token))
