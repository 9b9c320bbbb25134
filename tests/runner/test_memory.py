"""Out-of-memory kills are counted: those of the task where it can have a memory cgroup, others where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from installcast.runner.cgroup import Cgroup, path_of_this_process
from installcast.runner.memory import Memory, watch_memory

from .conftest import MakeTask, is_alive

EVENTS = "low 0\nhigh 0\nmax 31\noom 2\noom_kill 2\noom_group_kill 0\n"


def test_kills_are_counted(tmp_path: Path) -> None:
    """The count is the `oom_kill` of the kernel's file, and 0 where nobody counts."""
    memory = Memory(tmp_path / "memory.events", is_own=True)
    assert memory.oom_kills() == 0
    (tmp_path / "memory.events").write_text(EVENTS)
    assert memory.oom_kills() == 2


def test_a_unit_has_a_count_of_its_own(tmp_path: Path) -> None:
    """Where a task is a unit with a memory controller nothing has to be made for it."""
    unit = Cgroup(tmp_path)
    (tmp_path / "memory.events").write_text(EVENTS)
    memory = watch_memory(unit, "thing-1.0-0")
    assert (memory.is_own, memory.oom_kills()) == (True, 2)


@pytest.mark.machine
def test_a_task_has_a_memory_cgroup_while_it_runs(make_task: MakeTask) -> None:
    """Scripts run in a group of the task's own, which is gone with it; what lives on does so in the group of the service."""
    parent = path_of_this_process("memory")
    if parent is None:
        pytest.skip("this machine has no memory hierarchy of version 1")
    left_over = parent / "installcast-of-a-runner-that-was-killed"
    left_over.mkdir()
    task = make_task(install="cat /proc/self/cgroup; setsid sleep 1000 > /dev/null 2>&1 & echo $! > daemon")
    assert task.run().status == "succeeded"
    daemon = int(task.work_text("daemon"))
    task.left_behind.append(daemon)
    group = f"installcast-{task.folder.name}-{task.pid()}"
    assert any(message.endswith(f"/{group}") for message in task.messages())
    assert is_alive(daemon)
    assert str(daemon) in (parent / "cgroup.procs").read_text().split()
    assert not left_over.exists()
    assert not (parent / group).exists()
