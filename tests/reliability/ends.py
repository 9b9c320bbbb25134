"""What must be true of any task that has ended, whatever befell it."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from typing import Any

from tests.service import Client

_READ_LOCK = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)


def wait_for_runner(folder: Path) -> None:
    """Return when the runner of the task in ``folder`` is gone, a moment after the task has ended: the kernel wakes us."""
    with (folder / "run.lock").open() as lock:
        fcntl.fcntl(lock, fcntl.F_OFD_SETLKW, _READ_LOCK)


def check_end(client: Client, task_id: str, folder: Path) -> dict[str, Any]:
    """Check it, and that the install has begun at most once (it appends ``run`` to ``runs``); return the task's status."""
    status = client.finish(task_id)
    records = client.history(task_id)
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert [record["seq"] for record in records if record.get("final")] == [len(records) - 1]
    assert records[-1]["status"] == status["status"]
    assert (records[-1]["progress"] == 100) == (status["status"] == "succeeded")
    assert begun(folder) <= 1
    return status


def begun(folder: Path) -> int:
    """Return how often the install of the task in ``folder`` has begun."""
    runs = folder / "work/runs"
    return runs.read_text().count("run") if runs.exists() else 0
