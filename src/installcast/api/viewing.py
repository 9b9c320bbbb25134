"""One viewer of a live log, from the door to its end, whatever it is reached by.

:mod:`installcast.stream.viewer` decides what a viewer gets and when it ends; this is the shell that does it, over a
:class:`~installcast.api.channel.Channel`: a WebSocket or Server-Sent Events.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Coroutine
from typing import Any, assert_never

from installcast import errors
from installcast.api.channel import Channel
from installcast.api.log import open_log
from installcast.service import Installcast
from installcast.stream.batch import Batch
from installcast.stream.log_stream import LogStream
from installcast.stream.viewer import (
    Close,
    CloseCode,
    LinesViewer,
    SendRecords,
    SendStatus,
    SendText,
    View,
    Viewer,
    Wait,
    close,
    control,
)
from installcast.tasks.access import LOG_READ, Principal

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


async def find_log(
    engine: Installcast, principal: Principal, task_id: str | None
) -> tuple[dict[str, Any], LogStream]:
    """Return status and log of a task that ``principal`` may watch live.

    Raises :class:`installcast.errors.InstallcastError`.
    """
    principal.require(LOG_READ)
    if not engine.settings.log.realtime_enabled:
        raise RealtimeOffError
    if not task_id:
        raise errors.InvalidInputError(field="task_id", reason="missing")
    return await open_log(engine, task_id, principal)


class Session:
    """One viewer that was let in; a :class:`~installcast.stream.log_stream.Client` of its stream."""

    def __init__(
        self, engine: Installcast, principal: Principal, stream: LogStream, viewer: Viewer, channel: Channel
    ) -> None:
        self.viewer = viewer
        self._engine = engine
        self._principal = principal
        self._stream = stream
        self._channel = channel
        self._position = stream.locate(viewer.next_seq)
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[Close | None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._traffic = engine.metrics.traffic[channel.transport]
        self._has_waited = False
        """It has stood at the end of the log: from there on, what it gets is news."""

    @classmethod
    async def admit(
        cls,
        engine: Installcast,
        principal: Principal,
        status: dict[str, Any],
        stream: LogStream,
        channel: Channel,
        *,
        start: int,
        lines: bool,
    ) -> Session:
        """Return the session of a viewer that begins at record ``start``. Raises :class:`TooManyViewersError`.

        ``lines``: it is also told what is no record. Whoever gets a session has to :meth:`run` it.
        """
        limits = engine.settings.log
        now = asyncio.get_running_loop().time()
        timeout = float(limits.websocket_timeout)
        expires_at = now + principal.expires_at - time.time()
        viewer = (
            LinesViewer(
                start,
                now,
                task_id=stream.task_id,
                status=status["status"],
                timeout=timeout,
                expires_at=expires_at,
            )
            if lines
            else Viewer(start, now, timeout=timeout, expires_at=expires_at)
        )
        session = cls(engine, principal, stream, viewer, channel)
        if not await stream.admit(session, limits.max_clients_per_task):
            raise TooManyViewersError(limit=limits.max_clients_per_task)
        return session

    async def is_alive(self) -> bool:
        """Tell whether the client is still there."""
        return await self._channel.is_alive()

    def behind(self) -> int:
        """Return how many records the client has not been sent yet."""
        return max(0, self._stream.next_seq - self.viewer.next_seq)

    def drop(self) -> None:
        """End the session of a dead client."""
        self._finish(close(CloseCode.NO_SIGN_OF_LIFE))

    async def run(self, listening: Coroutine[Any, Any, Close | None]) -> Close | None:
        """Show the log; return how the connection ends, or ``None`` when the client ended it.

        ``listening`` returns when the client has gone or has to go.
        """
        self._check_deadline()
        self._traffic.viewers += 1
        work = [self._loop.create_task(self._show()), self._loop.create_task(listening)]
        try:
            await asyncio.wait([self._end, *work], return_when=asyncio.FIRST_COMPLETED)
            first = next(done for done in (self._end, *work) if done.done())
            return first.result()
        finally:
            self._traffic.viewers -= 1
            self._stream.leave(self)
            if self._timer is not None:
                self._timer.cancel()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _show(self) -> Close:
        viewer, stream, channel = self.viewer, self._stream, self._channel
        send = channel.send_lines if viewer.sends_lines else channel.send_records
        while True:
            version = stream.version
            match viewer.step(self._view(), self._loop.time()):
                case SendRecords():
                    batch = stream.batch(self._position)
                    if batch:
                        await send(batch)
                    self._has_got(batch)
                    if self._position.offset < stream.last_offset:
                        await asyncio.sleep(0)  # a client that reads fast must not keep the others waiting
                case SendText(text, kind):
                    await channel.send_text(text, kind)
                case SendStatus():
                    await self._send_status()
                case Wait(until):
                    self._has_waited = True
                    await stream.wait(version, None if until == math.inf else until, self._take)
                case Close() as end:
                    return end
                case unknown:
                    assert_never(unknown)

    def _take(self, batch: Batch) -> bool:
        """Send what follows the last record without being woken; tell whether that could be done."""
        if batch.slice.offset != self._position.offset:
            return False
        if not self._channel.offer(batch, lines=self.viewer.sends_lines):
            return False
        self._has_got(batch)
        return True

    def _has_got(self, batch: Batch) -> None:
        self._position = batch.end
        self.viewer.sent(batch.end.seq)
        self._traffic.sent(len(batch), len(batch.slice.data))
        if self._has_waited:
            self._traffic.late(self._loop.time() - self._stream.published_at)

    def _view(self) -> View:
        view = view_of(self._stream)
        # The service waits for its viewers to leave before it closes their streams.
        return view if self._engine.ready else view._replace(is_closed=True)

    async def _send_status(self) -> None:
        version = self._stream.state_version
        status = await self._engine.status(self._stream.task_id, self._principal)
        await self._channel.send_text(control("status", **status), "status")
        self.viewer.status_sent(version, status["status"], self._loop.time())

    def _check_deadline(self) -> None:
        """End what has to end, also while a send waits for a client that reads nothing."""
        self.viewer.heard(self._channel.last_heard())
        if end := self.viewer.ended(self._loop.time()):
            self._finish(end)
        else:
            self._timer = self._loop.call_at(self.viewer.deadline(), self._check_deadline)

    def _finish(self, end: Close) -> None:
        if not self._end.done():
            self._end.set_result(end)


def view_of(stream: LogStream) -> View:
    """Return what a viewer has to know of ``stream``."""
    return View(stream.next_seq, stream.is_completed, stream.is_closed, stream.state_version, stream.partial)


def close_code_of(error: errors.InstallcastError) -> CloseCode | None:
    """Return the close code for ``error``, ``None`` where it is a fault of the service."""
    return next((code for kind, code in CLOSE_CODES if isinstance(error, kind)), None)
