"""A real service whose tasks are rows in its store and journals on its disk, written by the test; real sockets on both sides."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from installcast.api.app import create_app
from installcast.api.descriptors import Door
from installcast.api.http_protocol import HttpProtocol
from installcast.api.tokens import Tokens
from installcast.api.websocket_protocol import WebSocketProtocol
from installcast.record import LogMessage
from installcast.service import Installcast
from installcast.settings import Settings
from installcast.stream.log_stream import LogStream
from installcast.tasks.access import USER_SCOPES
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Task

from ..stream.journals import JournalWriter

LIMIT = 20.0
"""Seconds after which a test gives up waiting."""

DIRECT = pytest.mark.parametrize("direct", [True, False], ids=["direct", "asgi"])
"""Under our own server, and under any other one."""


class RunningTask:
    """A task, with the runner's side of its journal."""

    def __init__(self, service: LogService, task_id: str, folder: Path) -> None:
        self.task_id = task_id
        self.folder = folder
        self.writer = JournalWriter(folder / "journal.jsonl")
        self._service = service
        self.stream: LogStream = service.engine.logs.create_log_stream(
            task_id, self.writer.path, "nginx", live_file=folder / "live.json", on_final=self._settle
        )

    def write(self, *messages: LogMessage | str) -> None:
        self.writer.write(*messages)

    def write_live(self, **values: Any) -> None:
        state = {"next_seq": self.writer.next_seq, "partial": None, **values}
        (self.folder / "live.json").write_text(json.dumps(state) + "\n")

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.writer.lines]

    async def _settle(self, record: LogMessage) -> None:
        await self._service.engine.store.change(self.task_id, TaskStatus(record.status or ""))

    async def published(self, seq: int | None = None) -> None:
        """Wait until all that was written, or the records before ``seq``, can be seen."""
        wanted = self.writer.next_seq if seq is None else seq
        async with asyncio.timeout(LIMIT):
            while self.stream.next_seq < wanted:
                await self.stream.wait(self.stream.version)


class LogService:
    """A service on a free port, in this event loop."""

    def __init__(self, data_dir: Path, *, direct: bool = True, **settings: Any) -> None:
        self.engine = Installcast(Settings(data_dir=data_dir, **settings))
        app = create_app(self.engine)
        self._tokens: Tokens = app.state.sign_in.tokens
        self._tasks: list[RunningTask] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        protocols: dict[str, Any] = {"ws": "websockets-sansio"}
        if direct:
            protocols = {"ws": WebSocketProtocol, "http": partial(HttpProtocol, door=Door())}
        self._server = _server(app, protocols)
        self._serving: asyncio.Task[None]
        self.http: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        await self.engine.__aenter__()
        self._tokens.prepare()
        self.http = httpx.AsyncClient(base_url=self.url, headers=self.headers())
        self._serving = asyncio.create_task(self._server.serve([self._listener]))
        async with asyncio.timeout(LIMIT):
            await self._server.listening.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self.stop()
        await self.engine.__aexit__(None, None, None)
        for task in self._tasks:
            task.writer.close()

    async def stop(self) -> None:
        """Stop the server, not the engine."""
        self._server.should_exit = True
        await self._serving

    def token(self, sub: str = "alice", scopes: tuple[str, ...] = USER_SCOPES, lifetime: float = 3600) -> str:
        return self._tokens.issue(sub, scopes, lifetime)

    def headers(self, **options: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**options)}"}

    async def add_task(self, task_id: str = "nginx-1.0-0", user: str = "alice") -> RunningTask:
        row = Task(task_id, task_id, "1.0", "install", user, "2026-01-01T00:00:00Z", TaskStatus.RUNNING)
        await self.engine.store.add(row)
        folder = self.engine.settings.tasks_dir / task_id
        folder.mkdir(parents=True)
        task = RunningTask(self, task_id, folder)
        self._tasks.append(task)
        return task

    def watch(self, query: str, *, protocols: tuple[str, ...] = (), **options: Any) -> connect:
        """Open the log's WebSocket: ``task_id`` and what follows it in the query."""
        return connect(
            f"ws://127.0.0.1:{self.port}/v1/log/ws?task_id={query}",
            subprotocols=[Subprotocol(name) for name in protocols] or None,
            **{
                "additional_headers": self.headers(),
                "proxy": None,
                "compression": None,
                "max_size": None,
                "ping_interval": None,
                **options,
            },
        )

    async def records(self, query: str, **options: Any) -> list[dict[str, Any]]:
        """Return all that the plain protocol sends until the service closes with 1000."""
        async with self.watch(query, **options) as viewer:
            frames, code = await drain(viewer)
        assert code == 1000
        return [json.loads(frame) for frame in frames]


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds; for what the service does without telling anybody."""
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def drain(viewer: ClientConnection) -> tuple[list[str], int | None]:
    """Return the frames until the end, and the close code that the service sent."""
    frames: list[str] = []
    try:
        async with asyncio.timeout(LIMIT):
            while True:
                frame = await viewer.recv()
                assert isinstance(frame, str)
                frames.append(frame)
    except ConnectionClosed as closed:
        return frames, closed.rcvd.code if closed.rcvd else None


async def close_code(service: LogService, query: str, **options: Any) -> int | None:
    """Return the code with which a viewer's connection ends."""
    async with service.watch(query, **options) as viewer:
        return (await drain(viewer))[1]


async def reading_nothing(service: LogService, query: str, protocol: str = "") -> socket.socket:
    """Open a WebSocket by hand and read no more than the answer to the upgrade."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", service.port))
    lines = [
        f"GET /v1/log/ws?task_id={query} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        f"Authorization: Bearer {service.token()}",
        *([f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []),
    ]
    await loop.sock_sendall(client, "\r\n".join([*lines, "", ""]).encode())
    assert (await loop.sock_recv(client, 20)).startswith(b"HTTP/1.1 101")
    return client


def objects(frames: list[str]) -> list[dict[str, Any]]:
    """Return the objects in frames of lines."""
    for frame in frames:
        assert frame.endswith("\n")
    return [json.loads(line) for frame in frames for line in frame[:-1].split("\n")]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def _server(app: ASGIApp, protocols: dict[str, Any]) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            **protocols,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=5,
        )
    )
