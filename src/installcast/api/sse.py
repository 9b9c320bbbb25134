"""``GET /v1/log/sse``: a log, live, as Server-Sent Events (WHATWG HTML, "Server-sent events").

What ``installcast.v2`` sends over a WebSocket, each as an event: records with their seq as ``id``, the unfinished line
without, and control objects by their type: ``hello``, ``status`` (at least every 15 s), ``end``; ``close`` says with which
code a WebSocket would end. A browser comes back by itself with ``Last-Event-ID``; after the end it gets 204 and stays away.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from installcast import errors
from installcast.api.auth import Authenticate, bearer_token, check_origin
from installcast.api.envelope import EnvelopeRoute, locale_of, shortage_of
from installcast.api.http_protocol import CUT
from installcast.api.log import MAX_SEQ, TaskId
from installcast.api.viewing import (
    INTERNAL_ERROR,
    TRY_AGAIN_LATER,
    Session,
    close_code_of,
    find_log,
    view_of,
)
from installcast.api.websocket_protocol import ARRIVALS, CLOSE_GRACE, PING_INTERVAL, ConnectionGoneError
from installcast.service import Installcast
from installcast.stream.batch import Batch
from installcast.stream.viewer import BadStartError, CloseCode, View, control, first_seq

logger = logging.getLogger("installcast.api")

MEDIA_TYPE = "text/event-stream"
HEADERS = {
    # A proxy that compresses would collect events until a block is full; one that buffers, as nginx does, likewise.
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
RETRY_MS = (1000, 2000)
"""When a browser comes back to a connection that just broke."""
RESTART_RETRY_MS = (2000, 7000)
"""When it comes back to a service that restarts: not all at the same time."""

_LAST_EVENT_ID = re.compile(r"-1|[0-9]{1,18}")
"""A seq, or what the ``end`` of a log without a record carries."""


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/log", route_class=EnvelopeRoute, tags=["log"])
    arrivals = asyncio.Semaphore(ARRIVALS)

    @routes.get(
        "/sse",
        summary="Watch a log live (Server-Sent Events)",
        response_class=StreamingResponse,
        responses={
            200: {"description": "Events", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
            204: {"description": "The task has ended, and all of its log was seen."},
        },
    )
    async def watch(
        request: Request,
        task_id: TaskId,
        since: Annotated[
            int | None, Query(ge=0, le=MAX_SEQ, description="The seq of the first record.")
        ] = None,
        tail: Annotated[
            int | None, Query(ge=0, le=MAX_SEQ, description="Begin with the last so many records instead.")
        ] = None,
        ticket: Annotated[str | None, Query(description="Instead of a token: see `/v1/log/ticket`.")] = None,
        last_event_id: Annotated[
            str | None,
            Header(alias="Last-Event-ID", description="The last seq that was seen: goes on behind it."),
        ] = None,
    ) -> Response:
        """History first, then live: each record an event with its seq as `id`, others without one. `event: end` is the last."""
        # When a restarted service meets a thousand of them, other requests wait for eight and not for all.
        async with arrivals:
            principal = await authenticate(request)
            if ticket is None and bearer_token(request) is None:
                # Browsers add cookies to what foreign pages embed, and each would take a viewer's place.
                check_origin(request, engine.settings)
            status, stream = await find_log(engine, principal, task_id)
            view = view_of(stream)
            start = _start(last_event_id, since, tail, view)
            comes_back = bool(last_event_id or since)
            if view.is_completed and start >= view.next_seq and comes_back:
                return Response(status_code=204, headers={"Cache-Control": "no-store"})
            channel = EventChannel(request.scope.get("extensions", {}).get(CUT))
            session = await Session.admit(engine, principal, status, stream, channel, start=start, lines=True)
        return EventStream(session, channel)

    return routes


class EventStream(Response):
    """The answer: runs a session over its channel."""

    media_type = MEDIA_TYPE

    def __init__(self, session: Session, channel: EventChannel) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._session = session
        self._channel = channel

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until one side has enough."""
        channel = self._channel
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        channel.open(receive, send, head)
        try:
            end = await self._session.run(channel.gone())
            if end is None:
                return
            code, reason = int(end.code), end.reason
        except ConnectionGoneError:
            return
        except Exception as error:  # noqa: BLE001 - the answer has begun: it can only be told in an event
            code, reason = refusal_of(error, locale_of(Request(scope)))
        await channel.close(code, reason)


class EventChannel:
    """The way to a client of events. ``cut`` ends its connection at once, where the server can.

    A send that does not end is the lack of life here: nothing comes from such a client but its next request.
    """

    transport: ClassVar[Literal["ws", "sse"]] = "sse"

    def __init__(self, cut: Callable[[], None] | None) -> None:
        self._cut = cut
        self._loop = asyncio.get_running_loop()
        self._receive: Receive
        self._send: Send
        self._head: dict[str, Any] | None = None
        self._blocked_since: float | None = None

    def open(self, receive: Receive, send: Send, head: dict[str, Any]) -> None:
        """Use this connection from now on; ``head`` goes before the first event."""
        self._receive, self._send, self._head = receive, send, head

    async def gone(self) -> None:
        """Return when the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def arrived(self) -> None:
        """Do nothing: the route lets them in."""

    async def send_records(self, batch: Batch) -> None:
        """Send each record as an event."""
        await self._write(batch.events)

    async def send_lines(self, batch: Batch) -> None:
        """Send each record as an event."""
        await self._write(batch.events)

    def offer(self, batch: Batch, *, lines: bool) -> bool:  # noqa: ARG002 - of the interface
        """Do nothing: ASGI has no way to send without waiting."""
        return False

    async def send_text(self, text: str, kind: str = "") -> None:
        """Send the unfinished line, or a control object, as an event."""
        await self._write(event(text, kind))

    async def close(self, code: int, reason: str) -> None:
        """Say why, unless all is said, and end the answer; cut the connection when the client does not take it."""
        last = b""
        if code == CloseCode.RESTARTING:
            last = retry(RESTART_RETRY_MS)
        if code != CloseCode.FINISHED:
            last += event(control("close", code=code, reason=reason), "close")
        try:
            async with asyncio.timeout(CLOSE_GRACE):
                await self._write(last, more=False)
        except ConnectionGoneError:
            return
        except TimeoutError:
            if self._cut is not None:
                self._cut()
                await self.gone()  # any other server closes a connection whose answer was left unfinished

    def last_heard(self) -> float:
        """Return since when the client takes nothing, or the present."""
        return self._loop.time() if self._blocked_since is None else self._blocked_since

    async def is_alive(self) -> bool:
        """Tell whether the client takes what is sent."""
        return self._loop.time() - self.last_heard() < PING_INTERVAL

    async def _write(self, events: bytes, *, more: bool = True) -> None:
        if self._blocked_since is None:
            self._blocked_since = self._loop.time()
        try:
            if self._head is not None:
                await self._send(self._head)
                self._head = None
                events = retry(RETRY_MS) + events
            await self._send({"type": "http.response.body", "body": events, "more_body": more})
        except OSError:  # how a server says "the client has gone", by ASGI 2.4
            raise ConnectionGoneError from None
        self._blocked_since = None


def event(text: str, kind: str) -> bytes:
    """Return one line of JSON as an event: a control object of this kind, or what has none."""
    name = f"event: {kind}\n" if kind else ""
    # So that whoever comes back after the end says so, also of a log without a record.
    number = f"id: {json.loads(text)['last_seq']}\n" if kind == "end" else ""
    return f"{name}{number}data: {text.rstrip()}\n\n".encode()


def retry(between: tuple[int, int]) -> bytes:
    """Tell the client to wait so many milliseconds before it comes back, by itself and by chance."""
    return b"retry: %d\n\n" % random.randint(*between)  # noqa: S311 - spreads load, keeps no secret


def _start(last_event_id: str | None, since: int | None, tail: int | None, view: View) -> int:
    """Return the record to begin at. A browser that comes back repeats its first query: then the header counts."""
    if not last_event_id:
        return first_seq(_text(since), _text(tail), view)
    if not _LAST_EVENT_ID.fullmatch(last_event_id):
        raise BadStartError(
            field="Last-Event-ID", reason="expected the id of an event", reason_zh="应为某个事件的 id"
        )
    start = int(last_event_id) + 1
    if start > view.next_seq and not view.is_completed:
        raise BadStartError(
            field="Last-Event-ID",
            reason=f"the last record is {view.next_seq - 1}",
            reason_zh=f"最后一条记录是 {view.next_seq - 1}",
        )
    return min(start, view.next_seq)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def refusal_of(error: Exception, locale: str) -> tuple[int, str]:
    """Return close code and reason."""
    if isinstance(error, errors.InstallcastError) and (code := close_code_of(error)) is not None:
        return code, error.message(locale)
    if errors.is_shortage(error):
        return TRY_AGAIN_LATER, shortage_of(error).message(locale)
    logger.error("a viewer's session failed", exc_info=error)
    return INTERNAL_ERROR, "internal error"
