"""The way from a viewer's session to its client, here over a WebSocket: straight to the transport under our own server, by
ASGI under any other.

A session sends the next thing only when the last one is on its way, so a client that is behind holds one batch in
memory and no more.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar, Literal, Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from installcast.api.websocket_protocol import (
    CLOSE_GRACE,
    EXTENSION,
    PING_INTERVAL,
    ConnectionGoneError,
    ServerConnection,
)
from installcast.stream.batch import Batch, text_frame

PROBE_SECONDS = 2.0
"""How long a viewer has to answer when another one wants its place."""


class Channel(Protocol):
    """A client, after the upgrade. Sending raises :class:`ConnectionGoneError` when it is no longer there."""

    transport: ClassVar[Literal["ws", "sse"]]

    def arrived(self) -> None:
        """Note that the client is let in, or refused."""

    async def send_records(self, batch: Batch) -> None:
        """Send each record as a frame."""

    async def send_lines(self, batch: Batch) -> None:
        """Send all records as few frames of lines."""

    def offer(self, batch: Batch, *, lines: bool) -> bool:
        """Send records, or lines, where that needs no waiting; tell whether it was done."""

    async def send_text(self, text: str, kind: str = "") -> None:
        """Send one line. ``kind`` is the ``type`` of a control object."""

    async def close(self, code: int, reason: str) -> None:
        """Begin the end of the connection; it ends soon, whatever the client does."""

    def last_heard(self) -> float:
        """Return the event loop's time of the last sign of life."""

    async def is_alive(self) -> bool:
        """Look for a sign of life right now."""


def channel_of(socket: WebSocket) -> Channel:
    """Return the best way to the client of an accepted ``socket``."""
    connection = socket.scope.get("extensions", {}).get(EXTENSION)
    if connection is None:
        return AsgiChannel(socket)
    return DirectChannel(socket, connection)


class AsgiChannel:
    """Works under every ASGI server, which keeps pongs to itself: here a send that does not end is the lack of life."""

    transport: ClassVar[Literal["ws", "sse"]] = "ws"

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._blocked_since: float | None = None

    def arrived(self) -> None:
        """Do nothing: here they come as the server lets them."""

    async def send_records(self, batch: Batch) -> None:
        """Send each record as a frame."""
        for text in batch.texts:
            await self.send_text(text)

    async def send_lines(self, batch: Batch) -> None:
        """Send all records as few frames of lines."""
        for text in batch.line_texts:
            await self.send_text(text)

    def offer(self, batch: Batch, *, lines: bool) -> bool:  # noqa: ARG002 - of the interface
        """Do nothing: ASGI has no way to send without waiting."""
        return False

    async def send_text(self, text: str, kind: str = "") -> None:  # noqa: ARG002 - of the interface
        """Send one frame, which says itself what it is."""
        self._blocked_since = self._loop.time()
        try:
            await self._socket.send({"type": "websocket.send", "text": text})
        except (WebSocketDisconnect, RuntimeError):  # servers say "after the close" by a RuntimeError
            raise ConnectionGoneError from None
        self._blocked_since = None

    async def close(self, code: int, reason: str) -> None:
        """Close; leave it to the server when the client takes nothing."""
        with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(CLOSE_GRACE):
                await self._socket.close(code, reason)

    def last_heard(self) -> float:
        """Return since when the client takes nothing, or the present."""
        return self._loop.time() if self._blocked_since is None else self._blocked_since

    async def is_alive(self) -> bool:
        """Tell whether the client takes what is sent."""
        return self._loop.time() - self.last_heard() < PING_INTERVAL


class DirectChannel:
    """Writes frames that all viewers share."""

    transport: ClassVar[Literal["ws", "sse"]] = "ws"

    def __init__(self, socket: WebSocket, connection: ServerConnection) -> None:
        self._socket = socket
        self._connection = connection
        self._loop = asyncio.get_running_loop()

    def arrived(self) -> None:
        """Let the next one in."""
        self._connection.arrived()

    async def send_records(self, batch: Batch) -> None:
        """Send each record as a frame, all in one write."""
        await self._connection.write(batch.record_frames)

    async def send_lines(self, batch: Batch) -> None:
        """Send all records as few frames of lines."""
        await self._connection.write(batch.line_frames)

    def offer(self, batch: Batch, *, lines: bool) -> bool:
        """Write records or lines to a client that is not behind."""
        return self._connection.offer(batch.line_frames if lines else batch.record_frames)

    async def send_text(self, text: str, kind: str = "") -> None:  # noqa: ARG002 - of the interface
        """Send one frame, which says itself what it is."""
        await self._connection.write(text_frame(text.encode()))

    async def close(self, code: int, reason: str) -> None:
        """Close, and cut the connection when the client does not take it."""
        self._connection.abort_soon()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.close(code, reason)

    def last_heard(self) -> float:
        """Return when the last bytes came."""
        return self._connection.last_heard

    async def is_alive(self) -> bool:
        """Ask. One that is behind cannot answer soon: there the last regular ping counts."""
        if self._connection.is_behind():
            return self._loop.time() - self._connection.last_heard < 2 * PING_INTERVAL
        return await self._connection.probe(PROBE_SECONDS)
