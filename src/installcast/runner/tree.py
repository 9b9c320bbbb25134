"""The processes of a task: all that its scripts started, whatever they did to get away.

The runner is their subreaper, so whoever loses its parent becomes a child of the runner: ``setsid`` and double forks
lead nowhere else. Processes are found from parent to child and signalled through a pidfd after a second look at
their parent, since a number of one that has just ended may already be somebody else's.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from installcast.runner.cgroup import Cgroup

SWEEP_SECONDS = 10.0
"""How long a tree that keeps forking, or a process that the kernel holds, is hunted."""

_SWEEP_PAUSE_SECONDS = 0.002
_STOP_PAUSE_SECONDS = 0.02
_MAX_COMMAND_BYTES = 4096

_OUR_OPTION = "APT::Status-Fd="

MAX_CHAIN = 64
"""Processes one below the other that are looked at: more are a recursion, which nobody wants to see to its end."""


class Process(NamedTuple):
    """A process and its command."""

    pid: int
    argv: tuple[str, ...]
    """Without any when it has ended."""

    @classmethod
    def look_at(cls, pid: int) -> Process:
        """Return what ``pid`` is now."""
        return cls(pid, arguments(pid))

    @property
    def name(self) -> str:
        """Of its program, without the folder; of a login shell, without the dash."""
        return self.words[0].rpartition("/")[2].removeprefix("-").rstrip(":") if self.words else ""

    @property
    def words(self) -> tuple[str, ...]:
        """Its command, taken apart where a title of one word has taken its place, as npm's: ``npm install left-pad``."""
        return self.argv if len(self.argv) != 1 else tuple(self.argv[0].split())


class ProcessTree:
    """The descendants of this process, which has to be their subreaper; ``cgroup`` is theirs alone, where there is one."""

    def __init__(self, cgroup: Cgroup | None = None) -> None:
        self.cgroup = cgroup
        self._script = 0
        self.status: int | None = None
        """Wait status of the script, ``None`` while it lives."""
        self._spared: dict[int, int] = {}

    def begin(self, script: int) -> None:
        """The child ``script`` is the one whose status counts from here on."""
        self._script = script
        self.status = None

    def reap(self) -> None:
        """Take leave of all children that have ended: the script, and whoever lost its own parent."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self._script:
                    self.status = status

    def spare_the_living(self) -> None:
        """End none of those that live now, from here on: what a task has left running is no part of what it asks afterwards."""
        self._spared = {pid: start for pid, _ in _descendants(os.getpid()) if (start := _start_of(pid))}

    def processes(self) -> list[int]:
        """Return all of them, the spared ones, too."""
        return [pid for pid, _ in _descendants(os.getpid())]

    def is_empty(self) -> bool:
        """Return whether no descendant is left. Every one of them has a child of this process above it."""
        return not children(os.getpid()) if not self._spared else not self._members()

    def terminate(self) -> None:
        """Send SIGTERM to all of them, and SIGCONT, without which a stopped one would not notice."""
        for pid, parent in self._members():
            _signal(pid, parent, signal.SIGTERM)
            _signal(pid, parent, signal.SIGCONT)

    def stop(self, grace: float) -> bool:
        """Ask all of them to end, wait for ``grace`` seconds, and kill what is left. Returns whether nothing is left."""
        self.terminate()
        give_up_at = time.monotonic() + grace
        while time.monotonic() < give_up_at:
            self.reap()
            if self.is_empty():
                return True
            time.sleep(_STOP_PAUSE_SECONDS)
        return self.kill()

    def kill(self) -> bool:
        """Send SIGKILL until none of them is left. Returns whether that was reached within :data:`SWEEP_SECONDS`."""
        if self.cgroup is not None and not self._spared:
            self.cgroup.kill()
        give_up_at = time.monotonic() + SWEEP_SECONDS
        while time.monotonic() < give_up_at:
            self.reap()
            living = self._members()
            if not living:
                return True
            for pid, parent in living:
                _signal(pid, parent, signal.SIGKILL)
            time.sleep(_SWEEP_PAUSE_SECONDS)  # they need the processor to die
        return False

    def chain(self) -> list[int]:
        """Return the script, its youngest child, that one's youngest, and so on to the bottom; nothing after its end."""
        pids = [] if self.status is not None or not self._script else [self._script]
        while pids and len(pids) < MAX_CHAIN and (below := children(pids[-1])):
            pids.append(below[-1])
        return pids

    def activity(self) -> str:
        """Return the command line of the youngest process at the bottom of the tree, ``""`` when only the script runs."""
        own, *others = [command_line(pid) for pid in self.chain()] or [""]
        command = next((command for command in reversed(others) if command), "")
        return "" if command == own else command

    def _members(self) -> list[tuple[int, int]]:
        living = _descendants(os.getpid())
        if not self._spared:
            return living
        members: list[tuple[int, int]] = []
        spared: set[int] = set()
        for pid, parent in living:  # parents come first
            if parent in spared or self._spared.get(pid) == _start_of(pid):
                spared.add(pid)  # with all that it starts
            else:
                members.append((pid, parent))
        return members


def start_time(pid: int) -> int:
    """Return when the process began, in clock ticks since boot: with its pid this names it for good.

    Raises ``ProcessLookupError`` when there is none.
    """
    return int(stat_fields(pid)[19])


def _start_of(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return start_time(pid)
    return None


def _descendants(pid: int) -> list[tuple[int, int]]:
    """Return each descendant with its parent: all are known before the first is signalled, and its children move."""
    found: list[tuple[int, int]] = []
    parents = [pid]
    for parent in parents:
        below = children(parent)
        parents += below
        found += [(child, parent) for child in below]
    return found


def children(pid: int) -> list[int]:
    """Return the children of ``pid``, in the order in which they came."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - a fork hopper is faster than pathlib
            with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                found += map(int, file.read().split())
    return found


def _signal(pid: int, parent: int, number: signal.Signals) -> None:
    with suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if int(stat_fields(pid)[1]) in (parent, os.getpid()):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def stat_fields(pid: int) -> list[str]:
    """Return the fields of ``/proc/<pid>/stat`` from the third on: state, parent, …, start time is the 20th.

    Raises ``ProcessLookupError`` when there is none.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    return text.rpartition(")")[2].split()  # the second is a name, which may hold anything


def command_line(pid: int) -> str:
    """Return the command of ``pid`` with its arguments, without the folder of the program; ``""`` when it has none."""
    words = arguments(pid)
    return " ".join((words[0].rpartition("/")[2], *words[1:])) if words else ""


def arguments(pid: int) -> tuple[str, ...]:
    """Return the command of ``pid``, its beginning if it is very long; nothing when it has none, or has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            text = file.read(_MAX_COMMAND_BYTES).rstrip(b"\0")
    except OSError:
        return ()
    words = tuple(text.decode(errors="replace").split("\0")) if text else ()
    # What shell/stand_ins/apt has put in is not what the script has called.
    return words[:1] + words[3:] if words[2:3] and words[2].startswith(_OUR_OPTION) else words
