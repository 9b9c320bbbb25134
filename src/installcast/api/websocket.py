"""``GET /v1/log/ws``: a log, live.

:mod:`installcast.stream.viewer` decides what a viewer gets and when it ends; this is the shell that does it. A refusal
comes after the upgrade, as a close code, since a browser cannot read anything else; only a foreign page gets no upgrade.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import assert_never

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketClose

from installcast import errors
from installcast.api.auth import Authenticate, check_origin
from installcast.api.channel import Channel, channel_of
from installcast.api.envelope import failure, locale_of, shortage_of
from installcast.api.log import open_log
from installcast.api.websocket_protocol import ConnectionGoneError
from installcast.service import Installcast
from installcast.stream.log_stream import LogStream
from installcast.stream.viewer import (
    V2,
    Close,
    CloseCode,
    LinesViewer,
    SendRecords,
    SendStatus,
    SendText,
    View,
    Viewer,
    Wait,
    choose_subprotocol,
    close,
    control,
    first_seq,
)
from installcast.tasks.access import LOG_READ, Principal

logger = logging.getLogger("installcast.api")

INTERNAL_ERROR = 1011
TRY_AGAIN_LATER = 1013
"""RFC 6455, 7.4.1, and the registry of close codes that it founds."""

CLOSE_CODES: tuple[tuple[type[errors.InstallcastError], CloseCode], ...] = (
    (errors.InvalidInputError, CloseCode.BAD_REQUEST),
    (errors.NotAuthenticatedError, CloseCode.NOT_AUTHENTICATED),
    (errors.NotAllowedError, CloseCode.NOT_ALLOWED),
    (errors.NotFoundError, CloseCode.NOT_FOUND),
    (errors.GoneError, CloseCode.NOT_FOUND),
    (errors.TooManyError, CloseCode.TOO_MANY_VIEWERS),
    (errors.UnavailableError, CloseCode.REALTIME_OFF),
)
"""Kind of error → close code, as :data:`installcast.api.envelope.STATUSES` is for HTTP."""


class TooManyViewersError(errors.TooManyError):
    """All places of a task are taken by viewers that are alive."""

    type = "too_many_viewers"
    en = "This task has {limit} viewers already. Try again later."
    zh = "该任务已有 {limit} 个查看者，请稍后再试。"


class RealtimeOffError(errors.UnavailableError):
    """``log.realtime_enabled`` is false."""

    type = "realtime_off"
    en = "Real-time is switched off: use /v1/log/history."
    zh = "实时推送已关闭：请使用 /v1/log/history。"


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the WebSocket route."""
    routes = APIRouter()

    @routes.websocket("/v1/log/ws")
    async def watch(socket: WebSocket) -> None:
        try:
            check_origin(socket, engine.settings)
        except errors.NotAllowedError as error:
            await _refuse_upgrade(socket, error)
            return
        subprotocol = choose_subprotocol(socket.scope["subprotocols"])
        await socket.accept(subprotocol)
        channel = channel_of(socket)
        try:
            session = await _admit(engine, authenticate, socket, channel, lines=subprotocol == V2)
            channel.arrived()
            end = session if isinstance(session, Close) else await session.run(socket)
        except ConnectionGoneError:
            return
        except errors.InstallcastError as error:
            await channel.close(*_refusal(error, locale_of(socket)))
        except Exception as error:
            if errors.is_shortage(error):
                await channel.close(TRY_AGAIN_LATER, shortage_of(error).message(locale_of(socket)))
                return
            logger.exception("a viewer's session failed")
            await channel.close(INTERNAL_ERROR, "internal error")
        else:
            if end is not None:
                await channel.close(end.code, end.reason)

    return routes


async def _admit(
    engine: Installcast, authenticate: Authenticate, socket: WebSocket, channel: Channel, *, lines: bool
) -> Session | Close:
    """Check who asks for what, and find it. Raises :class:`installcast.errors.InstallcastError`."""
    principal = await authenticate(socket)
    principal.require(LOG_READ)
    limits = engine.settings.log
    if not limits.realtime_enabled:
        raise RealtimeOffError
    task_id = socket.query_params.get("task_id")
    if not task_id:
        raise errors.InvalidInputError(field="task_id", reason="missing")
    status, stream = await open_log(engine, task_id, principal)
    start = first_seq(socket.query_params.get("since"), socket.query_params.get("tail"), view_of(stream))
    if isinstance(start, Close):
        return start
    now = asyncio.get_running_loop().time()
    timeout = float(limits.websocket_timeout)
    expires_at = now + principal.expires_at - time.time()
    viewer = (
        LinesViewer(
            start, now, task_id=task_id, status=status["status"], timeout=timeout, expires_at=expires_at
        )
        if lines
        else Viewer(start, now, timeout=timeout, expires_at=expires_at)
    )
    session = Session(engine, principal, stream, viewer, channel)
    if not await stream.admit(session, limits.max_clients_per_task):
        raise TooManyViewersError(limit=limits.max_clients_per_task)
    return session


class Session:
    """One viewer that was let in; a :class:`~installcast.stream.log_stream.Client` of its stream."""

    def __init__(
        self, engine: Installcast, principal: Principal, stream: LogStream, viewer: Viewer, channel: Channel
    ) -> None:
        self._engine = engine
        self._principal = principal
        self._stream = stream
        self._viewer = viewer
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[Close | None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None

    async def is_alive(self) -> bool:
        """Tell whether the client is still there."""
        return await self._channel.is_alive()

    def drop(self) -> None:
        """End the session of a dead client."""
        self._finish(close(CloseCode.NO_SIGN_OF_LIFE))

    async def run(self, socket: WebSocket) -> Close | None:
        """Show the log; return how the connection ends, or ``None`` when the client ended it."""
        self._check_deadline()
        work = [self._loop.create_task(self._show()), self._loop.create_task(self._listen(socket))]
        try:
            await asyncio.wait([self._end, *work], return_when=asyncio.FIRST_COMPLETED)
            first = next(done for done in (self._end, *work) if done.done())
            return first.result()
        finally:
            self._stream.leave(self)
            if self._timer is not None:
                self._timer.cancel()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _show(self) -> Close:
        viewer, stream, channel = self._viewer, self._stream, self._channel
        send = channel.send_lines if viewer.sends_lines else channel.send_records
        position = stream.locate(viewer.next_seq)
        while True:
            version = stream.version
            match viewer.step(view_of(stream), self._loop.time()):
                case SendRecords():
                    batch = stream.batch(position)
                    if batch:
                        await send(batch)
                    position = batch.end
                    viewer.sent(position.seq)
                    if position.offset < stream.last_offset:
                        await asyncio.sleep(0)  # a client that reads fast must not keep the others waiting
                case SendText(text):
                    await channel.send_text(text)
                case SendStatus():
                    await self._send_status()
                case Wait(until):
                    await stream.wait(version, None if until == math.inf else until)
                case Close() as end:
                    return end
                case unknown:
                    assert_never(unknown)

    async def _send_status(self) -> None:
        version = self._stream.state_version
        status = await self._engine.status(self._stream.task_id, self._principal)
        await self._channel.send_text(control("status", **status))
        self._viewer.status_sent(version, status["status"], self._loop.time())

    async def _listen(self, socket: WebSocket) -> Close | None:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            if end := self._viewer.received(self._loop.time()):
                return end

    def _check_deadline(self) -> None:
        """End what has to end, also while a send waits for a client that reads nothing."""
        self._viewer.heard(self._channel.last_heard())
        if end := self._viewer.ended(self._loop.time()):
            self._finish(end)
        else:
            self._timer = self._loop.call_at(self._viewer.deadline(), self._check_deadline)

    def _finish(self, end: Close) -> None:
        if not self._end.done():
            self._end.set_result(end)


def view_of(stream: LogStream) -> View:
    """Return what a viewer has to know of ``stream``."""
    return View(stream.next_seq, stream.is_completed, stream.is_closed, stream.state_version, stream.partial)


def _refusal(error: errors.InstallcastError, locale: str) -> tuple[int, str]:
    """Return close code and reason."""
    for kind, code in CLOSE_CODES:
        if isinstance(error, kind):
            return close(code, error.message(locale))
    logger.error("a viewer's session failed", exc_info=error)
    return INTERNAL_ERROR, "internal error"


async def _refuse_upgrade(socket: WebSocket, error: errors.InstallcastError) -> None:
    """Answer 403 instead of the upgrade; where the server can, with the reason."""
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(failure(error, locale_of(socket)))
    else:
        await WebSocketClose()(socket.scope, socket.receive, socket.send)
