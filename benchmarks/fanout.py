"""A line on its way: printed by a script, parsed, masked, in the journal, and received by fifty viewers.

Beside it what it takes the place of: fifty pages that read the log file each second.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.report import Row, at_most, percentile

VIEWERS = 50
LINES_PER_SECOND = 100
SECONDS = 10
POLL_SECONDS = 1.0
WARM_UP = 100
"""Lines before the first one that counts."""

SCRIPT = f"""#!/bin/sh
exec "$INSTALLCAST_PYTHON" -c '
import time
step = 1 / {LINES_PER_SECOND}
due = time.monotonic() + 1
for number in range({WARM_UP + LINES_PER_SECOND * SECONDS}):
    time.sleep(max(0, due - time.monotonic()))
    print("at", time.monotonic_ns(), flush=True)
    due += step
'
"""
"""Each line says when it was printed, by the clock that all processes of a machine share."""


class Viewer(asyncio.Protocol):
    """The smallest client that can tell when a record came: what it costs is not what is measured."""

    def __init__(self, request: bytes) -> None:
        self.waits: list[float] = []
        """Seconds from print to receipt, of each line."""
        self.ended = asyncio.get_running_loop().create_future()
        self._request = request
        self._data = b""
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._data += data
        if not self._upgraded:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head
            self._upgraded, self._data = True, rest
        for payload in self._frames():
            if (start := payload.find(b'"message":"at ')) > 0:
                printed = int(payload[start + 14 : payload.index(b'"', start + 14)])
                self.waits.append((now - printed) / 1e9)

    def _frames(self) -> Iterator[bytes]:
        while len(self._data) >= 2:
            size, start = self._data[1], 2
            if size == 126:
                start = 4
                if len(self._data) < start:
                    return
                (size,) = struct.unpack("!H", self._data[2:4])
            if len(self._data) < start + size:
                return
            payload, self._data = self._data[start : start + size], self._data[start + size :]
            yield payload


@contextmanager
def service(base: Path) -> Iterator[tuple[int, int, dict[str, str]]]:
    """Start ``installcast serve`` with a recipe that prints; yield its pid, its port and the headers of a user."""
    recipe = base / "recipes/lines"
    recipe.mkdir(parents=True)
    (recipe / "install.sh").write_text(SCRIPT)
    (recipe / "install.sh").chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    config = base / "config.yaml"
    settings = {"recipes": [str(recipe.parent)], "log": {"max_clients_per_task": VIEWERS}}
    config.write_text(json.dumps(settings))
    command = [sys.executable, "-m", "installcast", "--config", str(config), "--data-dir", str(base / "data")]
    process = subprocess.Popen(
        [*command, "serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            assert process.poll() is None, "the service did not start"
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        token = subprocess.run(
            [*command, "token", "--sub", "bench", "--scope", "soft:install log:read"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        yield process.pid, port, {"Authorization": f"Bearer {token}"}
    finally:
        process.terminate()
        process.wait()


async def watch(port: int, headers: dict[str, str], task_id: str) -> list[float]:
    """Return the waits of one viewer, after the warm-up."""
    lines = [
        f"GET /v1/log/ws?task_id={task_id} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    transport, viewer = await asyncio.get_running_loop().create_connection(
        lambda: Viewer(request), "127.0.0.1", port
    )
    await viewer.ended
    transport.close()
    assert len(viewer.waits) == WARM_UP + LINES_PER_SECOND * SECONDS
    return viewer.waits[WARM_UP:]


async def poll(journal: Path, ended: asyncio.Event) -> tuple[list[float], int]:
    """Read the whole file each second, as an old page did; return the waits of its lines, and the bytes read."""
    waits: list[float] = []
    seen, size = 0, 0
    await asyncio.sleep(random.random() * POLL_SECONDS)
    while not ended.is_set():
        data = journal.read_bytes()
        now = time.monotonic_ns()
        size += len(data)
        lines = [line for line in data.split(b"\n")[:-1] if b'"message":"at ' in line]
        for line in lines[seen:]:
            start = line.index(b'"message":"at ') + 14
            waits.append((now - int(line[start : line.index(b'"', start)])) / 1e9)
        seen = len(lines)
        await asyncio.sleep(POLL_SECONDS)
    return waits, size


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used, as the kernel counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def measure(base: Path, pid: int, port: int, headers: dict[str, str]) -> list[Row]:
    """Run the install twice: once with viewers, once with pages that poll."""
    rows = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:

        async def install() -> str:
            answer = await client.post("/v1/soft/install", json={"key": "lines"})
            task_id: str = answer.json()["data"]["task_id"]
            return task_id

        before = cpu_seconds(pid)
        task_id = await install()
        all_waits = await asyncio.gather(*(watch(port, headers, task_id) for _ in range(VIEWERS)))
        used = cpu_seconds(pid) - before
        waits = [wait * 1000 for of_one in all_waits for wait in of_one]
        journal = base / f"data/tasks/{task_id}/journal.jsonl"
        rows += [
            at_most(
                f"line printed → frame received, {VIEWERS} viewers, p50", percentile(waits, 0.5), "ms", 3
            ),
            Row("  p99", f"{percentile(waits, 0.99):.4g} ms"),
            Row("  the server's CPU for each line and viewer", f"{used / len(waits) * 1e6:.3g} µs"),
        ]
        pushed = journal.stat().st_size
        task_id = await install()
        ended = asyncio.Event()
        pages = [
            asyncio.create_task(poll(base / f"data/tasks/{task_id}/journal.jsonl", ended))
            for _ in range(VIEWERS)
        ]
        await watch(port, headers, task_id)
        ended.set()
        polled = await asyncio.gather(*pages)
        waits = [wait * 1000 for page, _ in polled for wait in page[WARM_UP:]]
        read = sum(size for _, size in polled) / VIEWERS
        rows += [
            Row(f"  the file read each second, {VIEWERS} pages, p50", f"{percentile(waits, 0.5):.4g} ms"),
            Row("  p99", f"{percentile(waits, 0.99):.4g} ms"),
            Row("bytes to a viewer, of what a page reads", f"{pushed / read:.0%}"),
        ]
    return rows


def latency(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder."""
    with service(base) as (pid, port, headers):
        return asyncio.run(measure(base, pid, port, headers))
