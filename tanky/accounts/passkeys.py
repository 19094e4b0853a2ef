"""Passkeys (Web Authentication, level 2): a key that a phone or computer keeps and opens by finger,
face or PIN. It is two factors at once and cannot be given to a copied page.

Each ceremony is two requests: the page asks for a challenge, which the session keeps, and sends
what the device made of it.
"""

import base64
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app, request, session
from sqlalchemy import select, update

from ..base.db import db
from ..text import formats
from .models import Passkey, Person
from .two_factors import key_for

LIFETIME = 5 * 60  # seconds that a challenge holds
MOST = 10  # passkeys of one person
PORTS = {"http": 80, "https": 443}
# webauthn is loaded within the functions: 10 MB that only such a sign-in needs.


class Refused(ValueError):
    """The device's answer is not one that lets anybody in."""


def _origin() -> str:
    """As a browser writes it: in lower case, without the scheme's own port."""
    parts = urlsplit(current_app.config["TANKY"]["public_url"] or request.host_url)
    port = "" if parts.port in (None, PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _site() -> str:
    """The host that keys are bound to (the specification's RP ID)."""
    return urlsplit(_origin()).hostname or ""


def _handle(person: Person) -> bytes:
    """What a device calls the person: the same each time, and nobody's name."""
    return key_for(f"passkeys of {person.id}")


def ask_for_new(person: Person, site_name: str) -> dict:
    """The options of ``navigator.credentials.create``, as JSON has them."""
    import webauthn
    from webauthn.helpers import structs

    known = [structs.PublicKeyCredentialDescriptor(id=key.credential) for key in of(person)]
    options = webauthn.generate_registration_options(
        rp_id=_site(),
        rp_name=site_name,
        user_id=_handle(person),
        user_name=person.username,
        user_display_name=person.name,
        exclude_credentials=known,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    _remember(options.challenge)
    return json.loads(webauthn.options_to_json(options))


def add(person: Person, answer: str, name: str) -> Passkey:
    """The key that the device made; the caller commits.

    :raises Refused: the answer is not to our challenge, or of another site.
    """
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    challenge, _ = _asked()
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise Refused(str(error)) from None
    if db.session.scalar(select(Passkey).where(Passkey.credential == made.credential_id)):
        raise Refused("the key is known")
    passkey = Passkey(
        person_id=person.id,
        credential=made.credential_id,
        public_key=made.credential_public_key,
        uses=made.sign_count,
        name=name,
    )
    db.session.add(passkey)
    return passkey


def ask_for_known() -> dict:
    """The options of ``navigator.credentials.get``: the device says whose key it has."""
    challenge = secrets.token_bytes(32)
    _remember(challenge)
    # Written here: a stranger's request does not load the library.
    return {
        "challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "rpId": _site(),
        "userVerification": "required",
        "timeout": LIFETIME * 1000,
    }


def person_of(answer: str) -> Person:
    """Who signs in by what the device sent; the caller commits.

    :raises Refused: nobody.
    """
    challenge, asked_at = _asked()
    passkey = _named(answer)
    if passkey is None or passkey.person.suspended_at or not passkey.person.password_hash:
        raise Refused("no such key")
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        proven = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise Refused(str(error)) from None
    # The session is the browser's to keep: one from before the key's last use is played again. A
    # use far in time to come is of a clock that was ahead; one a little later than now is of
    # another request, which was faster with the same answer.
    now = formats.now()
    ahead = now + timedelta(seconds=LIFETIME)
    used = update(Passkey).where(
        Passkey.id == passkey.id,
        Passkey.used_at.is_(None) | (Passkey.used_at < asked_at) | (Passkey.used_at > ahead),
    )
    done = db.session.execute(used.values(uses=proven.new_sign_count, used_at=now))
    if not done.rowcount:
        raise Refused("the challenge was answered before")
    return passkey.person


def _named(answer: str) -> Passkey | None:
    """The key that an answer says it is of."""
    try:
        name = json.loads(answer)["rawId"]
        credential = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return db.session.scalar(select(Passkey).where(Passkey.credential == credential))


def of(person: Person) -> list[Passkey]:
    query = select(Passkey).where(Passkey.person_id == person.id)
    return list(db.session.scalars(query.order_by(Passkey.id)))


def _remember(challenge: bytes) -> None:
    session["passkey"] = [base64.b64encode(challenge).decode(), time.time()]


def _asked() -> tuple[bytes, datetime]:
    """The challenge that waits, which is used up, and when it was given.

    :raises Refused: none waits, or for too long.
    """
    kept = session.pop("passkey", None)
    if not kept or abs(time.time() - kept[1]) > LIFETIME:
        raise Refused("no challenge waits")
    return base64.b64decode(kept[0]), datetime.fromtimestamp(kept[1], UTC)
