"""Secrets that stand in a cookie or an address, and how they are stored."""

import hashlib
import secrets


def new_secret() -> str:
    """192 random bits, fit for an address."""
    return secrets.token_urlsafe(24)


def digest_of(secret: str) -> str:
    """How a secret is stored that is itself random: nobody reads it back out of the database."""
    return hashlib.sha256(secret.encode()).hexdigest()
