"""The machine's clock may be set while a task runs; the task's own clock goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from installcast.runner.clock import WallClock

from .conftest import MakeTask

DAY = 86_400

STEPPED_RUNNER = """
import os, sys, time
real = time.time
time.time = lambda: real() + (float(sys.argv[2]) if os.path.exists(sys.argv[3]) else 0)
from installcast.runner.start import main
sys.exit(main(["--foreground", sys.argv[1]]))
"""
"""A runner on a machine whose clock is set by so many seconds as soon as a file exists."""


@pytest.mark.parametrize("step", [-7200, 400 * DAY])
def test_a_step_of_the_clock_is_not_seen(monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    """Whatever the machine's clock is set to, the time of a task moves on as time does."""
    clock = WallClock()
    before = clock()
    assert abs(before - time.time()) < 60
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + step)
    assert 0 <= clock() - before < 60


@pytest.mark.parametrize("step", [-7200, 400 * DAY])
def test_records_and_durations_never_go_back(make_task: MakeTask, tmp_path: Path, step: float) -> None:
    """A clock that is set in the middle of an install leaves its records in order and its duration what it was."""
    stepped = tmp_path / "stepped"
    task = make_task(install=f"echo before; touch {stepped}; echo after; sleep 1.2", verify="echo checked")
    argv = [sys.executable, "-c", STEPPED_RUNNER, str(task.folder), str(step), str(stepped)]
    subprocess.run(argv, check=True, timeout=30)
    outcome = task.wait()
    stamps = [datetime.fromisoformat(record["timestamp"]) for record in task.records()]
    stamps.insert(0, datetime.fromisoformat(outcome.started_at))
    stamps.append(datetime.fromisoformat(outcome.finished_at))
    assert all(former <= later for former, later in pairwise(stamps))
    assert 1 <= (stamps[-1] - stamps[0]).total_seconds() < 60
    assert 1 <= outcome.duration < 60
