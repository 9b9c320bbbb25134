"""The keys that tokens are signed and checked with, and the files that hold them."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Any

import jwt
from jwt.algorithms import get_default_algorithms

from installcast.errors import ConfigurationError
from installcast.settings import Settings

MIN_SECRET_BYTES = 32
"""RFC 7518, section 3.2: a key at least as long as the hash."""


def own_secret(settings: Settings) -> bytes:
    """Return the secret of the service's own tokens; made at the first call where ``auth.secret_file`` names none.

    Raises :class:`ConfigurationError` when it is missing, short, or open to others.
    """
    if settings.auth.secret_file is None and not settings.secret_file.exists():
        _make_secret(settings.secret_file)
    return _read_secret(settings.secret_file)


def public_key(path: Path, algorithm: str) -> Any:
    """Return the PEM public key in ``path``, as PyJWT takes it. Raises :class:`ConfigurationError`."""
    field = "auth.public_key_file"
    try:
        pem = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(field=field, reason=f"{path}: {error.strerror}") from None
    if b"PRIVATE KEY" in pem:
        raise ConfigurationError(field=field, reason=f"{path} is a private key; give the public one")
    try:
        return get_default_algorithms()[algorithm].prepare_key(pem)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise ConfigurationError(field=field, reason=f"{path} is no PEM public key for {algorithm}") from None


def _make_secret(path: Path) -> None:
    # Written aside and renamed: a crash in between must not leave an empty secret.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)


def _read_secret(path: Path) -> bytes:
    field = "auth.secret_file"
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            secret = file.read(65_536).strip()
    except OSError as error:
        raise ConfigurationError(field=field, reason=f"{path}: {error.strerror}") from None
    if mode & 0o077:
        raise ConfigurationError(field=field, reason=f"{path} is open to others: run chmod 600 on it")
    if len(secret) < MIN_SECRET_BYTES:
        raise ConfigurationError(field=field, reason=f"{path} holds fewer than {MIN_SECRET_BYTES} bytes")
    return secret
