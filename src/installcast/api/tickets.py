"""One-time tickets: who watches a log without being able to send a header.

``EventSource``, a link to a file and the WebSocket of another origin send neither a header nor a cookie, and a token has no
place in an address, which is logged and remembered everywhere. A ticket has: it is good once, for half a minute, for one
log and one user.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.responses import Response

from installcast.api.auth import USER, Authenticate
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.errors import NotAuthenticatedError
from installcast.service import Installcast
from installcast.tasks.access import ADMIN, LOG_READ, Principal

PARAMETER = "ticket"
"""Its name in a query."""
LIFETIME = 30.0
"""Seconds for which a ticket is good."""
MAX_PER_USER = 100
"""Open tickets of one user, of which the oldest gives way: bounds the memory that one who has a token may take."""


class BadTicketError(NotAuthenticatedError):
    """The ticket is none, or of another log, or was good once."""

    type = "bad_ticket"
    en = "This ticket was used already, is too old, or is for another log. Ask for another one: POST /v1/log/ticket."
    zh = "该票据已被使用、已过期或属于其他日志，请重新获取：POST /v1/log/ticket。"


class TicketRequest(BaseModel):
    """For which log."""

    task_id: Annotated[str, Field(description="The task.")]


class _Ticket(NamedTuple):
    expires_at: float
    task_id: str
    principal: Principal


class Tickets:
    """Open tickets, in memory only, by their hashes. ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, _Ticket] = {}

    def issue(self, task_id: str, principal: Principal) -> str:
        """Return a new ticket with which ``principal`` may read the log of ``task_id``, and do nothing else."""
        now = self._clock()
        self._open = {key: each for key, each in self._open.items() if each.expires_at > now}
        own = [key for key, each in self._open.items() if each.principal.sub == principal.sub]
        for key in own[: max(0, len(own) - MAX_PER_USER + 1)]:
            del self._open[key]
        code = secrets.token_urlsafe(32)
        reader = Principal(principal.sub, principal.scopes & {LOG_READ, ADMIN}, principal.expires_at)
        self._open[_digest(code)] = _Ticket(now + LIFETIME, task_id, reader)
        return code

    def redeem(self, code: str, task_id: str) -> Principal:
        """Return whose ticket it is, once. Raises :class:`BadTicketError`."""
        ticket = self._open.pop(_digest(code), None)
        if ticket is None or ticket.expires_at <= self._clock() or ticket.task_id != task_id:
            raise BadTicketError
        return ticket.principal


def with_tickets(tickets: Tickets, authenticate: Authenticate) -> Authenticate:
    """Return ``authenticate`` that takes a ticket, too. A bad one is not made up for by anything else."""

    async def authenticate_reader(connection: HTTPConnection) -> Principal:
        code = connection.query_params.get(PARAMETER)
        if code is None:
            return await authenticate(connection)
        principal = tickets.redeem(code, connection.query_params.get("task_id", ""))
        connection.scope[USER] = principal.sub
        return principal

    return authenticate_reader


def router(engine: Installcast, authenticate: Authenticate, tickets: Tickets) -> APIRouter:
    """Return the route that issues them."""
    routes = APIRouter(prefix="/v1/log", route_class=EnvelopeRoute, tags=["log"], strict_content_type=False)

    @routes.post("/ticket", summary="A one-time ticket for a log")
    async def issue(body: TicketRequest, principal: Principal = Depends(authenticate)) -> Response:
        """Good once, within `expires_in` seconds, as `?ticket=` of ws, sse and download, for those who cannot send a header."""
        principal.require(LOG_READ)
        status = await engine.status(body.task_id, principal)
        task_id = status["task_id"]
        return ok(
            {"ticket": tickets.issue(task_id, principal), "task_id": task_id, "expires_in": int(LIFETIME)}
        )

    return routes


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
