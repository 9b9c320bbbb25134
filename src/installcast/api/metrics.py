"""``GET /metrics``, for Prometheus.

Read on this machine without a sign-in: a scraper has none, and the figures name no user, task or software. What came through a
proxy is not of this machine. From elsewhere it takes the token in ``server.metrics_token_file``, or the scope ``admin``.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from installcast.api.auth import BEHIND_PROXY, LOCAL_OWNER, Authenticate, bearer_token
from installcast.api.envelope import EnvelopeRoute
from installcast.errors import ConfigurationError
from installcast.operation.metrics import CONTENT_TYPE
from installcast.service import Installcast
from installcast.tasks.access import ADMIN

MIN_TOKEN = 16
"""Characters; a token is made by a machine, and nobody types it."""

_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Of which a proxy adds one or the other, also one that nobody has told us of."""


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the route. Raises :class:`ConfigurationError` when the token's file cannot be used."""
    routes = APIRouter(route_class=EnvelopeRoute, tags=["health"])
    token = _read_token(engine)

    async def admit(request: Request) -> None:
        if LOCAL_OWNER in request.scope:
            return
        given = bearer_token(request)
        if token and given and hmac.compare_digest(given.encode(), token.encode()):
            return
        if not token and given is None and _is_of_this_machine(request):
            return
        (await authenticate(request)).require(ADMIN)

    @routes.get("/metrics", summary="Figures for Prometheus", response_class=Response)
    async def metrics(request: Request) -> Response:
        """In Prometheus' text format. Without `server.metrics_token_file`: to this machine; always to administrators."""
        await admit(request)
        figures = await engine.metrics.render(engine.store, engine.logs, engine.queue)
        return Response(figures, media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})

    return routes


def _is_of_this_machine(request: Request) -> bool:
    if request.client is None or request.scope.get(BEHIND_PROXY):
        return False
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _read_token(engine: Installcast) -> str:
    path = engine.settings.server.metrics_token_file
    if path is None:
        return ""
    try:
        token = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(field="server.metrics_token_file", reason=str(error)) from None
    if mode & 0o077:
        raise ConfigurationError(
            field="server.metrics_token_file", reason=f"{path} is open to others: chmod 600"
        )
    if len(token) < MIN_TOKEN:
        raise ConfigurationError(
            field="server.metrics_token_file", reason=f"fewer than {MIN_TOKEN} characters"
        )
    return token
