"""Passwords of local users, kept as scrypt (RFC 7914)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from installcast.errors import InvalidInputError

N, R, P = 2**15, 8, 3
"""OWASP's second-strongest scrypt setting: 32 MiB and some 0.2 s for a guess."""
MAX_MEMORY = 128 * R * N * 2
MIN_CHARACTERS = 8
MAX_CHARACTERS = 1024
"""Longer ones would only make the hash of a hostile request cost more."""


class WeakPasswordError(InvalidInputError):
    """The password is too short or too long to be one."""

    type = "weak_password"
    en = "{field}: a password has between {minimum} and {maximum} characters"
    zh = "{field}：密码长度应为 {minimum} 到 {maximum} 个字符"


def hash_password(password: str) -> str:
    """Return ``scrypt$N$r$p$salt$hash`` for ``password``. Takes some 0.2 s. Raises :class:`WeakPasswordError`."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise WeakPasswordError(field="password", minimum=MIN_CHARACTERS, maximum=MAX_CHARACTERS)
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, N, R, P)
    return "$".join(("scrypt", str(N), str(R), str(P), _text(salt), _text(digest)))


def verify_password(password: str, stored: str | None) -> bool:
    """Return whether ``password`` is the one in ``stored``.

    Without a user (``None``) it works as long as with one: the time must not tell which names exist.
    """
    if len(password) > MAX_CHARACTERS:
        return False
    if stored is None:
        _scrypt(password, bytes(16), N, R, P)
        return False
    _, n, r, p, salt, digest = stored.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    encoded = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(encoded, salt=salt, n=n, r=r, p=p, maxmem=MAX_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
