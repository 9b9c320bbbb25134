"""A runner that is killed: its script goes on, its task runs once, and what is said of it is what is known."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from installcast.runner.spec import read_spec
from tests.reliability.ends import check_end
from tests.reliability.injection import KILLABLE, run_traced
from tests.reliability.waiting import SECRET, WaitingTasks
from tests.runner.conftest import wait_until
from tests.service import Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_recipe

NewService = Callable[..., Service]
NewGate = Callable[[str], Gate]

# Without a process but the shell, so that all that is killed is the runner.
SHORT = 'echo run >> runs\necho one\necho "$THING_PASSWORD"\n'
TALKER = 'echo run >> runs; seq 100; read -r x < "$GATE"; seq 100000; echo $? > printed\n'
LONG = """
echo run >> runs
echo "$THING_PASSWORD"
. "$INSTALLCAST_SH"
step 1 2 Fetch
seq 500
step 2 2 Build
sleep 0.3
progress 50
seq 500
"""


def _has_text(path: Path) -> bool:
    return path.exists() and bool(path.read_text())


@pytest.mark.parametrize(
    "scripts",
    [
        {"install": SHORT},
        pytest.param(
            {"install": LONG, "precheck": "true\n", "verify": "exit 3\n", "rollback": "echo undone\n"},
            marks=pytest.mark.soak,
        ),
    ],
    ids=["short", "long"],
)
def test_a_runner_killed_at_any_step(new_service: NewService, gate: NewGate, scripts: dict[str, str]) -> None:
    """Wherever it dies: before `started` the task runs later, behind `exit.json` it ended so, between them nobody knows."""
    waiting = WaitingTasks(new_service(runner={"max_parallel": 1}), gate("plug"), scripts)
    plan = run_traced(waiting.rehearsal(), KILLABLE).steps()
    assert set(KILLABLE) == {step.call for step in plan}
    hit = 0
    known: dict[str, str | None] = {}
    for task_id, step in zip(waiting.queue(len(plan)), plan, strict=True):
        traced = run_traced(waiting.folder(task_id), KILLABLE, "KILL", step)
        hit += traced.was_hit
        end = traced.folder / "exit.json"
        begun = (traced.folder / "started").exists()
        known[task_id] = (
            json.loads(end.read_text())["status"] if end.exists() else "interrupted" if begun else None
        )
    assert hit >= 0.8 * len(plan)
    ended = waiting.recover()
    usual = "failed" if "verify" in scripts else "succeeded"
    for task_id, status in known.items():
        assert check_end(ended, task_id, waiting.folder(task_id))["status"] == (status or usual)
    assert {"interrupted", usual, None} <= set(known.values())
    for task_id in known:
        secrets_file = read_spec(waiting.folder(task_id)).secrets_file
        assert secrets_file is not None
        assert not secrets_file.exists()
        for path in waiting.folder(task_id).rglob("*"):
            assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("times", [5, pytest.param(200, marks=pytest.mark.soak)])
def test_a_runner_killed_while_its_script_prints(new_service: NewService, gate: NewGate, times: int) -> None:
    """The script goes on to its end, is not run again, and the task is `interrupted`; viewers see its end, without a gap."""
    service = new_service(runner={"max_parallel": 1})
    pause = gate("gate")
    write_recipe(service.recipes, "talker", TALKER, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    moments = random.Random(3)
    for _ in range(times):
        task_id = client.install("talker", gate=str(pause.path))
        folder = service.data_dir / "tasks" / task_id
        with client.watch(task_id) as viewer:
            seen = [json.loads(viewer.recv(timeout=30)) for _ in range(100)]
            pause.open()
            seen += [json.loads(viewer.recv(timeout=30)) for _ in range(moments.choice([0, 1, 100, 5000]))]
            os.kill(json.loads((folder / "started").read_text())["pid"], signal.SIGKILL)
            seen += [json.loads(frame) for frame in viewer]
        printed = folder / "work/printed"
        wait_until(partial(_has_text, printed), [printed.parent])
        assert printed.read_text() == "0\n"
        assert [record["seq"] for record in seen] == list(range(len(seen)))
        status = check_end(client, task_id, folder)
        assert status["status"] in ("interrupted", "succeeded")
        if status["status"] == "succeeded":  # it had ended before it was killed
            assert (folder / "exit.json").exists()
        assert seen[-1]["final"] is True
