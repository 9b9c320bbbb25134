"""Starting a runner."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast.catalog import Catalog
from installcast.errors import RunnerStartError
from installcast.runner.outcome import read_exit
from installcast.runner.probe import is_running, read_started
from installcast.settings import Settings
from installcast.tasks.folder import Order, prepare
from installcast.tasks.launcher import forestall, isolation_of, launch
from installcast.tasks.processes import runner_end
from tests.tasks.recipes import Gate, write_gated


@pytest.fixture
def gated(
    tmp_path: Path, recipes: Path, settings: Callable[..., Settings], gate: Callable[[str], Gate]
) -> tuple[Path, Gate]:
    """The folder of a task that waits at a gate once it runs, and the gate."""
    write_gated(recipes, "web")
    made = gate("gate")
    recipe = Catalog([recipes], builtin=None).get("web")
    folder = tmp_path / "data" / "tasks" / "web-1-x"
    folder.parent.mkdir(parents=True)
    order = Order(recipe, "install", recipe.check(None, {"gate": str(made.path)}))
    prepare(folder, order, settings(), secrets_file=None, results_file=None)
    return folder, made


async def test_it_returns_when_the_runner_has_the_task(gated: tuple[Path, Gate]) -> None:
    """Behind a launch the runner lives, and is nobody's child."""
    folder, gate = gated
    await launch(folder, "session")
    assert is_running(folder)
    started = read_started(folder)
    assert started is not None
    parent = Path(f"/proc/{started.pid}/stat").read_text().rpartition(")")[2].split()[1]
    assert int(parent) != os.getpid()
    gate.open()
    await runner_end(folder)
    outcome = read_exit(folder)
    assert outcome is not None
    assert outcome.status == "succeeded"


async def test_it_happens_once(gated: tuple[Path, Gate]) -> None:
    """Any number of launches, at once and one after the other, run the task one time."""
    folder, gate = gated
    await asyncio.gather(*(launch(folder, "session") for _ in range(4)))
    first = read_started(folder)
    await launch(folder, "session")
    gate.open()
    await runner_end(folder)
    await launch(folder, "session")
    assert read_started(folder) == first
    assert not is_running(folder)
    assert (folder / "journal.jsonl").read_text().count('"message":"started"') == 1


async def test_a_forestalled_task_never_starts(gated: tuple[Path, Gate]) -> None:
    """Whoever takes the task before a runner keeps it from running; a second time it is taken already."""
    folder, _ = gated
    assert forestall(folder)
    assert not forestall(folder)
    await launch(folder, "session")  # somebody has it, as far as a launch can know
    assert not is_running(folder)
    assert (folder / "journal.jsonl").read_bytes() == b""


async def test_a_running_task_cannot_be_forestalled(gated: tuple[Path, Gate]) -> None:
    """The runner was first."""
    folder, gate = gated
    await launch(folder, "session")
    assert not forestall(folder)
    gate.open()
    await runner_end(folder)
    assert not forestall(folder)


async def test_a_runner_that_cannot_start_says_why(gated: tuple[Path, Gate]) -> None:
    """Its own word is the reason, and afterwards no runner takes the task any more."""
    folder, _ = gated
    values = json.loads((folder / "task.json").read_text())
    (folder / "task.json").write_text(json.dumps(values | {"version": 99}))
    with pytest.raises(RunnerStartError, match="version 99") as caught:
        await launch(folder, "session")
    assert caught.value.values["task_id"] == folder.name
    (folder / "task.json").write_text(json.dumps(values))
    await launch(folder, "session")
    assert not is_running(folder)


async def test_systemd_that_is_not_there_is_told(
    gated: tuple[Path, Gate], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without systemd-run, or with one that refuses, the reason is its own."""
    folder, _ = gated
    fake = tmp_path / "bin" / "systemd-run"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'System has not been booted with systemd' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr("installcast.tasks.launcher.SEARCH_PATH", f"{fake.parent}:/usr/bin:/bin")
    with pytest.raises(RunnerStartError, match="not been booted"):
        await launch(folder, "systemd")


def test_isolation() -> None:
    """What is set counts; auto is a unit only where systemd runs."""
    assert isolation_of("session") == "session"
    assert isolation_of("systemd") == "systemd"
    runs_systemd = Path("/run/systemd/system").is_dir() and shutil.which("systemd-run")
    assert runs_systemd or isolation_of("auto") == "session"


async def test_a_unit_whose_folder_cannot_be_written(tmp_path: Path) -> None:
    """It is told like any other start that fails."""
    with pytest.raises(RunnerStartError, match="No such file"):
        await launch(tmp_path / "gone", "systemd")
