"""uvicorn's HTTP protocol, for a service that is watched for hours by whom nobody knows.

A connection for which there are no descriptors left gets 503 instead of what it asks for, and soon goes; a client that takes
nothing is cut; and at the end of the service, nobody who reads nothing holds it.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from installcast.api.descriptors import Door, Room
from installcast.api.envelope import OutOfDescriptorsError, failure, locale_of
from installcast.api.peers import PeerWatch, cut

CUT = "installcast.cut"
"""Key in the scope's ``extensions`` of what ends the connection at once, whatever is still on its way."""

CLOSE_GRACE = 4.0
"""Seconds that a client has to take its answer when the service ends: less than uvicorn waits before it cancels the work."""
REFUSAL_SECONDS = 1.0
"""How long a connection for which there is no room may take to say what it wants, and to hear that there is none."""


class HttpProtocol(HttpToolsProtocol):
    """One HTTP connection, until it becomes a WebSocket."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        door: Door,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._door = door
        self._watch: PeerWatch | None = None
        self._end: asyncio.TimerHandle | None = None
        self._refuses = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Look whether there is room."""
        super().connection_made(transport)
        self._watch = PeerWatch(self.loop, transport)
        self._watch.start()
        connection = transport.get_extra_info("socket")
        room = Room.ENOUGH if connection is None else self._door.room(connection.fileno())
        if room is Room.NONE:
            cut(transport)
        elif room is Room.ANSWER:
            self._refuses = True
            self.app = _refuse
            self._abort_after(REFUSAL_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._forget()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Add what ends this connection to the scope that the application gets."""
        super().on_message_begin()
        self.scope["extensions"] = {CUT: partial(cut, self.transport)}  # type: ignore[dict-item]

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to the other protocol, which has timers of its own."""
        self._forget()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """End when the answer under way is taken, and soon in any case."""
        super().shutdown()
        self._abort_after(CLOSE_GRACE)

    def _should_upgrade(self) -> bool:
        return not self._refuses and super()._should_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        # What is refused is no news: in a shortage there are thousands of them.
        if not self._refuses:
            super()._unsupported_upgrade_warning()

    def _abort_after(self, seconds: float) -> None:
        if self._end is None:
            self._end = self.loop.call_later(seconds, cut, self.transport)

    def _forget(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        if self._end is not None:
            self._end.cancel()
            self._end = None


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    answer = failure(OutOfDescriptorsError(), locale_of(Request(scope)))
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)
