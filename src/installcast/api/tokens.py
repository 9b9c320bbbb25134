"""JSON Web Tokens: the service's own, and those of an existing system.

The service signs with HS256 and a secret of its own. Foreign tokens are checked with the algorithms of
``auth.algorithms``: HS256 with the same secret, RS256, ES256 and EdDSA with a public key. Which key counts follows from
the algorithm, so an HS256 token can never be checked against a public key (RFC 8725, section 3.1).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import jwt

from installcast.api import keys
from installcast.errors import ConfigurationError, NotAuthenticatedError, UnavailableError
from installcast.settings import AuthSettings, Settings
from installcast.tasks.access import SCOPES

OWN_ISSUER = "installcast"
"""``iss`` of the tokens that this service makes; the issuer and the audience of foreign tokens do not bind them."""
MAX_TOKEN_CHARACTERS = 8192
"""Longer ones do not fit a header; a real one has some hundred."""
MAX_NAME_CHARACTERS = 255
JWKS_LIFESPAN = 300.0
"""Seconds for which fetched keys are kept."""
JWKS_TIMEOUT = 5.0
"""Seconds that the key server may take; requests wait for it."""


class BadTokenError(NotAuthenticatedError):
    """The token is not one that counts here."""

    en = "The token is not valid. Sign in again."
    zh = "令牌无效，请重新登录。"


class ExpiredTokenError(NotAuthenticatedError):
    """The token was good once."""

    en = "The token has expired. Sign in again."
    zh = "令牌已过期，请重新登录。"


@dataclass(frozen=True)
class Claims:
    """What a good token says. ``method`` is how its bearer signed in (``amr``)."""

    sub: str
    scopes: frozenset[str]
    expires_at: float
    """Unix time in seconds, with ``auth.leeway``."""
    method: str | None = None


class Tokens:
    """Makes the service's own tokens and checks every token that comes in."""

    _decoding_errors: ClassVar[tuple[type[Exception], ...]] = (
        jwt.PyJWTError,
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
    )

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def prepare(self) -> None:
        """Load or make the secret, and load the public key. Raises :class:`ConfigurationError`: better now than at a sign-in."""
        _ = self._secret
        auth = self._settings.auth
        foreign = [name for name in auth.algorithms if name != "HS256"]
        if foreign and auth.public_key_file is None and auth.jwks_url is None:
            raise ConfigurationError(
                field="auth.algorithms", reason=f"{foreign[0]} needs auth.public_key_file or auth.jwks_url"
            )
        _ = self._public_key, self._jwks

    def issue(
        self,
        sub: str,
        scopes: Iterable[str],
        lifetime: float,
        *,
        method: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> str:
        """Return a token of the service's own for ``lifetime`` seconds."""
        issued = int(now())
        payload = {
            "iss": OWN_ISSUER,
            "sub": sub,
            "iat": issued,
            "exp": issued + int(lifetime),
            "jti": secrets.token_urlsafe(9),
            "scope": " ".join(sorted(scopes)),
        }
        if method is not None:
            payload["amr"] = [method]
        return jwt.encode(payload, self._secret, algorithm="HS256")

    async def verify(self, token: str) -> Claims:
        """Return what ``token`` says.

        Raises :class:`NotAuthenticatedError` when it is not good, :class:`UnavailableError` when the key server of
        ``auth.jwks_url`` does not answer.
        """
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise BadTokenError
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
            if algorithm == "HS256":
                return self._verify_hs256(token)
            if algorithm not in self._settings.auth.algorithms:
                raise BadTokenError
            key = await self._foreign_key(token)
            return self._foreign_claims(self._decode(token, key, algorithm, foreign=True))
        except jwt.ExpiredSignatureError:
            raise ExpiredTokenError from None
        except jwt.PyJWKClientConnectionError:
            raise UnavailableError(reason="the key server of auth.jwks_url does not answer") from None
        except self._decoding_errors:
            raise BadTokenError from None

    def _verify_hs256(self, token: str) -> Claims:
        # Which checks apply depends on who says to have made it; the signature is checked with the same key either way.
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        if issuer == OWN_ISSUER:
            claims = self._decode(token, self._secret, "HS256", foreign=False)
            methods = claims.get("amr") or [None]
            expires_at = float(claims["exp"]) + self._settings.auth.leeway
            return Claims(claims["sub"], _known(claims.get("scope", "")), expires_at, methods[0])
        if "HS256" not in self._settings.auth.algorithms:
            raise BadTokenError
        return self._foreign_claims(self._decode(token, self._secret, "HS256", foreign=True))

    def _decode(self, token: str, key: Any, algorithm: str, *, foreign: bool) -> dict[str, Any]:
        auth = self._settings.auth
        audience = auth.audience if foreign else None
        issuer = auth.issuer if foreign else None
        required = ["exp", "sub" if not foreign else auth.claims.get("sub", "sub")]
        required += ["aud"] if audience else []
        required += ["iss"] if issuer else []
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=auth.leeway,
            # An "aud" that nobody asked for is no reason to refuse; a foreign "sub" may be a number.
            options={"require": required, "verify_aud": audience is not None, "verify_sub": not foreign},
        )
        return claims

    def _foreign_claims(self, claims: Mapping[str, Any]) -> Claims:
        return claims_of(claims, self._settings.auth)

    async def _foreign_key(self, token: str) -> Any:
        if self._public_key is not None:
            return self._public_key
        if self._jwks is None:
            raise BadTokenError
        return await asyncio.to_thread(self._jwks.get_signing_key_from_jwt, token)

    @cached_property
    def _secret(self) -> bytes:
        return keys.own_secret(self._settings)

    @cached_property
    def _public_key(self) -> Any:
        """The key of ``auth.public_key_file``, or ``None``."""
        auth = self._settings.auth
        if auth.public_key_file is None:
            return None
        foreign = [name for name in auth.algorithms if name != "HS256"]
        if len(foreign) != 1:
            raise ConfigurationError(
                field="auth.algorithms", reason="name the one algorithm of auth.public_key_file"
            )
        return keys.public_key(auth.public_key_file, foreign[0])

    @cached_property
    def _jwks(self) -> jwt.PyJWKClient | None:
        url = self._settings.auth.jwks_url
        if url is None:
            return None
        try:
            return jwt.PyJWKClient(url, lifespan=JWKS_LIFESPAN, timeout=JWKS_TIMEOUT)
        except jwt.PyJWTError as error:
            raise ConfigurationError(field="auth.jwks_url", reason=str(error)) from None


def claims_of(claims: Mapping[str, Any], auth: AuthSettings) -> Claims:
    """Return what the verified ``claims`` of another system mean here, by ``auth.claims`` and ``auth.default_scopes``.

    Raises :class:`BadTokenError` when nobody is named.
    """
    sub = claims.get(auth.claims.get("sub", "sub"))
    if isinstance(sub, bool) or not isinstance(sub, str | int):
        raise BadTokenError
    name = str(sub)
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise BadTokenError
    scope = claims.get(auth.claims.get("scope", "scope"))
    scopes = _known(scope) if scope is not None else frozenset(auth.default_scopes)
    return Claims(name, scopes, float(claims.get("exp", float("inf"))) + auth.leeway)


def _known(scope: Any) -> frozenset[str]:
    """Return the scopes of Installcast in a space-separated string (RFC 8693, section 4.2) or a list of strings."""
    names = scope.split() if isinstance(scope, str) else scope if isinstance(scope, list) else []
    return frozenset(name for name in SCOPES if name in names)
