"""What stands in front of every route of the service's own application.

Which host names and origins count, whom a proxy speaks for, the headers that keep a browser honest, and one line in the
log for each request, without its query string: it may hold a one-time code.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from ipaddress import ip_address
from typing import cast
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from installcast.api.auth import BEHIND_PROXY, LOCAL_OWNER, check_origin
from installcast.api.envelope import failure, locale_of
from installcast.errors import InstallcastError, InvalidInputError, NotAllowedError, UnavailableError
from installcast.operation.metrics import Metrics
from installcast.settings import Settings

access_log = logging.getLogger("installcast.access")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make a browser say "Origin: null" for our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Set on every answer that does not set them itself."""


class ForeignHostError(NotAllowedError):
    """The request names a host that is not this service: how DNS rebinding looks from here."""

    type = "foreign_host"
    en = "The host {host} is not this service's own. To allow it, list it in server.allowed_hosts."
    zh = "主机名 {host} 不属于本服务。如需允许，请将其加入 server.allowed_hosts。"


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._settings = settings
        self._hosts = Hosts(settings.server.allowed_hosts, settings.server.host)
        proxies = list(settings.server.trusted_proxies)
        # uvicorn's types say the same as Starlette's in other words.
        forwarded = ProxyHeadersMiddleware(self._check, proxies) if proxies else None  # type: ignore[arg-type]
        self._trusted = forwarded.trusted_hosts if forwarded else ()
        self._entry = cast("ASGIApp", forwarded) if forwarded else self._check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else None
        scope[BEHIND_PROXY] = peer is not None and peer in self._trusted
        await self._entry(scope, receive, send)

    async def _check(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(scope, send)
        connection = HTTPConnection(scope)
        try:
            if LOCAL_OWNER not in scope:
                self._hosts.check(connection.headers.get("host"))
            if scope["type"] == "websocket":
                check_origin(connection, self._settings)
        except InstallcastError as error:
            await _refuse(error, scope, receive, answer.send)
        else:
            try:
                await self._app(scope, receive, answer.send)
            except asyncio.CancelledError:
                # The server cancels what takes longer than its end may: a client is told so, where it is told nothing yet.
                if answer.has_begun or scope["type"] != "http":
                    raise
                await _refuse(UnavailableError(reason="the service is ending"), scope, receive, answer.send)
        finally:
            answer.log()
            if self._metrics is not None:
                answer.count(self._metrics)


class Hosts:
    """Which host names a request may carry. ``*.example.com`` takes in every name below; ``*`` every name."""

    def __init__(self, allowed: Iterable[str], own: str) -> None:
        self._allowed = frozenset(name.lower() for name in allowed)
        self._own = own.lower()

    def check(self, host: str | None) -> None:
        """Raise :class:`ForeignHostError`, or :class:`InvalidInputError` when there is none or it is no host name."""
        name = _host_name(host or "")
        if not name:
            raise InvalidInputError(field="Host", reason="the header is missing or malformed")
        if not self._is_allowed(name):
            raise ForeignHostError(host=quote(name, safe=":"))

    def _is_allowed(self, name: str) -> bool:
        if not self._allowed:
            return name in {"localhost", self._own} or name.endswith(".localhost") or _is_ip(name)
        parents = (f"*{name[i:]}" for i, letter in enumerate(name) if letter == ".")
        return not self._allowed.isdisjoint({"*", name, *parents})


class _Answer:
    """Adds the security headers to the answer and remembers what the log will say."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._started = time.perf_counter()
        self._status: int | str = "-"

    @property
    def has_begun(self) -> bool:
        """Whether the client has been told anything."""
        return self._status != "-"

    async def send(self, message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        elif message["type"] == "websocket.accept":
            self._status = 101
        elif message["type"] == "websocket.close":
            self._status = 403 if self._status == "-" else message.get("code", 1000)
        await self._send(message)

    def count(self, metrics: Metrics) -> None:
        route = route_of(self._scope)
        seconds = time.perf_counter() - self._started
        streams = self._scope["type"] == "websocket" or route == "/v1/log/sse"
        metrics.count_request(route, self._scope.get("method", "WS"), self._status, seconds, streams=streams)

    def log(self) -> None:
        scope = self._scope
        access_log.info(
            "method=%s path=%s status=%s ms=%.1f client=%s user=%s",
            scope.get("method", "WS"),
            quote(scope["path"], safe="/:@!$&'()*+,;=~"),
            self._status,
            (time.perf_counter() - self._started) * 1000,
            scope["client"][0] if scope.get("client") else "unix",
            quote(str(scope.get("installcast.user", "-"))),
        )


def route_of(scope: Scope) -> str:
    """Return the template of the route that took a request, such as ``/v1/soft/tasks/{task_id}``."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    if scope["path"] == "/v1/log/ws":
        return "/v1/log/ws"
    return "/static" if scope["path"].startswith("/static/") else "other"


async def _refuse(error: InstallcastError, scope: Scope, receive: Receive, send: Send) -> None:
    answer = failure(error, locale_of(HTTPConnection(scope)))
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await answer(scope, receive, send)
    else:
        # A close before the accept is a plain 403 on the wire.
        await WebSocketClose()(scope, receive, send)


def _host_name(host: str) -> str:
    """Return the name in a Host header, lower case, without the port; an IPv6 literal without its brackets."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        port = port.removeprefix(":") if port.startswith(":") or not port else "?"
        return name.lower() if bracket and (not port or port.isdecimal()) and _is_ip(name) else ""
    name, _, port = host.partition(":")
    if (port and not port.isdecimal()) or not all(c.isalnum() or c in "-._" for c in name):
        return ""
    return name.lower().removesuffix(".")


def _is_ip(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
