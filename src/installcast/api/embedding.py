"""The routes inside somebody else's application, behind its own sign-in.

A host hands over the dependency that its own routes use. It is resolved by FastAPI itself, with all its
sub-dependencies, on WebSockets, too: there it sees the handshake as a GET request, and a token that a browser had to
send as a subprotocol as the ``Authorization`` header that its own routes know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Depends
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Message, Scope

from installcast.api.auth import (
    USER,
    Authenticate,
    NobodyError,
    bearer_token,
    check_origin,
    is_unsafe,
    principal_of,
)
from installcast.api.tokens import Claims, claims_of
from installcast.errors import NotAllowedError, NotAuthenticatedError
from installcast.settings import AuthSettings, Settings
from installcast.tasks.access import USER_SCOPES, Principal

Identity = Principal | Mapping[str, Any] | str
"""What a host's dependency may return: the user of Installcast, the claims of a verified token, or a name."""


class HostRefusedError(NotAuthenticatedError):
    """The host's dependency did not let the caller in."""

    en = "{reason}"
    zh = "{reason}"


class HostForbadeError(NotAllowedError):
    """The host's dependency knows the caller and said no."""

    en = "{reason}"
    zh = "{reason}"


def by_host(dependency: Callable[..., Any], settings: Settings) -> Authenticate:
    """Return ``authenticate`` made of a host's ``dependency``.

    A name, and claims without a scope, get ``auth.default_scopes``, or everything but ``admin`` where that is empty. An
    ``HTTPException`` of the dependency is left to the host on its HTTP requests. Unsafe requests of a foreign page are
    refused, since a browser may have added what the dependency looks at: a cookie, or a password it remembers.
    """
    auth = settings.auth

    async def resolve(request: Request, identity: Any = Depends(dependency)) -> Response:
        request.scope["installcast.identity"] = identity
        return Response(status_code=204)

    resolver = AsyncExitStackMiddleware(APIRoute("/", resolve).app)

    async def authenticate(connection: HTTPConnection) -> Principal:
        if is_unsafe(connection) and not bearer_token(connection):
            check_origin(connection, settings)
        scope = _as_get_request(connection)
        try:
            await resolver(scope, _no_body, _nowhere)
        except HTTPException as error:
            if connection.scope["type"] == "http":
                raise
            kind = HostForbadeError if error.status_code == 403 else HostRefusedError
            raise kind(reason=str(error.detail)) from None
        principal = _principal(scope["installcast.identity"], auth)
        connection.scope[USER] = principal.sub
        return principal

    return authenticate


def _as_get_request(connection: HTTPConnection) -> Scope:
    scope = dict(connection.scope)
    if scope["type"] == "websocket":
        scope["type"] = "http"
        scope["method"] = "GET"
        scope["scheme"] = "https" if scope.get("scheme") == "wss" else "http"
        token = bearer_token(connection)
        if token and "authorization" not in connection.headers:
            scope["headers"] = [*scope["headers"], (b"authorization", b"Bearer " + token.encode("latin-1"))]
    # What the dependency raises has to come back here, not to be answered.
    scope["starlette.exception_handlers"] = ({}, {})
    return scope


def _principal(identity: Any, auth: AuthSettings) -> Principal:
    if identity is None or identity == "":
        raise NobodyError
    if isinstance(identity, Principal):
        return identity
    defaults = frozenset(auth.default_scopes or USER_SCOPES)
    if isinstance(identity, str):
        return Principal(identity, defaults)
    if isinstance(identity, Mapping):
        claims = claims_of(identity, auth)
        if identity.get(auth.claims.get("scope", "scope")) is None:
            claims = Claims(claims.sub, defaults, claims.expires_at)
        return principal_of(claims)
    raise TypeError(
        f"authenticate returned {type(identity).__name__}; expected a Principal, a mapping of claims or a user name"
    )


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _nowhere(message: Message) -> None:
    """The answer of the resolver says nothing."""
