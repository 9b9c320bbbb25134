"""Sign-in in a browser: one-time links, the session cookie, and what slows down those who guess."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "installcast_session"
CODE_LIFETIME = 600.0
"""Seconds for which a login link is good."""
MAX_CODES = 1000
"""Open links; the oldest gives way. Only administrators make them."""

GUESSES = 10
"""Wrong passwords in a row that an address or a user name may have."""
GUESS_REFILL = 30.0
"""Seconds after which one more guess is allowed: 2,880 a day."""
MAX_GUESSERS = 10_000
"""Addresses and names remembered at a time: bounds the memory that a flood may take."""


@dataclass(frozen=True)
class Grant:
    """Whom a login link signs in, and where the browser goes next (a path on this service, or ``None``)."""

    sub: str
    scopes: frozenset[str]
    next_path: str | None = None


class LoginCodes:
    """One-time codes, in memory only: a restart ends them. Kept as hashes, so that a memory dump signs nobody in."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._grants: dict[bytes, tuple[float, Grant]] = {}

    def issue(self, grant: Grant) -> str:
        """Return a new code for ``grant``."""
        now = self._clock()
        self._grants = {key: entry for key, entry in self._grants.items() if entry[0] > now}
        while len(self._grants) >= MAX_CODES:
            del self._grants[next(iter(self._grants))]
        code = secrets.token_urlsafe(32)
        self._grants[_digest(code)] = (now + CODE_LIFETIME, grant)
        return code

    def redeem(self, code: str) -> Grant | None:
        """Return what ``code`` grants, once; ``None`` when it is unknown, used or too old."""
        expires_at, grant = self._grants.pop(_digest(code), (0.0, None))
        return grant if expires_at > self._clock() else None


class GuessLimit:
    """A bucket of guesses for each key. A guess is taken before it is checked, so that parallel ones count, too."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._debts: dict[str, float] = {}
        """Key → the time at which its bucket is full again."""

    def take(self, *keys: str) -> float:
        """Take a guess from every key and return 0; where one has none left, take nothing and return the seconds to wait."""
        now = self._clock()
        debts = [max(self._debts.get(key, now), now) for key in keys]
        wait = max(debts) + GUESS_REFILL - (now + GUESSES * GUESS_REFILL)
        if wait > 0:
            return wait
        if len(self._debts) + len(keys) > MAX_GUESSERS:
            self._forget(now)
        for key, debt in zip(keys, debts, strict=True):
            self._debts[key] = debt + GUESS_REFILL
        return 0.0

    def give_back(self, *keys: str) -> None:
        """Return the guess that was taken: the password was right. Earlier wrong ones stay counted."""
        for key in keys:
            if key in self._debts:
                self._debts[key] -= GUESS_REFILL

    def _forget(self, now: float) -> None:
        # Those with the smallest debt first: who guesses most is remembered longest.
        owing = sorted(((debt, key) for key, debt in self._debts.items() if debt > now), reverse=True)
        self._debts = {key: debt for debt, key in owing[: MAX_GUESSERS // 2]}


def guesser(connection: HTTPConnection) -> str:
    """Return the key under which the guesses of this connection's address count: an IPv6 customer has a whole /64."""
    host = connection.client.host if connection.client else "local"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{int(address) >> 64:x}::/64"
    return str(address)


def set_cookie(response: Response, connection: HTTPConnection, token: str, lifetime: int) -> None:
    """Give the browser its session for ``lifetime`` seconds."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=lifetime,
        path=connection.scope.get("root_path") or "/",
        secure=connection.scope.get("scheme") == "https",
        httponly=True,
        samesite="strict",
    )


def delete_cookie(response: Response, connection: HTTPConnection) -> None:
    """End the session in the browser."""
    response.delete_cookie(
        COOKIE,
        path=connection.scope.get("root_path") or "/",
        secure=connection.scope.get("scheme") == "https",
        httponly=True,
        samesite="strict",
    )


def safe_next(path: str | None) -> str | None:
    """Return ``path`` if it leads to a page of this origin, else ``None``.

    Browsers read ``//host`` and ``/\\host`` as another host, and drop tabs and newlines before they look.
    """
    if not path or len(path) > 2000 or path[0] != "/" or path[1:2] in {"/", "\\"}:
        return None
    return path if path.isascii() and path.isprintable() and "\\" not in path else None


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
