"""What the kernel tells of a task's processes while they print nothing: do they work, do they wait, and for what.

Everything is read from ``/proc`` (``proc(5)``), at one moment; nothing is attached to, and no process notices.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from installcast.runner.package_locks import LOCK_FILES, Held, blocked, holder_of, needed_by
from installcast.runner.tree import arguments, command_line, stat_fields

MAX_PROCESSES = 256
"""Looked at; a larger tree is at work, whatever the rest of it does."""

_TICKS = os.sysconf("SC_CLK_TCK")

_READ_SYSCALL = {
    "x86_64": "0",
    "i686": "3",
    "aarch64": "63",
    "riscv64": "63",
    "armv7l": "3",
    "ppc64le": "3",
    "s390x": "3",
}
"""Machine → number of ``read(2)``, as ``/proc/<pid>/syscall`` shows it."""

_TERMINALS = ("/dev/pts/", "/dev/tty", "/dev/console")
_TERMINAL_MASTERS = ("/dev/pts/ptmx", "/dev/ptmx")


class Seen(NamedTuple):
    """A process as people know it."""

    pid: int
    command: str


class Holder(NamedTuple):
    """A process that is none of ours and has a package lock."""

    pid: int
    command: str
    path: str


class Sight(NamedTuple):
    """The processes of a task at one moment."""

    used: float = 0.0
    """Seconds of processor time that they have used so far."""
    moved: int = 0
    """Bytes that the living ones have read from disks and written to them."""
    reader: Seen | None = None
    """Is blocked in ``read(2)`` on a terminal."""
    lock: Holder | None = None
    """Keeps a package manager among them from its lock."""
    is_blocked: bool = False
    """The kernel itself knows that ``lock`` is waited for; else it was concluded from what would have to be taken."""
    held: Holder | None = None
    """Has a package lock, whether anybody waits for it or not; looked for only when the output speaks of one."""
    named: Seen | None = None
    """The process that the output names, if it lives."""


class Question(NamedTuple):
    """What the output makes worth knowing: the lock file and the process that it names."""

    path: str | None = None
    pid: int | None = None


class Observer:
    """Looks at the processes that ``processes`` returns. ``root`` is where lock files are looked for, by default where each
    process sees them, which may be a changed root."""

    def __init__(self, processes: Callable[[], Iterable[int]], *, root: str | None = None) -> None:
        self._processes = processes
        self._root = root
        self._read = _READ_SYSCALL.get(os.uname().machine, "")

    def look(self, question: Question | None) -> Sight:
        """Return what is going on; ``question`` is what the output makes worth knowing."""
        pids = list(self._processes())
        used, moved, reader, needs = _children_time(), 0, None, None
        for pid in pids[:MAX_PROCESSES]:
            try:
                state, *fields = stat_fields(pid)
            except (OSError, ValueError):
                continue
            used += sum(map(int, fields[10:14])) / _TICKS
            moved += _moved(pid)
            if reader is None and state == "S" and self._reads_terminal(pid):
                reader = Seen(pid, command_line(pid))
            needs = needs or self._needs(pid)
        lock, is_blocked = self._lock(pids, needs)
        held = named = None
        if question is not None:
            paths = (question.path,) if question.path else LOCK_FILES
            held = self._outsider(paths, self._root or "", pids)
            if (
                question.pid is not None
                and question.pid not in pids
                and (command := command_line(question.pid))
            ):
                named = Seen(question.pid, command)
        return Sight(used, moved, reader, lock, is_blocked, held, named)

    def _needs(self, pid: int) -> tuple[int, tuple[str, ...]] | None:
        paths = needed_by(arguments(pid))
        return (pid, paths) if paths else None

    def _lock(self, pids: list[int], needs: tuple[int, tuple[str, ...]] | None) -> tuple[Holder | None, bool]:
        with suppress(OSError), open("/proc/locks") as file:  # noqa: PTH123 - once a second
            if (found := blocked(pids, file.read(), self._root or "")) is not None:
                return _holder(found), True
        if needs is None:
            return None, False
        pid, paths = needs
        root = self._root if self._root is not None else f"/proc/{pid}/root"
        holders = [held for path in paths if (held := holder_of(path, root)) is not None]
        if any(held.pid in pids for held in holders):
            return None, False  # it has what it needs first: it waits for something else
        return (_holder(holders[0]), False) if holders else (None, False)

    def _outsider(self, paths: Iterable[str], root: str, pids: list[int]) -> Holder | None:
        for path in paths:
            held = holder_of(path, root)
            if held is not None and held.pid not in pids:
                return _holder(held)
        return None

    def _reads_terminal(self, pid: int) -> bool:
        with suppress(OSError, ValueError):
            with open(f"/proc/{pid}/syscall") as file:  # noqa: PTH123 - as above
                number, *arguments = file.read().split()
            if number == self._read:
                file_name = os.readlink(f"/proc/{pid}/fd/{int(arguments[0], 16)}")  # noqa: PTH115 - as above
                return file_name.startswith(_TERMINALS) and file_name not in _TERMINAL_MASTERS
        return False


def _holder(held: Held) -> Holder:
    return Holder(held.pid, command_line(held.pid), held.path)


def _children_time() -> float:
    """Return the processor time of those that have ended, as far as nobody else counts them."""
    times = os.times()
    return times.children_user + times.children_system


def _moved(pid: int) -> int:
    with suppress(OSError, ValueError), open(f"/proc/{pid}/io") as file:  # noqa: PTH123 - once a second, for each process
        values = dict(line.split(": ") for line in file.read().splitlines())
        return int(values.get("read_bytes", 0)) + int(values.get("write_bytes", 0))
    return 0
