"""A disk that answers with errors: told on the task, never a false success, and never the script's trouble."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.reliability.ends import begun, check_end
from tests.reliability.injection import DISK_CALLS, Fault, Step, run_traced
from tests.reliability.waiting import WaitingTasks
from tests.service import Service
from tests.tasks.recipes import Gate

NewService = Callable[..., Service]
NewGate = Callable[[str], Gate]

# It waits longer than the journal is left unsynced, so that one sync comes in the middle.
SCRIPT = "echo run >> runs\necho one\nread -r -t 1.3 x <> <(:)\necho two\n"
PRINTED = ["one", "two"]
AT_ONCE = 4
"""Runners; they mostly wait."""


def check_told(records: list[dict[str, Any]], outcome: dict[str, Any], hit: Step) -> None:
    """Check that a success keeps nothing from its user: lines that are missing, a log that is not on the disk for good."""
    missing = len(PRINTED) - sum(record["message"] in PRINTED for record in records)
    assert sum(record.get("gap", {}).get("lines", 0) for record in records) >= missing
    warned = any("Input/output error" in record["message"] for record in records)
    if hit.call == "fdatasync":
        assert outcome["log_fault"] == "Input/output error"
        assert warned
    else:
        assert not warned


@pytest.mark.parametrize("fault", ["EIO", "EIO from then on"])
def test_an_error_at_any_step(new_service: NewService, gate: NewGate, fault: Fault) -> None:
    """The script runs once and to its end; the task succeeds with all that is missing told, or nobody vouches for it."""
    waiting = WaitingTasks(new_service(runner={"max_parallel": 1}), gate("plug"), {"install": SCRIPT})
    plan = run_traced(waiting.rehearsal(), DISK_CALLS, fault).steps()
    assert {"write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename"} <= {step.call for step in plan}
    task_ids = waiting.queue(len(plan))
    folders = map(waiting.folder, task_ids)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        traced = list(pool.map(run_traced, folders, repeat(DISK_CALLS), repeat(fault), plan))
    assert sum(runner.was_hit for runner in traced) >= 0.8 * len(plan)
    for runner, step in zip(traced, plan, strict=True):
        assert begun(runner.folder) == (runner.folder / "started").exists(), (step, runner.log)
    vouched_for = {runner.folder for runner in traced if (runner.folder / "exit.json").exists()}
    client = waiting.recover()
    ends = set()
    for task_id, step, runner in zip(task_ids, plan, traced, strict=True):
        status = check_end(client, task_id, runner.folder)["status"]
        ends.add(status)
        assert begun(runner.folder) == 1
        if runner.folder not in vouched_for and status == "interrupted":
            assert "RUNNER_FAULT" in (runner.folder / "runner.log").read_text()
        else:  # where it could not even begin, it has been begun again
            assert status == "succeeded", step
        if runner.folder in vouched_for and runner.was_hit:
            outcome = json.loads((runner.folder / "exit.json").read_text())
            check_told(client.history(task_id), outcome, step)
    assert ends == ({"succeeded"} if fault == "EIO" else {"succeeded", "interrupted"})


@pytest.mark.parametrize(
    ("injected", "told"),
    [("rename:error=EIO", "RUNNER_FAULT"), ("pwrite64:retval=4096", "exit.json")],
    ids=["it cannot be written", "the disk lies"],
)
def test_run_without_an_exit_record(
    new_service: NewService, injected: str, told: str, tmp_path: Path
) -> None:
    """`installcast run` ends with 125, and says why, when nothing that can be read tells how its command ended."""
    service = new_service()
    command = [
        str(service.command),
        "--config",
        str(service.config_file),
        "--data-dir",
        str(service.data_dir),
    ]
    strace = ["strace", "-f", "-o", str(tmp_path / "strace.log"), "-e", f"inject={injected}"]
    done = subprocess.run(
        [*strace, "--", *command, "run", "--", "echo", "hello"],
        env=service.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 125, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
