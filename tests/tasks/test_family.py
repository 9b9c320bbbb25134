"""All processes of a task, found by its unit."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.runner.probe import this_boot
from installcast.tasks.family import end_family
from installcast.tasks.orphan import orphan_of
from tests.runner.conftest import wait_until

TASK_ID = "web-1.0-01hzzzzzzzzzzzzzzzzzzzzzzz"


@pytest.fixture
def unit() -> Iterator[Path]:
    """The cgroup that a transient unit of the task would have."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    root = next(Path(fields[1]) for fields in mounts if fields[2] == "cgroup2")
    path = root / f"installcast-{TASK_ID}.service"
    (path / "scripts").mkdir(parents=True)
    yield path
    wait_until(lambda: "populated 0" in (path / "cgroup.events").read_text(), [path / "cgroup.events"])
    for folder in (path / "scripts", path):
        folder.rmdir()


SCRIPT = """
echo 0 >"$0/scripts/cgroup.procs"
setsid sh -c 'trap "" TERM; sleep 1000' &
echo ready
exec sleep 1000
"""


def start(unit: Path) -> subprocess.Popen[str]:
    """Start a script without environment in ``unit``; return when all of it is there."""
    script = subprocess.Popen(
        ["sh", "-c", SCRIPT, str(unit)],
        env={"PATH": os.environ["PATH"]},
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert script.stdout is not None
    with script.stdout:
        assert script.stdout.readline() == "ready\n"
    return script


@pytest.mark.machine
async def test_all_of_its_unit_is_ended(tmp_path: Path, unit: Path) -> None:
    """Who has neither the task's id nor its session is found in the task's cgroup; SIGKILL goes to all of it at once."""
    folder = tmp_path / TASK_ID
    folder.mkdir()
    script = start(unit)
    stat = Path(f"/proc/{script.pid}/stat").read_text().rpartition(")")[2].split()
    named = {"pid": script.pid, "start_time": int(stat[19])}
    started = {**named, "boot_id": this_boot(), "started_at": ""}
    (folder / "started").write_text(json.dumps(started))
    (folder / "live.json").write_text(json.dumps({"next_seq": 0, "partial": None, "script": named}) + "\n")
    orphan = orphan_of(folder)
    assert orphan is not None
    await end_family(orphan.task_id, orphan.script, grace=0.2)
    script.wait()
    assert (unit / "scripts/cgroup.procs").read_text() == ""
