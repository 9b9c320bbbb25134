"""Starting a runner."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast.catalog import Catalog
from installcast.errors import ConfigurationError, MachineStoppingError, RunnerStartError
from installcast.runner.outcome import read_exit
from installcast.runner.probe import is_running, read_started
from installcast.settings import Settings
from installcast.tasks.folder import Order, prepare
from installcast.tasks.launcher import forestall, isolation_of, launch
from installcast.tasks.processes import runner_end
from tests.tasks.recipes import Gate, write_gated
from tests.tasks.systemd_stub import SystemdStub


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


async def ends_well(folder: Path, gate: Gate) -> bool:
    """Return whether the runner that has the task ends it well."""
    assert is_running(folder)
    gate.open()
    await runner_end(folder)
    outcome = read_exit(folder)
    return outcome is not None and outcome.status == "succeeded"


async def test_systemd_is_asked_again(gated: tuple[Path, Gate], systemd: SystemdStub) -> None:
    """One that hangs up, or a question that was ended together with the service, is no failed start; the name is a new one."""
    folder, gate = gated
    systemd.plan("echo 'Transport endpoint is not connected' >&2; exit 1", "kill -TERM $$")
    await launch(folder, "systemd")
    names = {word for call in systemd.options() for word in call.split() if word.startswith("--unit=")}
    assert len(names) == len(systemd.options()) == 3
    assert await ends_well(folder, gate)


async def test_a_unit_that_started_unheard_is_no_failure(
    gated: tuple[Path, Gate], systemd: SystemdStub
) -> None:
    """systemd hangs up when the runner has the task already: it is not asked a second time."""
    folder, gate = gated
    systemd.plan('until [ "$1" = -- ]; do shift; done; shift; "$@"; exit 1')
    await launch(folder, "systemd")
    assert len(systemd.options()) == 1
    assert await ends_well(folder, gate)


async def test_systemd_that_refuses_for_good_is_told(gated: tuple[Path, Gate], systemd: SystemdStub) -> None:
    """After the last attempt the reason is its own, and no runner takes the task any more."""
    folder, _ = gated
    systemd.plan(*["echo 'Failed to connect to bus: Connection refused' >&2; exit 1"] * 3)
    with pytest.raises(RunnerStartError, match="Connection refused"):
        await launch(folder, "systemd")
    await launch(folder, "systemd", again=True)
    assert not is_running(folder)


async def test_a_runner_that_refuses_is_not_asked_again(
    gated: tuple[Path, Gate], systemd: SystemdStub
) -> None:
    """What it says, it says as a unit into a file for its user only."""
    folder, _ = gated
    systemd.plan(f"echo 'installcast runner: no work folder' >{folder}/runner.err; exit 1")
    with pytest.raises(RunnerStartError, match="no work folder"):
        await launch(folder, "systemd")
    assert len(systemd.options()) == 1
    assert (folder / "runner.err").stat().st_mode & 0o777 == 0o600


async def test_a_systemd_that_never_answers(
    gated: tuple[Path, Gate], systemd: SystemdStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute the start has failed, and nobody is left who waits; what systemd starts later ends at once."""
    folder, _ = gated
    monkeypatch.setattr("installcast.tasks.launcher.START_SECONDS", 1.0)
    systemd.plan(f"echo $$ >{systemd.folder}/pid; exec sleep 1000")
    with pytest.raises(RunnerStartError, match="not within"):
        await launch(folder, "systemd")
    assert not Path("/proc", (systemd.folder / "pid").read_text().strip()).exists()
    assert len(systemd.options()) == 1
    await launch(folder, "systemd", again=True)
    assert not is_running(folder)


async def test_an_old_systemd(gated: tuple[Path, Gate], systemd: SystemdStub) -> None:
    """One that does not know a property is asked again without it."""
    folder, gate = gated
    systemd.plan("echo 'Unknown assignment: OOMPolicy=continue' >&2; exit 1")
    await launch(folder, "systemd")
    assert ["OOMPolicy" in call for call in systemd.options()] == [True, False]
    assert await ends_well(folder, gate)


async def test_a_shutdown_fails_no_task(gated: tuple[Path, Gate], systemd: SystemdStub) -> None:
    """A systemd that is about to stop starts nothing; after the next boot the task can be started as before."""
    folder, gate = gated
    systemd.stop_the_machine()
    with pytest.raises(MachineStoppingError):
        await launch(folder, "systemd")
    assert not (folder / "started").exists()
    systemd.call_it_off()
    await launch(folder, "systemd", again=True)
    assert await ends_well(folder, gate)


async def test_a_stop_may_take_as_long_as_the_grace(gated: tuple[Path, Gate], systemd: SystemdStub) -> None:
    """systemd does not kill a runner that gives its scripts the time that the settings promise."""
    folder, gate = gated
    values = json.loads((folder / "task.json").read_text())
    (folder / "task.json").write_text(json.dumps(values | {"kill_grace": 600}))
    await launch(folder, "systemd")
    assert "--property=TimeoutStopSec=660" in systemd.options()[0]
    assert await ends_well(folder, gate)


def test_isolation(systemd: SystemdStub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is set counts; auto is a unit only where systemd runs; units that cannot be had stop the start, with the reason."""
    assert isolation_of("session") == "session"
    monkeypatch.setattr("installcast.tasks.units._MARK", tmp_path / "none")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert isolation_of("auto") == "session"
    reason = "systemd does not run here" if os.geteuid() == 0 else "XDG_RUNTIME_DIR"
    with pytest.raises(ConfigurationError, match=rf"runner\.isolation: .*{reason}"):
        isolation_of("systemd")
    (systemd.folder / "systemd-run").unlink()
    monkeypatch.setattr("installcast.tasks.units.SEARCH_PATH", str(systemd.folder))
    with pytest.raises(ConfigurationError, match="no systemd-run"):
        isolation_of("systemd")


async def test_a_unit_whose_folder_cannot_be_written(tmp_path: Path) -> None:
    """It is told like any other start that fails."""
    with pytest.raises(RunnerStartError, match="No such file"):
        await launch(tmp_path / "gone", "systemd")
