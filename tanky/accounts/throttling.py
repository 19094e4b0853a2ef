"""Sign-in throttling, the same for all worker processes: the limits library on our database."""

import hashlib
import hmac
import secrets
import time

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..base.addresses import network_of
from ..base.db import db
from ..records.journal import JournalEntry
from .models import Person, RateWindow, normal_username

# One address may hold a whole office; it is allowed more than one account is.
ADDRESS_FACTOR = 4
CODES_FACTOR = 6  # codes of one account from all strange lines together
DAY = 24 * 3600.0  # seconds
SALT = "salt:"


class DatabaseStorage(Storage):
    """Fixed windows in the table ``rate_windows``, each change in a transaction of its own."""

    STORAGE_SCHEME = ["tanky-database"]

    @property
    def base_exceptions(self):
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        with db.engine.begin() as connection:
            # A window that ends later than one can was begun before the clock was set back.
            over = or_(RateWindow.ends_at <= now, RateWindow.ends_at > now + DAY)
            connection.execute(delete(RateWindow).where(over))
        raised = update(RateWindow).where(RateWindow.key == key).values(
            count=RateWindow.count + amount
        )  # fmt: skip
        for _ in range(2):
            with db.engine.begin() as connection:
                if connection.execute(raised).rowcount:
                    break
            try:
                with db.engine.begin() as connection:
                    connection.execute(
                        RateWindow.__table__.insert().values(
                            key=key, count=amount, ends_at=now + expiry
                        )
                    )
                break
            except IntegrityError:
                continue  # another worker made the window between the two statements
        return self.get(key)

    def get(self, key: str) -> int:
        return self._window(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._window(key)[1]

    def check(self) -> bool:
        self.get("")
        return True

    def reset(self) -> None:
        with db.engine.begin() as connection:
            connection.execute(delete(RateWindow))

    def clear(self, key: str) -> None:
        with db.engine.begin() as connection:
            connection.execute(delete(RateWindow).where(RateWindow.key == key))

    def give_back(self, key: str) -> None:
        """Uncount one."""
        lowered = update(RateWindow).where(RateWindow.key == key, RateWindow.count > 0)
        with db.engine.begin() as connection:
            connection.execute(lowered.values(count=RateWindow.count - 1))

    def salt(self) -> bytes:
        """What the keys are hidden by for a day; its end begins all windows anew."""
        now = time.time()
        query = (
            select(RateWindow.key)
            .where(RateWindow.key.startswith(SALT), RateWindow.ends_at > now)
            .order_by(RateWindow.key)  # of two that were made at once, all take the same
            .limit(1)
        )
        for _ in range(2):
            with db.engine.connect() as connection:
                known = connection.scalar(query)
            if known:
                return known.removeprefix(SALT).encode()
            fresh = {"key": SALT + secrets.token_hex(32), "count": 0, "ends_at": now + DAY}
            with db.engine.begin() as connection:
                connection.execute(RateWindow.__table__.insert().values(**fresh))
        raise RuntimeError("a row that was just written is not there")

    @staticmethod
    def _window(key: str) -> tuple[int, float]:
        now = time.time()
        query = select(RateWindow.count, RateWindow.ends_at).where(
            RateWindow.key == key, RateWindow.ends_at > now
        )
        with db.engine.connect() as connection:
            row = connection.execute(query).first()
        return tuple(row) if row else (0, now)


def init_app(app: Flask) -> None:
    app.extensions["sign_in_limiter"] = FixedWindowRateLimiter(DatabaseStorage())


class SignInThrottle:
    """The tries at one account from one access line, and those from the line alone.

    An account is never locked for everyone: a stranger's tries shut out only the stranger. What
    went well is given back, so that a whole office behind one address signs in.

    :param person: whose codes are tried. Those are so few that tries from many lines at once are
        bounded as well, but not from a line that the person has signed in from before.
    """

    def __init__(self, username: str, address: str, person: Person | None = None):
        one = parse(current_app.config["TANKY"]["sign_in_limit"])
        many, all_lines = (
            type(one)(one.amount * factor, one.multiples, one.namespace)
            for factor in (ADDRESS_FACTOR, CODES_FACTOR)
        )
        self._limiter: FixedWindowRateLimiter = current_app.extensions["sign_in_limiter"]
        line, kind = network_of(address), "codes of" if person else "account"
        account = f"{kind} {normal_username(username)}"
        salt = self._limiter.storage.salt()
        self._rules: list[tuple[RateLimitItem, str]] = [(one, _hidden(salt, f"{account} {line}"))]
        known = person or Person.by_username(username)
        # Whoever has signed in from here is not shut out by others of the same line.
        if not (known and _has_come_from(known, line)):
            self._rules.append((many, _hidden(salt, f"address {line}")))
            if person:
                self._rules.append((all_lines, _hidden(salt, account)))

    def admit(self) -> int:
        """Count a try. 0 where it may go on, else the seconds until the next one may.

        Counted before the password is looked at, so that tries at once cannot slip through.
        """
        for rule in self._rules:
            if not self._limiter.hit(*rule):
                # A try refused for the account is not counted for the line: one person who keeps
                # trying does not shut out the office.
                return max(1, round(self._limiter.get_window_stats(*rule).reset_time - time.time()))
        return 0

    @property
    def is_first(self) -> bool:
        """Whether the try that was admitted is the first of its line in this window, or of the
        account there if the line is not limited."""
        item, key = (self._rules[1:] or self._rules)[0]
        return self._limiter.storage.get(item.key_for(key)) == 1

    def succeeded(self) -> None:
        """The account's own tries begin anew; the line's is given back."""
        for item, key in self._rules[1:]:
            self._limiter.storage.give_back(item.key_for(key))
        self._limiter.clear(*self._rules[0])


def _has_come_from(person: Person, line: str) -> bool:
    """Whether the person signed in from this line of late."""
    query = select(JournalEntry.address).where(
        JournalEntry.person_id == person.id, JournalEntry.action == "signed_in"
    )
    recent = db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(50))
    return any(network_of(address) == line for address in recent)


def _hidden(salt: bytes, text: str) -> str:
    """No raw address is stored, here either, nor anything that tells it once the salt is gone."""
    return hmac.new(salt, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]
