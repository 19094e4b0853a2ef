"""Sign-in throttling, the same for all worker processes: the limits library on our database."""

import hashlib
import hmac
import time

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..extensions import db
from .models import RateWindow

# One address may hold a whole office; it is allowed more than one account is.
ADDRESS_FACTOR = 4


class DatabaseStorage(Storage):
    """Fixed windows in the table ``rate_windows``, each change in a transaction of its own."""

    STORAGE_SCHEME = ["tanky-database"]

    @property
    def base_exceptions(self):
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        with db.engine.begin() as connection:
            connection.execute(delete(RateWindow).where(RateWindow.ends_at <= now))
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
    """The tries at one account from one address, and those from the address alone.

    An account is never locked for everyone: a stranger's tries shut out only the stranger.
    """

    def __init__(self, username: str, address: str):
        one = parse(current_app.config["TANKY"]["sign_in_limit"])
        many = type(one)(one.amount * ADDRESS_FACTOR, one.multiples, one.namespace)
        self._limiter: FixedWindowRateLimiter = current_app.extensions["sign_in_limiter"]
        self._rules: list[tuple[RateLimitItem, str]] = [
            (one, _hidden(f"account {username.strip().lower()} {address}")),
            (many, _hidden(f"address {address}")),
        ]

    def admit(self) -> int:
        """Count a try. 0 where it may go on, else the seconds until the next one may.

        Counted before the password is looked at, so that tries at once cannot slip through.
        """
        refused = [item for item in self._rules if not self._limiter.hit(*item)]
        if not refused:
            return 0
        ends = max(self._limiter.get_window_stats(*item).reset_time for item in refused)
        return max(1, round(ends - time.time()))

    def succeeded(self) -> None:
        """The account's own tries begin anew; those of the address stay counted."""
        self._limiter.clear(*self._rules[0])


def _hidden(text: str) -> str:
    """No raw address is stored, here either."""
    return hmac.new(current_app.secret_key, text.encode(), hashlib.sha256).hexdigest()[:32]
