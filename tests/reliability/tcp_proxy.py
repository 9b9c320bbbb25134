"""A bad network on 127.0.0.1: a proxy that delays, splits at any byte, stalls, swallows, and resets in the end."""

from __future__ import annotations

import asyncio
import math
import random
import socket
import struct
from contextlib import suppress
from typing import Self

_RESET = struct.pack("ii", 1, 0)
"""``struct linger``: for no second."""
_PIECE_BYTES = 2000


class BadNetwork:
    """Stands before ``port``. ``chance`` decides how each connection fares, and after how many bytes it ends."""

    def __init__(self, port: int, chance: random.Random, *, least: int = 200, most: int = 300_000) -> None:
        self._target = port
        self._chance = chance
        self._least = least
        self._most = most
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0
        self.broken = 0
        """Connections that it has broken."""
        self.most_broken = math.inf
        """How many it breaks at most; from then on the weather is fair."""
        self._server: asyncio.Server

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
        await asyncio.sleep(0)  # transports that were aborted let go of their sockets

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._connections.add(this)
        this.add_done_callback(self._connections.discard)
        try:
            reader_there, writer_there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        there = asyncio.create_task(_forward(reader, writer_there))
        back = asyncio.create_task(self._spoil(reader_there, writer))
        breaks = True
        try:
            # Cancelled when the network is taken down; of that, asyncio would complain.
            with suppress(asyncio.CancelledError):
                await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
                breaks = back.done() and back.result()
                self.broken += breaks
        finally:
            there.cancel()
            back.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            for end in (writer, writer_there):
                if breaks:
                    _reset(end)
                else:
                    end.close()

    async def _spoil(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Pass bytes on, badly; return whether the connection is to be broken."""
        chance = self._chance
        if self.broken >= self.most_broken:
            await _forward(reader, writer)
            return False
        left = self._least + int(chance.random() ** 3 * self._most)
        splits, stalls, swallows = (chance.random() < 0.4 for _ in range(3))
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if stalls:
                    await asyncio.sleep(chance.uniform(0, 0.1))
                ends = len(data) >= left
                data = data[:left]
                left -= len(data)
                while data:
                    size = chance.randrange(1, _PIECE_BYTES) if splits else len(data)
                    writer.write(data[:size])
                    data = data[size:]
                    await asyncio.sleep(0)
                await writer.drain()
                if ends:
                    if swallows:  # nothing passes, and nobody says so
                        await asyncio.sleep(chance.uniform(0.1, 0.5))
                    return True
        return False


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    if not writer.transport.is_closing():
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
