"""The second factor: one-time codes by time (TOTP, RFC 6238), and recovery codes on paper."""

import io
import secrets
import time

import pyotp

from ..tokens import digest_of
from .models import Person

STEP = 30  # seconds that a code is shown; one before and one after are taken as well
CODES = 10
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
    """The time step whose code this is, near the present and later than ``after``; else None."""
    code = "".join(code.split())
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    now = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    for step in (now - 1, now, now + 1):
        if step > after and secrets.compare_digest(totp.at(step * STEP), code):
            return step
    return None


def turn_on(person: Person, secret: str, code: str) -> list[str] | None:
    """Demand codes from now on; the recovery codes, shown once. None where the code is wrong."""
    step = step_of(secret, code)
    if step is None:
        return None
    person.totp_secret, person.totp_step = secret, step
    return new_recovery_codes(person)


def turn_off(person: Person) -> None:
    person.totp_secret, person.totp_step, person.recovery_digests = None, 0, []


def new_recovery_codes(person: Person) -> list[str]:
    """Ten codes that each stand in for the app once; earlier ones hold no longer."""
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2))
             for _ in range(CODES)]  # fmt: skip
    person.recovery_digests = [digest_of(code) for code in codes]
    return codes


def admits(person: Person, code: str) -> str:
    """How a code lets the person in: ``"app"``, ``"recovery"`` or ``""``. Each code works once;
    the caller commits.
    """
    step = step_of(person.totp_secret, code, after=person.totp_step)
    if step is not None:
        person.totp_step = step
        return "app"
    digest = digest_of("".join(code.lower().split()))
    if digest in person.recovery_digests:
        person.recovery_digests = [known for known in person.recovery_digests if known != digest]
        return "recovery"
    return ""
