"""Processes that are no children of ours: the runners, and what a killed runner has left behind.

Numbers of processes come back, so one is known by its number and the time at which it began, and watched and signalled
through a pidfd that was looked at once more after it was opened: no other process is ever hit. One that has ended counts as
ended also where nobody takes leave of it, as under a first process that does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from installcast.errors import raise_shortage
from installcast.runner.probe import LOCK_FILE, STARTED_FILE, Started, is_running, read_started, this_boot
from installcast.runner.tree import stat_fields

_RECHECK_SECONDS = 5.0
"""Between two looks at a lock: its holder may be in another pid namespace, or not be the one that ``started`` names."""

_ENDED = frozenset("ZX")
"""States of a process that is there in name only: zombie, dead. See ``proc_pid_stat(5)``."""


class Process(NamedTuple):
    """A process: its number, and when it began, in clock ticks since boot."""

    pid: int
    began: int

    def open(self) -> int | None:
        """Return a pidfd, or ``None`` when the process is gone or cannot be seen."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except (OSError, OverflowError, ValueError) as error:  # the latter: no number of a process
            raise_shortage(error)
            return None
        # Looked at behind the descriptor: from here on the number cannot become somebody else's.
        is_it = False
        try:
            status = status_of(self.pid)
            is_it = status is not None and status.began == self.began and not _has_ended(descriptor)
        finally:
            if not is_it:
                os.close(descriptor)
        return descriptor if is_it else None

    def is_alive(self) -> bool:
        """Return whether it is there and has not ended."""
        descriptor = self.open()
        if descriptor is None:
            return False
        os.close(descriptor)
        return True

    def signal(self, *numbers: signal.Signals) -> bool:
        """Send signals; return ``False`` when that is not allowed. A process that is gone is passed over."""
        descriptor = self.open()
        if descriptor is None:
            return True
        try:
            for number in numbers:
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        finally:
            os.close(descriptor)
        return True

    def since_boot(self) -> float:
        """Return when it began, in seconds of ``CLOCK_BOOTTIME``: nobody can set that clock."""
        return self.began / os.sysconf("SC_CLK_TCK")

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


class Status(NamedTuple):
    """What the kernel says of a process."""

    parent: int
    session: int
    began: int
    """In clock ticks since boot."""


def status_of(pid: int) -> Status | None:
    """Return the status of a process, ``None`` when there is none or it has ended. Source: ``proc_pid_stat(5)``."""
    try:
        fields = stat_fields(pid)
    except OSError as error:
        raise_shortage(error)
        return None
    return None if fields[0] in _ENDED else Status(int(fields[1]), int(fields[3]), int(fields[19]))


def words_of(pid: int, file: str) -> list[bytes]:
    """Return the texts in ``/proc/<pid>/environ`` or ``cmdline``; none where that is not ours to read."""
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes().split(b"\0")
    except OSError:
        return []


def living() -> dict[int, Status]:
    """Return all processes that can be seen and have not ended."""
    found = ((pid, status_of(pid)) for pid in _pids())
    return {pid: status for pid, status in found if status is not None}


async def all_ended(processes: Collection[Process], limit: float) -> None:
    """Return when all of ``processes`` have ended, or after ``limit`` seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit):
            for process in processes:
                await process.wait()


def runner_lives(folder: Path) -> bool:
    """Return whether a runner holds the task in ``folder``. Where its lock was removed, a process of its command counts."""
    try:
        if stat.S_ISREG((folder / LOCK_FILE).lstat().st_mode):
            return is_running(folder)
    except FileNotFoundError:
        if not os.path.lexists(folder / STARTED_FILE):
            return False
    return runner_runs(folder)


def runner_runs(folder: Path) -> bool:
    """Return whether a process has the command of a runner of ``folder``, whatever became of its files. Looks at all of them."""
    return any(_is_runner(words_of(pid, "cmdline"), os.fsencode(folder)) for pid in living())


def _is_runner(command: list[bytes], folder: bytes) -> bool:
    return folder in command and any(word.endswith(b"/runner/__main__.py") for word in command)


async def runner_end(folder: Path) -> None:
    """Return when no runner holds the task in ``folder`` any more."""
    while runner_lives(folder) or await asyncio.to_thread(_lives_without_lock, folder):
        runner = _runner_of(folder)
        if runner is None or not runner.is_alive():
            await asyncio.sleep(_RECHECK_SECONDS)
        else:
            await all_ended([runner], _RECHECK_SECONDS)


def _lives_without_lock(folder: Path) -> bool:
    """Return whether the runner is there although its lock is not: a script has removed it, or the whole folder."""
    if not os.path.lexists(folder / STARTED_FILE):
        return runner_runs(folder)
    runner = _runner_of(folder)
    return (
        runner is not None
        and runner.is_alive()
        and _is_runner(words_of(runner.pid, "cmdline"), os.fsencode(folder))
    )


def _runner_of(folder: Path) -> Process | None:
    started = started_of(folder)
    if started is None or started.boot_id != this_boot():
        return None
    return Process(started.pid, started.start_time)


def started_of(folder: Path) -> Started | None:
    """Return who took the task in ``folder``, ``None`` when nobody has or what says so cannot be read."""
    try:
        started = read_started(folder)
    except (OSError, ValueError) as error:
        raise_shortage(error)
        return None
    if started is None or not all(type(number) is int for number in (started.pid, started.start_time)):
        return None
    return started


def _pids() -> Iterator[int]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of them, and names are all that is wanted
        if name.isdigit():
            yield int(name)


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
