"""All processes of a task that has no runner: which they are, and how all of them are ended.

A runner is their subreaper and finds them from parent to child. Without one, whoever loses its parent goes to the first
process. So here they are known by what is not easily shaken off: the task's id in their environment, their unit, their session.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from installcast.tasks.processes import Process, Status, all_ended, living, words_of

logger = logging.getLogger("installcast.tasks")

_LOOK_SECONDS = 0.5
"""Between two looks for processes that came while others were ending."""

_PATIENCE_SECONDS = 10.0
"""After SIGKILL, before the log says that something does not die: the kernel holds it."""

_CGROUP_ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_TASK_ID_VARIABLE = b"INSTALLCAST_TASK_ID="


async def end_family(task_id: str, script: Process, grace: float) -> None:
    """Send SIGTERM to all processes of a task, and SIGKILL to what is left after ``grace`` seconds, until nothing is.

    ``script`` is the one that its runner had started last.
    """
    loop = asyncio.get_running_loop()
    family = _Family(task_id, script)
    told: set[Process] = set()
    deadline = loop.time() + grace
    while members := await asyncio.to_thread(family.members):
        left = deadline - loop.time()
        if left > 0:
            # SIGCONT: a stopped one would not notice.
            family.signal(members - told, signal.SIGTERM, signal.SIGCONT)
            told |= members
            await all_ended(members, min(left, _LOOK_SECONDS))
            continue
        family.kill_unit()
        family.signal(members, signal.SIGKILL)
        await all_ended(members, _LOOK_SECONDS)
        if left < -_PATIENCE_SECONDS:
            deadline = loop.time()
            pids = ", ".join(str(member.pid) for member in members)
            logger.error(
                "%s: the kernel does not let go of processes %s, which are waited for", task_id, pids
            )


def carries_id(pid: int, task_id: str) -> bool:
    """Return whether a process was started with the task's id in its environment."""
    return _TASK_ID_VARIABLE + task_id.encode() in words_of(pid, "environ")


def unit_of(pid: int, task_id: str) -> str | None:
    """Return the cgroup of the task's transient unit, if ``pid`` is in it: ``/system.slice/installcast-….service``."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(errors="replace").splitlines()
    except OSError:
        return None
    own = next((line[3:] for line in lines if line.startswith("0::")), "")
    parts = own.split("/")
    for place, part in enumerate(parts):
        if part.startswith(f"installcast-{task_id}") and part.endswith(".service"):
            return "/".join(parts[: place + 1])
    return None


class _Family:
    """The processes of a task: who carries its id, is in its unit, in the session of its script, or descends from these."""

    def __init__(self, task_id: str, script: Process) -> None:
        self._task_id = task_id
        self._script = script
        self._unit = unit_of(script.pid, task_id)
        self._known: set[Process] = set()
        self._beyond_reach: set[Process] = set()

    def members(self) -> set[Process]:
        """Return those that are alive and can be signalled."""
        table = living()
        never = {os.getpid(), 1}
        found = {pid for pid, status in table.items() if self._is_member(pid, status, table)} - never
        while children := {pid for pid, status in table.items() if status.parent in found} - found - never:
            found |= children
        # A process number is not given away while a session bears it, but its leader may be gone and somebody else's
        # session have it by then. So whoever was seen in it is remembered.
        self._known = {Process(pid, table[pid].began) for pid in found}
        return self._known - self._beyond_reach

    def signal(self, members: Iterable[Process], *numbers: signal.Signals) -> None:
        """Send signals to ``members``."""
        for member in members:
            if not member.signal(*numbers):
                self._beyond_reach.add(member)
                logger.error("%s: process %d is not ours to end", self._task_id, member.pid)

    def kill_unit(self) -> None:
        """Send SIGKILL to all that is in the task's unit, in one go, where there is one and the kernel can (Linux 5.14)."""
        for folder in self._unit_folders():
            with contextlib.suppress(OSError):
                (folder / "cgroup.kill").write_text("1")

    def _is_member(self, pid: int, status: Status, table: dict[int, Status]) -> bool:
        if Process(pid, status.began) in self._known or carries_id(pid, self._task_id):
            return True
        leader = table.get(self._script.pid)
        if status.session == self._script.pid and leader and leader.began == self._script.began:
            return True
        return self._unit is not None and unit_of(pid, self._task_id) == self._unit

    def _unit_folders(self) -> list[Path]:
        if self._unit is None:
            return []
        return [folder for root in _CGROUP_ROOTS if (folder := root / self._unit.lstrip("/")).is_dir()]
