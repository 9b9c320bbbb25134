"""Who was killed for want of memory: the kernel counts that for each memory cgroup, and for the whole machine.

A step that was killed in a script without ``set -e`` leaves no other trace: the script ends with 0. Where the
count is of the task alone it decides; a count that others share only explains a kill that is known anyway.

Source of the files: Linux ``Documentation/admin-guide/cgroup-v1/memory.rst`` and ``cgroup-v2.rst``, ``proc(5)`` for vmstat.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from installcast.runner.cgroup import Cgroup, path_of_this_process

_V1_COUNTER, _V2_COUNTER = "memory.oom_control", "memory.events"
_WHOLE_MACHINE = Path("/proc/vmstat")
_GROUP_PREFIX = "installcast-"

_ATTEMPTS = 10
"""To enter a new group, which a runner that tidies up may remove, and to empty one in which something forks."""


class Memory:
    """The count in the file ``counter``: of this task alone where it ``is_own``. ``group`` was made for the task."""

    def __init__(self, counter: Path, *, is_own: bool, group: Path | None = None) -> None:
        self.is_own = is_own
        self._counter = counter
        self._group = group

    def oom_kills(self) -> int:
        """Return how many processes the kernel has killed for want of memory so far."""
        with suppress(OSError):
            for line in self._counter.read_text().splitlines():
                name, _, value = line.partition(" ")
                if name == "oom_kill":
                    return int(value)
        return 0

    def leave(self) -> None:
        """Remove the group that was made for the task. Whatever lives on, this process too, goes where the runner came from."""
        if self._group is None:
            return
        for _ in range(_ATTEMPTS):
            with suppress(OSError):
                for pid in (self._group / "cgroup.procs").read_text().split():
                    with suppress(OSError):
                        (self._group.parent / "cgroup.procs").write_text(pid)
                self._group.rmdir()
                return


def watch_memory(unit: Cgroup | None, task_id: str) -> Memory:
    """Return the narrowest count that is to be had. ``unit`` is the task's own cgroup, where it has one.

    On a hierarchy of version 1 this process enters a new group for the task, and all that it starts with it. On one of
    version 2 that is impossible beside other processes, so a task that is no unit shares the count of its group.
    """
    if unit is not None and unit.memory_events.exists():
        return Memory(unit.memory_events, is_own=True)
    parent = path_of_this_process("memory")
    if parent is not None:
        group = _enter(parent, task_id)
        return Memory((group or parent) / _V1_COUNTER, is_own=group is not None, group=group)
    shared = path_of_this_process("")
    if shared is not None and (shared / _V2_COUNTER).exists():
        return Memory(shared / _V2_COUNTER, is_own=False)
    return Memory(_WHOLE_MACHINE, is_own=False)


def _enter(parent: Path, task_id: str) -> Path | None:
    """Enter a new group below ``parent``, or stay where we are."""
    # With our number: tasks of two data folders may have the same name.
    group = parent / f"{_GROUP_PREFIX}{task_id}-{os.getpid()}"
    with suppress(OSError):
        for left_over in parent.glob(f"{_GROUP_PREFIX}*"):  # by runners that were killed
            with suppress(OSError):
                left_over.rmdir()
        if (parent / "memory.use_hierarchy").read_text() == "0\n":
            return None  # a limit of the parent would not hold for what is below it
        for _ in range(_ATTEMPTS):
            group.mkdir(exist_ok=True)
            with suppress(OSError):  # another runner has just tidied it up
                # Not `cgroup.procs`: for a single thread that is all there is the kernel need not wait for all processors.
                (group / "tasks").write_text("0")
                return group
        group.rmdir()
    return None
