"""What pages do that poll: read the whole log each second or two, and look for what is new."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from pathlib import Path
from typing import NamedTuple

POLL_SECONDS = 1.0
_PRINTED = re.compile(rb"@(\d+)@")


class Polled(NamedTuple):
    """What pages saw. ``waits``: milliseconds from print to the read that showed the line; ``bytes``: read by each page."""

    waits: list[float]
    bytes: float


class Pages:
    """Pages that read a file, in a thread of their own. Enter it to open them."""

    def __init__(self, log: Path, count: int) -> None:
        self._log = log
        self._count = count
        self._ended = threading.Event()
        self._found: list[tuple[list[float], int]] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()

    def close(self) -> Polled:
        """Close them; return what they saw."""
        self._ended.set()
        self._thread.join()
        waits = [wait for seen, _ in self._found for wait in seen]
        return Polled(waits, sum(size for _, size in self._found) / self._count)

    async def _run(self) -> None:
        self._found = await asyncio.gather(*(self._page() for _ in range(self._count)))

    async def _page(self) -> tuple[list[float], int]:
        waits: list[float] = []
        seen, size = 0, 0
        await asyncio.sleep(random.random() * POLL_SECONDS)
        while not self._ended.is_set():
            data = self._log.read_bytes()
            now = time.monotonic_ns()
            size += len(data)
            printed = _PRINTED.findall(data)
            waits += [(now - int(moment)) / 1e6 for moment in printed[seen:]]
            seen = len(printed)
            await asyncio.sleep(POLL_SECONDS)
        return waits, size
