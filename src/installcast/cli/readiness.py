"""Tell a service manager how the service is: ``Type=notify`` of systemd, and whoever speaks its protocol.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator

_BEATS = 3
"""Signs of life within the time after which the manager takes us for dead: one may come late."""


def tell_service_manager(state: str) -> None:
    """Send ``state``, such as ``READY=1``, to the socket that ``NOTIFY_SOCKET`` names; without one nobody asked."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # a name that lies in no folder
    # A manager that does not listen will say so itself: it waits for this word with a limit.
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.connect(address)
        manager.send(state.encode())


def watchdog_seconds() -> float | None:
    """Return within how many seconds a sign of life is expected from this process, ``None`` where nobody expects one."""
    text = os.environ.get("WATCHDOG_USEC", "")
    if not text.isdecimal() or not int(text):
        return None
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None  # meant for a process that started us
    return int(text) / 1_000_000


@contextlib.asynccontextmanager
async def reported(stop: asyncio.Event) -> AsyncIterator[None]:
    """Tell that the service ends as soon as ``stop`` is set, and that it lives for as long as the event loop turns.

    The loop is what hangs where something hangs: all requests, viewers and ends of tasks go through it.
    """
    reporters = [asyncio.create_task(_tell_stop(stop))]
    if (seconds := watchdog_seconds()) is not None:
        reporters.append(asyncio.create_task(_beat(seconds / _BEATS)))
    try:
        yield
    finally:
        for reporter in reporters:
            reporter.cancel()
        await asyncio.wait(reporters)


async def _tell_stop(stop: asyncio.Event) -> None:
    await stop.wait()
    tell_service_manager("STOPPING=1")


async def _beat(pause: float) -> None:
    while True:
        tell_service_manager("WATCHDOG=1")
        await asyncio.sleep(pause)
