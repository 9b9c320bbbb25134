"""What may stand between a browser and a service: it cuts, swallows, refuses WebSockets, and keeps streams to itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SOCKET = b"GET /v1/log/ws"
STREAM = b"GET /v1/log/sse"

_REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Middlebox:
    """Stands before ``port``, in a thread of its own; fair until told otherwise. Its attributes count from the next bytes on."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._connections: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop
        self.port = 0
        self.refuses: set[bytes] = set()
        """Beginnings of requests that it answers itself, with 502."""
        self.holds: set[bytes] = set()
        """Beginnings of requests whose answers it keeps to itself."""
        self.swallows = False
        """Nothing passes, and nobody is told."""
        self.is_cut = False

    @property
    def url(self) -> str:
        """Where the service seems to be."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break all connections, and each new one, until :attr:`is_cut` is false again."""
        self.is_cut = True
        self._loop.call_soon_threadsafe(self._break)

    async def serve(self, ready: threading.Event, stop: threading.Event) -> None:
        """Run until ``stop``."""
        self._loop = asyncio.get_running_loop()
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await asyncio.to_thread(stop.wait)
            server.close()
            connections = list(self._connections)
            self._break()
            await asyncio.gather(*connections, return_exceptions=True)

    def _break(self) -> None:
        for connection in self._connections:
            connection.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._connections.add(this)
        writers = [writer]
        # A connection that is cut is cancelled; of that, asyncio would complain.
        with suppress(OSError, asyncio.CancelledError):
            if not self.is_cut:
                reader_there, writer_there = await asyncio.open_connection("127.0.0.1", self._target)
                writers.append(writer_there)
                async with asyncio.TaskGroup() as ways:
                    held = asyncio.Event()
                    ways.create_task(self._ask(reader, writer, writer_there, held))
                    ways.create_task(self._answer(reader_there, writer, held))
        self._connections.discard(this)
        for end in writers:
            end.transport.abort()

    async def _ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamWriter,
        held: asyncio.Event,
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if any(data.startswith(request) for request in self.refuses):
                    writer.write(_REFUSAL)
                    await writer.drain()
                    break
                if any(data.startswith(request) for request in self.holds):
                    held.set()
                if not self.swallows:
                    there.write(data)
            there.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, held: asyncio.Event
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if not self.swallows and not held.is_set():
                    writer.write(data)
                    await writer.drain()
            writer.close()


@contextmanager
def middlebox(port: int) -> Iterator[Middlebox]:
    """A middlebox before ``port``, for as long as the block runs."""
    box, ready, stop = Middlebox(port), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(box.serve(ready, stop)))
    thread.start()
    try:
        assert ready.wait(10)
        yield box
    finally:
        stop.set()
        thread.join()
