"""Viewers that stay with a task over all crashes of the service, and keep every byte that they were shown."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from collections import Counter
from typing import Literal

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from tests.service import Service

Protocol = Literal["plain", "v2"]

FINISHED = 1000
COME_BACK = {1006, 1012, 1013, 4503, 4508, 4529}
"""Close codes after which the contract lets a viewer return; 1006 is a connection that just broke, 1013
a service without descriptors."""

_PARTIAL = b'"partial":true'
_RECORD = b'{"seq":'


class ViewerError(Exception):
    """A viewer was shown something that it must not be shown."""


class Viewer:
    """Watches ``task_id`` until its end is told, coming back with ``since`` as often as it takes."""

    def __init__(self, service: Service, token: str, task_id: str, protocol: Protocol) -> None:
        self.task_id = task_id
        self.protocol = protocol
        self.next_seq = 0
        self.collected = bytearray()
        """All records that were shown, one a line."""
        self.closes: Counter[int] = Counter()
        """How often its connection ended, by close code."""
        self.end: dict[str, object] | None = None
        """The ``end`` object of the protocol v2."""
        self._service = service
        self._token = token
        self._left = False

    async def watch(self, *, pause: float = 0.0, leave_after: int | None = None) -> None:
        """Return when the log has ended. ``pause``: seconds between two frames, of a slow viewer. ``leave_after``:
        frames after which it leaves and comes back. Raises :class:`ViewerError`."""
        while True:
            try:
                async with self._connect() as connection:
                    await self._read(connection, pause, leave_after)
            except ConnectionClosed:
                pass
            except (OSError, InvalidHandshake, InvalidMessage, TimeoutError):
                self.closes[1006] += 1  # nobody there, or he died during the upgrade
                await asyncio.sleep(random.uniform(0.02, 0.1))
                continue
            code = connection.close_code or 1006
            self.closes[code] += 1
            if code == FINISHED and not self._left:
                return
            if code not in COME_BACK and not self._left:
                raise ViewerError(f"{self.protocol}: closed with {code} {connection.close_reason!r}")
            await asyncio.sleep(random.uniform(0.0, 0.05))

    def _connect(self) -> connect:
        return connect(
            f"ws://127.0.0.1:{self._service.port}/v1/log/ws?task_id={self.task_id}&since={self.next_seq}",
            additional_headers={"Authorization": f"Bearer {self._token}"},
            subprotocols=[Subprotocol("installcast.v2")] if self.protocol == "v2" else None,
            compression=None,
            max_size=None,
            proxy=None,
            open_timeout=10,
            close_timeout=1,
        )

    async def _read(self, connection: ClientConnection, pause: float, leave_after: int | None) -> None:
        self._left = False
        frames = 0
        async for frame in connection:
            data = frame.encode() if isinstance(frame, str) else frame
            if self.protocol == "v2":
                if not data.endswith(b"\n"):
                    raise ViewerError(f"v2: a frame that ends in the middle of a line: {data[-80:]!r}")
                for line in data[:-1].split(b"\n"):
                    self._take_line(line)
            else:
                self._take_record(data)
            frames += 1
            if leave_after is not None and frames >= leave_after:
                self._left = True
                return
            if pause:
                await asyncio.sleep(pause)

    def _take_line(self, line: bytes) -> None:
        if not line.startswith(_RECORD):
            control = json.loads(line)
            if control["type"] == "hello" and control["next_seq"] != self.next_seq:
                raise ViewerError(f"v2: asked for {self.next_seq}, promised {control['next_seq']}")
            if control["type"] == "end":
                self.end = control
        elif _PARTIAL not in line:
            self._take_record(line)

    def _take_record(self, line: bytes) -> None:
        expected = b"%s%d," % (_RECORD, self.next_seq)
        if not line.startswith(expected) or b"\n" in line:
            raise ViewerError(f"{self.protocol}: expected record {self.next_seq}, got {line[:80]!r}")
        self.collected += line + b"\n"
        self.next_seq += 1


async def stare(service: Service, token: str, task_id: str, seconds: float) -> None:
    """Open a log and never read a byte of it, for so long; then reset the connection."""
    await _raw(service, token, f"/v1/log/ws?task_id={task_id}", seconds, upgrade=True)


async def reset_midway(service: Service, token: str, path: str) -> None:
    """Ask for ``path`` and reset the connection before the answer can have come."""
    await _raw(service, token, path, 0.0, upgrade=False)


async def _raw(service: Service, token: str, path: str, seconds: float, *, upgrade: bool) -> None:
    words = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{service.port}", f"Authorization: Bearer {token}"]
    if upgrade:
        words += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        words += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        # Closed with a reset, not with an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            await loop.sock_connect(connection, ("127.0.0.1", service.port))
            await loop.sock_sendall(connection, ("\r\n".join(words) + "\r\n\r\n").encode())
        except OSError:
            return  # the service is down at the moment
        await asyncio.sleep(seconds)
