"""Passkeys (Web Authentication, level 2): a key that a phone or computer keeps and opens by finger,
face or PIN. It is two factors at once and cannot be given to a copied page.

Each ceremony is two requests: the page asks for a challenge, which the session keeps, and sends
what the device made of it.
"""

import base64
import hmac
import json
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import current_app, request, session
from sqlalchemy import select

from ..base.db import db
from ..text import formats
from .models import Passkey, Person

LIFETIME = 5 * 60  # seconds that a challenge holds
MOST = 10  # passkeys of one person
# webauthn is loaded within the functions: 10 MB that only such a sign-in needs.


class Refused(ValueError):
    """The device's answer is not one that lets anybody in."""


def _origin() -> str:
    public = current_app.config["TANKY"]["public_url"] or request.host_url
    parts = urlsplit(public)
    return f"{parts.scheme}://{parts.netloc}"


def _site() -> str:
    """The host that keys are bound to (the specification's RP ID)."""
    return urlsplit(_origin()).hostname or ""


def _handle(person: Person) -> bytes:
    """What a device calls the person: the same each time, and nobody's name."""
    key = current_app.config["SECRET_KEY"]
    return hmac.digest(key, f"passkeys of {person.id}".encode(), "sha256")


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
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=_site(), user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    _remember(options.challenge)
    return json.loads(webauthn.options_to_json(options))


def person_of(answer: str) -> Person:
    """Who signs in by what the device sent; the caller commits.

    :raises Refused: nobody.
    """
    import webauthn
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    challenge, asked_at = _asked()
    try:
        given = parse_authentication_credential_json(answer)
        passkey = db.session.scalar(select(Passkey).where(Passkey.credential == given.raw_id))
        if passkey is None or passkey.person.suspended_at or not passkey.person.password_hash:
            raise Refused("no such key")
        # The session is the browser's to keep: one from before its last use is played again.
        if passkey.used_at and passkey.used_at >= asked_at:
            raise Refused("the challenge was answered before")
        proven = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=_site(),
            expected_origin=_origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, RecursionError) as error:
        raise Refused(str(error)) from None
    passkey.uses, passkey.used_at = proven.new_sign_count, formats.now()
    return passkey.person


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
