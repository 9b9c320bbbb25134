"""Who is on a connection.

A route module takes ``authenticate`` and uses it as a FastAPI dependency (``Depends(authenticate)``) or awaits it with
the request or the WebSocket. It returns a :class:`~installcast.tasks.access.Principal` or raises
:class:`~installcast.errors.NotAuthenticatedError`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import HTTPConnection

from installcast.errors import NotAllowedError
from installcast.settings import Settings
from installcast.tasks.access import Principal

Authenticate = Callable[[HTTPConnection], Awaitable[Principal]]

_DEFAULT_PORTS = {"http": "80", "ws": "80", "https": "443", "wss": "443"}


class ForeignOriginError(NotAllowedError):
    """A page of another origin made this request."""

    type = "foreign_origin"
    en = "The origin {origin} is not this service's own. To allow it, list it in server.allowed_origins."
    zh = "来源 {origin} 不是本服务的来源。如需允许，请将其加入 server.allowed_origins。"


def check_origin(connection: HTTPConnection, settings: Settings) -> None:
    """Raise :class:`ForeignOriginError` when a browser made this request from a page of another origin.

    Every WebSocket and every unsafe request that a cookie authenticates has to pass: a browser adds cookies to what
    any page asks for. Programs send no ``Origin`` and pass.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        if connection.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
            return
        origin = "?"
    elif origin in settings.server.allowed_origins or origin == own_origin(connection):
        return
    raise ForeignOriginError(origin=origin)


def own_origin(connection: HTTPConnection) -> str:
    """Return the origin under which this connection reached the service, as a browser writes it."""
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    host = connection.headers.get("host", "").lower()
    return f"{scheme}://{host.removesuffix(':' + _DEFAULT_PORTS.get(scheme, ''))}"
