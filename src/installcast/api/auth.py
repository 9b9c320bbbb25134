"""Who is on a connection.

A route module takes ``authenticate`` and uses it as a FastAPI dependency (``Depends(authenticate)``) or awaits it with
the request or the WebSocket. It returns a :class:`~installcast.tasks.access.Principal` or raises
:class:`~installcast.errors.NotAuthenticatedError`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Depends
from starlette.requests import HTTPConnection

from installcast.api import sessions
from installcast.api.tokens import BadTokenError, Claims, Tokens
from installcast.errors import NotAllowedError, NotAuthenticatedError
from installcast.service import Installcast
from installcast.settings import Settings
from installcast.tasks.access import USER_SCOPES, Principal, local_owner

Authenticate = Callable[[HTTPConnection], Awaitable[Principal]]

LOCAL_OWNER = "installcast.local_owner"
"""Scope key: the connection came over the Unix socket, which only the service's own user (and root) can open."""
BEHIND_PROXY = "installcast.behind_proxy"
"""Scope key: whether the peer is one of ``server.trusted_proxies``."""
USER = "installcast.user"
"""Scope key: who it was, for the log."""

BEARER_SUBPROTOCOL = "bearer."
"""A WebSocket of a browser cannot have headers; its token comes as ``bearer.<jwt>`` among the subprotocols."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"none", "same-origin"})
"""``Sec-Fetch-Site`` of what a person typed and of what our own pages ask for."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def require(authenticate: Authenticate, scope: str) -> Callable[..., Awaitable[Principal]]:
    """Return a dependency that gives the principal of a request, who must have ``scope``."""

    async def allowed(principal: Principal = Depends(authenticate)) -> Principal:
        principal.require(scope)
        return principal

    return allowed


class NobodyError(NotAuthenticatedError):
    """The request carries nothing that says who sent it."""

    en = "Sign in first: send a token, or open /login."
    zh = "请先登录：发送令牌，或打开 /login。"


class ForeignOriginError(NotAllowedError):
    """A page of another origin made this request."""

    type = "foreign_origin"
    en = "The origin {origin} is not this service's own. To allow it, list it in server.allowed_origins."
    zh = "来源 {origin} 不是本服务的来源。如需允许，请将其加入 server.allowed_origins。"


class Authenticator:
    """The service's own way to tell who is on a connection.

    In this order: the Unix socket, the ``Authorization`` header, the subprotocol of a WebSocket, a trusted proxy's
    header, the session cookie. What is there has to be good: a bad token is never made up for by a cookie.
    """

    def __init__(self, engine: Installcast, tokens: Tokens) -> None:
        self._engine = engine
        self._settings = engine.settings
        self._tokens = tokens

    async def authenticate(self, connection: HTTPConnection) -> Principal:
        """Return who it is. Raises :class:`NotAuthenticatedError`, or :class:`ForeignOriginError` for a forged request."""
        principal = await self._identify(connection)
        connection.scope[USER] = principal.sub
        return principal

    async def _identify(self, connection: HTTPConnection) -> Principal:
        if LOCAL_OWNER in connection.scope:
            return local_owner()
        if token := bearer_token(connection):
            return principal_of(await self._tokens.verify(token))
        header = self._settings.auth.trusted_header
        if header and connection.scope.get(BEHIND_PROXY) and (name := connection.headers.get(header)):
            # The proxy, too, signs in whatever a browser sends: a cookie of its own, Basic, a client certificate.
            if is_unsafe(connection):
                check_origin(connection, self._settings)
            scopes = self._settings.auth.default_scopes or USER_SCOPES
            return Principal(name, frozenset(scopes))
        if cookie := connection.cookies.get(sessions.COOKIE):
            # Browsers add cookies to whatever any page asks for.
            if is_unsafe(connection):
                check_origin(connection, self._settings)
            return await self._session(await self._tokens.verify(cookie))
        raise NobodyError

    async def _session(self, claims: Claims) -> Principal:
        if claims.method == "pwd" and await self._engine.store.get_user(claims.sub) is None:
            raise BadTokenError  # the user was removed since
        return principal_of(claims)


def bearer_token(connection: HTTPConnection) -> str | None:
    """Return the token in the ``Authorization`` header or among the subprotocols, or ``None``."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    for name in connection.scope.get("subprotocols", ()):
        if name.startswith(BEARER_SUBPROTOCOL):
            return str(name.removeprefix(BEARER_SUBPROTOCOL))
    return None


def is_unsafe(connection: HTTPConnection) -> bool:
    """Return whether the request may change something or, as a WebSocket, lets a foreign page read (RFC 9110, 9.2.1)."""
    return connection.scope["type"] == "websocket" or connection.scope["method"] not in _SAFE_METHODS


def is_embedded(connection: HTTPConnection) -> bool:
    """Return whether a page of another site or port may have had a browser ask for this, as with an ``<img>``.

    No page can make a browser add a bearer token to what it embeds.
    """
    site = connection.headers.get("sec-fetch-site", "none")
    return site not in _OWN_SITES and bearer_token(connection) is None


def principal_of(claims: Claims) -> Principal:
    """Return the user of a verified token."""
    return Principal(claims.sub, claims.scopes, claims.expires_at)


def check_origin(connection: HTTPConnection, settings: Settings) -> None:
    """Raise :class:`ForeignOriginError` when a browser made this request from a page of another origin.

    Every WebSocket and every unsafe request that a cookie or a proxy authenticates has to pass. Programs send no ``Origin`` and
    pass.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        if connection.headers.get("sec-fetch-site", "none") in _OWN_SITES:
            return
        origin = "?"
    elif origin in settings.server.allowed_origins or origin == own_origin(connection):
        return
    raise ForeignOriginError(origin=origin)


def own_origin(connection: HTTPConnection) -> str:
    """Return the origin under which this connection reached the service, as a browser writes it."""
    scheme = "https" if is_secure(connection) else "http"
    host = connection.headers.get("host", "").lower()
    return f"{scheme}://{host.removesuffix(':' + _DEFAULT_PORTS.get(scheme, ''))}"


def is_secure(connection: HTTPConnection) -> bool:
    """Return whether the browser speaks TLS, to the service or to a trusted proxy."""
    return connection.scope.get("scheme") in {"https", "wss"}
