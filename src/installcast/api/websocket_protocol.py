"""uvicorn's WebSocket protocol with the few things that ASGI has no words for.

``uvicorn.run(…, ws=WebSocketProtocol)`` (or its dotted name) hands the application a :class:`ServerConnection` in the
scope. It writes frames that are built once for all viewers, knows when the client last gave a sign of life, and gets
rid of one that does not read. Under another server the application goes without: see
:mod:`installcast.api.websocket`.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request
from websockets.server import ServerProtocol

from installcast.api.peers import PeerWatch, cut

EXTENSION = "installcast.connection"
"""Key of the :class:`ServerConnection` in the scope's ``extensions``."""

PING_INTERVAL = 20.0
"""Seconds between two pings."""
MAX_MESSAGE_BYTES = 65_536
"""The largest message of a client. It has nothing to say."""
CLOSE_GRACE = 5.0
"""Seconds that a client has to take what is on its way when a connection ends; one that reads nothing would stay for ever."""

ARRIVALS = 8
"""Viewers that are let in at the same time. When a restarted service meets a thousand of them, what costs a millisecond each
would otherwise keep everybody else waiting for a second."""
RETRY_SECONDS = 2
"""When to come back to a service that restarts, which takes a second."""


class ConnectionGoneError(Exception):
    """The client is no longer there, or the closing handshake has begun."""


class ServerConnection(Protocol):
    """What the application may do with its connection beside ASGI."""

    last_heard: float
    """The event loop's time of the last bytes that came from the client."""

    def arrived(self) -> None:
        """Let the next viewer in: what is expensive about this one is done."""

    async def write(self, frames: bytes) -> None:
        """Write whole WebSocket frames as they are. Waits while the client is behind; raises :class:`ConnectionGoneError`."""

    def offer(self, frames: bytes) -> bool:
        """Write frames if the client is there and not behind; tell whether it was done."""

    def is_behind(self) -> bool:
        """Tell whether the client has not read what was written so far."""

    async def probe(self, seconds: float) -> bool:
        """Ask for a sign of life; tell whether one came within so many seconds."""

    def abort_soon(self) -> None:
        """Cut the connection when the client does not take its end within :data:`CLOSE_GRACE`."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket connection; it is its own :class:`ServerConnection`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        arrivals: asyncio.Semaphore | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._arrivals = arrivals
        self._arriving = False
        self.last_heard = self.loop.time()
        # The application decides when silence has lasted too long; uvicorn only asks. (A pong timeout of its own would
        # end the connection with 1011, which tells a client nothing.)
        self.ping_interval = PING_INTERVAL
        self.ping_timeout = None
        # No compression: for each viewer it costs several times the CPU of everything else, and inwards it is a way to
        # attack.
        self.conn = ServerProtocol(max_size=MAX_MESSAGE_BYTES, logger=self.logger)
        self._watch: PeerWatch | None = None
        self._abort_timer: asyncio.TimerHandle | None = None
        self._heard = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        """Take note that the client lives."""
        self.last_heard = self.loop.time()
        self._heard.set()
        super().data_received(data)

    def handle_connect(self, event: Request) -> None:
        """Add this connection to the scope that the application gets."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to look after the client."""
        super().connection_made(transport)
        self._watch = PeerWatch(self.loop, self.transport)
        self._watch.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        if self._watch is not None:
            self._watch.stop()
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None
        super().connection_lost(exc)

    async def run_asgi(self) -> None:
        """Wait for its turn, then let the application have it."""
        if self._arrivals is not None:
            await self._arrivals.acquire()
            self._arriving = True
        try:
            if not self.transport.is_closing():
                await super().run_asgi()
        finally:
            self.arrived()

    def arrived(self) -> None:
        """Give the turn to the next one. A second call does nothing."""
        if self._arriving and self._arrivals is not None:
            self._arriving = False
            self._arrivals.release()

    async def send(self, message: ASGISendEvent) -> None:
        """Take note of a refusal, too, as the end of the handshake: uvicorn would log it as a fault of the application."""
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True

    def shutdown(self) -> None:
        """Say 1012 and close, or 503 before the upgrade. One that does not read must not hold the server, which waits for all."""
        if not self.transport.is_closing():
            if self.handshake_complete or self.initial_response is not None:
                super().shutdown()
            else:
                self._refuse_restarting()
        self.abort_soon()

    def _refuse_restarting(self) -> None:
        answer = self.conn.reject(503, "The service is restarting.\n")
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        self.conn.send_response(answer)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self.handshake_complete = True
        self.transport.close()

    async def write(self, frames: bytes) -> None:
        """Write frames, when the client has room for them."""
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ConnectionGoneError
        self.transport.write(frames)

    def offer(self, frames: bytes) -> bool:
        """Write frames, if the client has room for them."""
        if not self.writable.is_set() or self.disconnected or self.close_sent or self.transport.is_closing():
            return False
        self.transport.write(frames)
        return True

    def is_behind(self) -> bool:
        """Tell whether writing is paused."""
        return not self.writable.is_set()

    async def probe(self, seconds: float) -> bool:
        """Send a ping beside the regular ones. Any answer counts, so it carries nothing."""
        if self.disconnected or self.close_sent or self.transport.is_closing():
            return False
        self._heard.clear()
        self.conn.send_ping(b"")
        self.transport.write(b"".join(self.conn.data_to_send()))
        try:
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        except TimeoutError:
            return False
        return not self.disconnected

    def abort_soon(self) -> None:
        """Start the timer, once."""
        if self._abort_timer is None and not self.disconnected:
            self._abort_timer = self.loop.call_later(CLOSE_GRACE, cut, self.transport)
