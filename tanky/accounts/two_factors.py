"""The second factor: one-time codes by time (TOTP, RFC 6238), and recovery codes on paper."""

import base64
import hmac
import io
import secrets
import time

import pyotp
from flask import current_app
from sqlalchemy import update

from ..base.db import db
from ..base.tokens import digest_of
from .models import Person

STEP = 30  # seconds that a code is shown
CODES = 10
CODE_HALF = 5  # letters before and after the hyphen of a recovery code
SEALED = "sealed:"
# No letter or digit that is taken for another when read from paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, person: Person, issuer: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=issuer)


def picture(secret: str, person: Person, issuer: str) -> bytes:
    """The address as a QR code, SVG."""
    # Loaded here: once in the life of an account.
    import segno

    made = io.BytesIO()
    segno.make(address(secret, person, issuer), error="m").save(
        made, kind="svg", scale=5, border=3, light="#fff"
    )
    return made.getvalue()


def step_of(secret: str, code: str, after: int = 0) -> int | None:
    """The present time step where this is its code and it is later than ``after``; else None.

    A code holds for the thirty seconds that it is shown (ASVS 5.0, 6.5.5): who types the one that
    just went types the next.
    """
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    now = int(time.time()) // STEP
    if now > after and secrets.compare_digest(pyotp.TOTP(secret).at(now * STEP), code):
        return now
    return None


def turn_on(person: Person, secret: str, code: str) -> list[str] | None:
    """Demand codes from now on; the recovery codes, shown once. None where the code is wrong."""
    step = step_of(secret, code)
    if step is None:
        return None
    person.totp_secret, person.totp_step = seal(secret), step
    return new_recovery_codes(person)


def turn_off(person: Person) -> None:
    person.totp_secret, person.totp_step, person.recovery_digests = None, 0, []


def new_recovery_codes(person: Person) -> list[str]:
    """Ten codes that each stand in for the app once; earlier ones hold no longer."""

    def half() -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_HALF))

    codes = [f"{half()}-{half()}" for _ in range(CODES)]
    person.recovery_digests = [_recovery_digest(code) for code in codes]
    return codes


def admits(person: Person, code: str) -> str:
    """How a code lets the person in: ``"app"``, ``"recovery"`` or ``""``. Each code works once,
    also where several try it at the same instant; the caller commits.
    """
    # The write makes others wait until this one commits; what is read after it is current.
    db.session.execute(
        update(Person).where(Person.id == person.id).values(totp_step=Person.totp_step)
    )
    db.session.refresh(person)
    secret = person.totp_secret and unseal(person.totp_secret)
    step = step_of(secret, code, after=person.totp_step) if secret else None
    if step is not None:
        person.totp_step = step
        return "app"
    letters = "".join(sign for sign in code.lower() if sign.isalnum())
    typed = f"{letters[:CODE_HALF]}-{letters[CODE_HALF:]}"  # however it was typed
    # The second form is that of a release before.
    for digest in (_recovery_digest(typed), digest_of(typed)):
        if digest in person.recovery_digests:
            person.recovery_digests = [kept for kept in person.recovery_digests if kept != digest]
            return "recovery"
    return ""


def _recovery_digest(code: str) -> str:
    """Keyed: fifty random bits alone are guessed by whoever has the database."""
    return hmac.digest(key_for("recovery codes"), code.encode("utf-8", "replace"), "sha256").hex()


def seal(secret: str) -> str:
    """A secret as the database keeps it: of no use without the site's key."""
    return SEALED + _box().encrypt(secret.encode()).decode()


def unseal(kept: str) -> str | None:
    """None where it was sealed by another key: the secret is lost, and only a recovery code or the
    operator helps."""
    if not kept.startswith(SEALED):
        return kept  # of a release before
    from cryptography.fernet import InvalidToken

    try:
        return _box().decrypt(kept.removeprefix(SEALED)).decode()
    except InvalidToken:
        return None


def _box():
    # Loaded here: 5 MB that only a sign-in by code needs.
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(key_for("second factors")))


def key_for(purpose: str) -> bytes:
    """32 bytes of the site's key for one purpose alone."""
    return hmac.digest(current_app.config["SECRET_KEY"], purpose.encode(), "sha256")
