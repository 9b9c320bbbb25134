"""A service that is killed and started again while others use it."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import httpx

from tests.service import START_LIMIT, Service


class Keeper:
    """Starts and ends ``service`` without keeping the event loop waiting."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._http = httpx.AsyncClient(base_url=service.url, timeout=5)

    async def close(self) -> None:
        """Give the connections back. The service goes on."""
        await self._http.aclose()

    def spawn(self) -> None:
        """Start the service; it is not ready yet."""
        self.service.spawn()

    async def ready(self) -> float:
        """Return, when it takes requests, the seconds that this took. Raises ``AssertionError`` when it ends instead."""
        began = time.monotonic()
        process = self.service.process
        assert process is not None
        while time.monotonic() < began + START_LIMIT:
            try:
                if (await self._http.get("/readyz")).status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            if process.poll() is not None:
                break
            await asyncio.sleep(0.02)
        raise AssertionError(f"no start ({process.poll()}): {self._log()}")

    async def start(self) -> float:
        """Start the service and return, when it takes requests, the seconds that this took."""
        self.spawn()
        return await self.ready()

    async def kill(self) -> None:
        """SIGKILL, as a crash would. Raises ``AssertionError`` when it had ended by itself."""
        process = self.service.process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        status = await asyncio.to_thread(process.wait)
        assert status == -signal.SIGKILL, f"it had ended by itself ({status}): {self._log()}"

    async def stop(self) -> float:
        """SIGTERM. Returns the seconds that it took to end."""
        process = self.service.process
        assert process is not None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 60)
        return time.monotonic() - began

    def _log(self) -> str:
        return (self.service.folder / "serve.log").read_text()[-3000:]


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds."""
    with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
