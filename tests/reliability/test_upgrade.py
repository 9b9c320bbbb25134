"""Installcast is upgraded, or downgraded, while a task runs."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import installcast
from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_gated, write_recipe

NewService = Callable[..., Service]

PACKAGE = Path(installcast.__file__).parent


def copy_of_the_program(folder: Path) -> Path:
    """Install the package into ``folder``; return its command."""
    shutil.copytree(PACKAGE, folder / "installcast", ignore=shutil.ignore_patterns("__pycache__"))
    command = folder / "command"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(folder)!r})\n"
        "from installcast.cli import main\nsys.exit(main())\n"
    )
    command.chmod(0o755)
    return command


def started(client: Client, opener: Gate) -> str:
    """Return a task that runs and waits at its gate."""
    task_id = client.install("web", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        assert json.loads(viewer.recv())["message"] == "started"
    return task_id


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_the_program_is_replaced_under_a_running_task(
    new_service: NewService, gate: Callable[..., Gate], tmp_path: Path, outcome: str
) -> None:
    """Its files are gone when the runner ends its work: script, rollback and all; the new version reads what it wrote."""
    opener = gate()
    service = new_service()
    new_command = service.command
    service.command = copy_of_the_program(tmp_path / "old")
    script = 'echo started\nread -r _ <"$GATE"\n. "$INSTALLCAST_SH"\nstep 2 2 "Almost there"\nresult url http://x/\n'
    end = "exit 0\n" if outcome == "succeeded" else 'die BROKEN "hint"\n'
    write_recipe(
        service.recipes,
        "web",
        script + end,
        declared=f"parameters:\n{GATE_PARAMETER}",
        verify="echo verified\n",
        rollback="echo rolled back\n",
    )
    service.start()
    client = service.client()
    task_id = started(client, opener)
    shutil.rmtree(tmp_path / "old" / "installcast")
    service.kill()
    service.command = new_command
    service.start()
    opener.open()
    status = client.finish(task_id)
    assert status["status"] == outcome
    assert status["results"] == [{"name": "url", "value": "http://x/", "secret": False}]
    assert status["rollback"] == ("none" if outcome == "succeeded" else "succeeded")
    messages = [record["message"] for record in client.history(task_id)]
    assert ("verified" if outcome == "succeeded" else "rolled back") in messages
    assert (service.data_dir / "tasks" / task_id / "runner.log").read_text() == ""


def test_files_of_a_newer_version(new_service: NewService, gate: Callable[..., Gate]) -> None:
    """What this version does not know is told as such: for an end, and for a task that was to run; others are served."""
    opener = gate()
    service = new_service(runner={"max_parallel": 1})
    write_gated(service.recipes, "web")
    for key in ("ended", "waits"):
        write_recipe(service.recipes, key, "echo hello\n")
    service.start()
    client = service.client()
    ended = client.install("ended")
    client.finish(ended)
    running = started(client, opener)
    waiting = client.install("waits")
    service.kill()
    with closing(sqlite3.connect(service.data_dir / "installcast.db")) as database, database:
        database.execute("UPDATE tasks SET status = 'running' WHERE task_id = ?", (ended,))
    for path in (
        service.data_dir / "tasks" / ended / "exit.json",
        service.data_dir / "tasks" / waiting / "task.json",
    ):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 2}))
    service.start()
    opener.open()
    status = client.finish(ended)
    assert (status["status"], status["error"]["code"]) == ("interrupted", "OUTCOME_DAMAGED")
    assert "newer" in status["error"]["hint"]
    assert "version 2, this one knows 1" in (service.folder / "serve.log").read_text()
    status = client.finish(waiting)
    assert (status["status"], status["error"]["code"]) == ("failed", "RUNNER_START_FAILED")
    assert "version 2" in status["error"]["hint"]
    assert client.finish(running)["status"] == "succeeded"


def test_a_downgrade_is_refused(new_service: NewService) -> None:
    """An older version does not touch the database of a newer one, and says so in one sentence."""
    service = new_service()
    service.start()
    service.stop()
    with closing(sqlite3.connect(service.data_dir / "installcast.db")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(AssertionError, match="written by a newer Installcast"):
        service.start()
    assert "Traceback" not in (service.folder / "serve.log").read_text()
    assert not list(service.data_dir.glob("*.damaged*"))
