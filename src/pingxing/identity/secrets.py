"""Secrets people hold: how they look, and what is kept of them.

Passwords are stretched with Argon2id (RFC 9106, the library's current defaults). Keys, cookies and
links are 256 random bits, so a plain SHA-256 of them can neither be guessed nor reversed.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from pingxing.errors import InvalidRequest

KEY_PREFIX = "px-"
MIN_PASSWORD, MAX_PASSWORD = 10, 200


def new_id() -> str:
    return uuid.uuid4().hex


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_password(password: str) -> str:
    """Raises InvalidRequest for a password that is too short or too long (a limit on work, not on taste)."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidRequest("password", member="password", least=MIN_PASSWORD, most=MAX_PASSWORD)
    return _hasher().hash(password)


@cache
def _decoy() -> str:
    return _hasher().hash(new_secret())


def password_matches(stored: str | None, password: str) -> bool:
    """Takes as long for an unknown account (`stored` is None) as for a known one, so that names cannot be probed."""
    if len(password) > MAX_PASSWORD:
        return False
    try:
        _hasher().verify(stored or _decoy(), password)
    except VerifyMismatchError:
        return False
    return stored is not None
