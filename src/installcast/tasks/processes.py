"""The processes of a task, seen from the server: its runner, and a script whose runner died under it.

Neither is a child of ours, and numbers of processes come back, so one is known by its number and the time at which it
began, and watched through a pidfd.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from installcast.runner.inputs import OUTPUT_FIFO
from installcast.runner.probe import is_running, read_started
from installcast.runner.tree import start_time
from installcast.stream.live import read_live
from installcast.tasks.folder import live_file

_RECHECK_SECONDS = 2.0
"""Between two looks at a lock whose holder cannot be watched: another pid namespace, or a kernel before 5.3."""

_READ_BYTES = 65_536


class Process(NamedTuple):
    """A process: its number, and when it began, in clock ticks since boot."""

    pid: int
    began: int

    def open(self) -> int | None:
        """Return a pidfd, or ``None`` when the process is gone or cannot be seen."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:
            return None
        # Looked at behind the descriptor: from here on the number cannot become somebody else's.
        with contextlib.suppress(OSError):
            if start_time(self.pid) == self.began and not _has_ended(descriptor):
                return descriptor
        os.close(descriptor)
        return None

    async def wait(self) -> bool:
        """Return when it has ended, ``False`` when there was nothing to wait for."""
        descriptor = self.open()
        if descriptor is None:
            return False
        try:
            await _readable(descriptor)
        finally:
            os.close(descriptor)
        return True


async def runner_end(folder: Path) -> None:
    """Return when no runner holds the task in ``folder`` any more."""
    while is_running(folder):
        runner = None
        with contextlib.suppress(ValueError):
            if started := read_started(folder):
                runner = Process(started.pid, started.start_time)
        if runner is None or not await runner.wait():
            await asyncio.sleep(_RECHECK_SECONDS)


def orphan_of(folder: Path) -> Process | None:
    """Return the script that still runs although its runner is gone, or ``None``."""
    live = read_live(live_file(folder))
    script = live.state.get("script") if live else None
    if not isinstance(script, dict):
        return None
    try:
        found = Process(int(script["pid"]), int(script["start_time"]))
    except (KeyError, TypeError, ValueError):
        return None
    descriptor = found.open()
    if descriptor is None:
        return None
    os.close(descriptor)
    return found


async def outlive(folder: Path, orphan: Process) -> None:
    """Return when ``orphan`` has ended. What it prints is read and dropped, so that it does not wait for a reader for ever."""
    loop = asyncio.get_running_loop()
    try:
        output = os.open(folder / OUTPUT_FIFO, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        await orphan.wait()
        return

    def drop() -> None:
        with contextlib.suppress(BlockingIOError):
            if not os.read(output, _READ_BYTES):
                loop.remove_reader(output)

    loop.add_reader(output, drop)
    try:
        await orphan.wait()
    finally:
        loop.remove_reader(output)
        os.close(output)


async def end_orphan(orphan: Process, kill_grace: float) -> None:
    """Send SIGTERM to the session of ``orphan``, and SIGKILL to what is left of it after ``kill_grace`` seconds."""
    _signal_session(orphan, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(kill_grace):
            await orphan.wait()
            return
    _signal_session(orphan, signal.SIGKILL)


def _signal_session(leader: Process, number: signal.Signals) -> None:
    descriptor = leader.open()
    if descriptor is None:
        return
    try:
        for pid in _session(leader.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)


def _session(leader: int) -> Iterator[int]:
    """Yield the processes of a session, but for its leader."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != leader:
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == leader:
                    yield int(entry.name)


def _has_ended(pidfd: int) -> bool:
    """Return whether the process has ended. It may still have its number, where nobody takes leave of it."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(0))


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def readable() -> None:
        loop.remove_reader(descriptor)
        if not future.done():
            future.set_result(None)

    loop.add_reader(descriptor, readable)
    try:
        await future
    finally:
        loop.remove_reader(descriptor)
