"""A task with a cgroup of its own, killed in one go."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from installcast.runner.cgroup import Cgroup, own_cgroup
from installcast.runner.probe import runner_argv, send_cancel

from .conftest import MakeTask, is_alive, wait_until


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A new cgroup of the unified hierarchy."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    root = next((Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)
    if os.geteuid() != 0 or root is None or not os.access(root, os.W_OK):
        pytest.skip("makes a cgroup: run `make test` as root, outside of a container")
    path = root / f"installcast-test-{os.getpid()}"
    path.mkdir()
    yield path
    # The lock of a runner is free before the kernel has taken leave of it.
    wait_until(lambda: "populated 0" in (path / "cgroup.events").read_text(), [path / "cgroup.events"])
    for folder in (path / "scripts", path):
        with suppress(FileNotFoundError):
            folder.rmdir()


def start_inside(cgroup: Path, *command: str) -> None:
    subprocess.run(
        ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; exec "$@"', str(cgroup), *command], check=True, timeout=30
    )


def test_scripts_run_in_a_cgroup_below_the_runners(make_task: MakeTask, cgroup: Path) -> None:
    """The runner stays above its scripts, and a cancel leaves the cgroup empty, fork hoppers included."""
    task = make_task(
        install="cat /proc/self/cgroup; echo ready; while :; do setsid sleep 0.01 & done", kill_grace=0.1
    )
    start_inside(cgroup, *runner_argv(task.folder))
    task.wait_for_line("ready")
    assert (cgroup / "cgroup.procs").read_text().split() == [str(task.pid())]
    assert any(message.endswith(f"/{cgroup.name}/scripts") for message in task.messages())
    send_cancel(task.folder, "alice")
    assert task.wait().status == "canceled"
    assert (cgroup / "scripts/cgroup.procs").read_text() == ""


def test_a_daemon_lives_on_in_the_cgroup(make_task: MakeTask, cgroup: Path) -> None:
    """Success kills nothing."""
    task = make_task(install="setsid sleep 1000 > /dev/null 2>&1 & echo $! > daemon")
    start_inside(cgroup, *runner_argv(task.folder))
    assert task.wait().status == "succeeded"
    daemon = int(task.work_text("daemon"))
    assert is_alive(daemon)
    Cgroup(cgroup).kill()
    events = cgroup / "scripts/cgroup.events"
    task.wait_for(lambda: "populated 0" in events.read_text(), str(events))


def test_a_shared_cgroup_is_left_alone() -> None:
    """Where others are in the same cgroup, it is not the task's own."""
    assert own_cgroup(set()) is None
