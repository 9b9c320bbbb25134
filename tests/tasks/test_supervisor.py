"""Tasks seen to their end: order, locks, cancel, and runners that die."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installcast import Installcast, Settings
from installcast.errors import InsufficientStorageError, RunnerStartError
from installcast.runner.probe import read_started
from installcast.tasks import ending, supervisor
from installcast.tasks.launcher import launch
from installcast.tasks.orphan import orphan_of
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.tasks.systemd_stub import SystemdStub
from tests.tasks.watching import end_of, line_of, records_of


async def test_max_parallel(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """With one place the others wait in order, know theirs, and run one after the other."""
    opener = gate()
    write_gated(recipes, "a")
    for key in ("b", "c"):
        write_recipe(recipes, key)
    async with Installcast(settings(runner={"max_parallel": 1})) as engine:
        first = await engine.installer.install({"key": "a", "gate": str(opener.path)})
        second, third = [await engine.installer.install({"key": key}) for key in ("b", "c")]
        await line_of(engine, first, "started")
        states = [await engine.status(task_id) for task_id in (first, second, third)]
        assert [state["status"] for state in states] == ["running", "queued", "queued"]
        assert [state["queue_position"] for state in states] == [None, 1, 2]
        opener.open()
        ends = [await end_of(engine, task_id) for task_id in (first, second, third)]
    assert [end["status"] for end in ends] == ["succeeded"] * 3
    assert ends[0]["finished_at"] <= ends[1]["started_at"]
    assert ends[1]["finished_at"] <= ends[2]["started_at"]


async def test_a_shared_lock(engine: Installcast, recipes: Path, gate: Callable[..., Gate]) -> None:
    """Two that share a lock wait for each other, and the waiting one says for what."""
    opener = gate()
    write_gated(recipes, "a", declared="locks: [dpkg]\n")
    write_recipe(recipes, "b", declared="locks: [dpkg]\n")
    first = await engine.installer.install({"key": "a", "gate": str(opener.path)})
    second = await engine.installer.install({"key": "b"})
    await line_of(engine, first, "started")
    waiting = await engine.status(second)
    assert (waiting["status"], waiting["queue_position"]) == ("queued", 1)
    assert waiting["activity"] == "waits for dpkg, which a is using"
    assert waiting["waits_for"] == {"lock": "dpkg", "key": "a"}
    opener.open()
    ends = [await end_of(engine, task_id) for task_id in (first, second)]
    assert ends[0]["finished_at"] <= ends[1]["started_at"]


async def test_a_shutdown_that_is_called_off(
    settings: Callable[..., Settings], recipes: Path, systemd: SystemdStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that a shutdown was in the way of is no failed one, and runs a while later, once."""
    monkeypatch.setattr(supervisor, "_STOPPING_RETRY_SECONDS", 0.1)
    write_recipe(recipes, "a")
    systemd.stop_the_machine()
    async with Installcast(settings(runner={"isolation": "systemd"})) as engine:
        task_id = await engine.installer.install({"key": "a"})
        while len(systemd.options()) < 3:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.01)
        assert (await engine.status(task_id))["status"] == "running"
        systemd.call_it_off()
        assert (await end_of(engine, task_id))["status"] == "succeeded"
        messages = [record.message for record in await records_of(engine, task_id)]
    assert messages.count("hello") == 1


async def test_viewers_of_a_waiting_task_learn_its_place(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """When the queue moves, the streams of those who wait say that something has changed."""
    openers = [gate("one"), gate("two")]
    write_gated(recipes, "a")
    write_gated(recipes, "b")
    write_recipe(recipes, "c")
    async with Installcast(settings(runner={"max_parallel": 1})) as engine:
        first = await engine.installer.install({"key": "a", "gate": str(openers[0].path)})
        second = await engine.installer.install({"key": "b", "gate": str(openers[1].path)})
        third = await engine.installer.install({"key": "c"})
        stream = engine.logs.get(third)
        assert stream is not None
        assert (await engine.status(third))["queue_position"] == 2
        version = stream.state_version
        openers[0].open()
        await end_of(engine, first)
        assert stream.state_version > version
        assert (await engine.status(third))["queue_position"] == 1
        openers[1].open()
        for task_id in (second, third):
            await end_of(engine, task_id)


async def test_cancel_of_a_waiting_task(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """It ends at once, without having run; whoever watches it sees the end; its place is the next one's."""
    opener = gate()
    write_gated(recipes, "a")
    write_recipe(recipes, "b", "touch ran\n")
    write_recipe(recipes, "c")
    async with Installcast(settings(runner={"max_parallel": 1})) as engine:
        first = await engine.installer.install({"key": "a", "gate": str(opener.path)})
        second = await engine.installer.install({"key": "b"}, user="alice")
        third = await engine.installer.install({"key": "c"})
        await engine.installer.cancel(second, user="alice")
        status = await engine.status(second)
        assert (status["status"], status["started_at"], status["exit_code"]) == ("canceled", None, None)
        records = await records_of(engine, second)
        assert [(record.level, record.status, record.final) for record in records] == [
            ("WARN", "canceled", True)
        ]
        assert "alice" in records[0].message
        assert (await engine.status(third))["queue_position"] == 1
        opener.open()
        for task_id in (first, third):
            await end_of(engine, task_id)
        assert not list((engine.settings.tasks_dir / second).rglob("ran"))


async def test_cancel_of_a_running_task(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """Its whole tree ends, and what it had begun is rolled back."""
    opener = gate()
    write_gated(recipes, "web", rollback="echo undone\n")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)}, user="alice")
    await line_of(engine, task_id, "started")
    await engine.installer.cancel(task_id, user="alice")
    records = await records_of(engine, task_id)
    assert (records[-1].level, records[-1].status) == ("WARN", "canceled")
    status = await engine.status(task_id)
    assert (status["status"], status["rollback"]) == ("canceled", "succeeded")
    task = await engine.store.get(task_id)
    assert task is not None
    assert task.canceled_by == "alice"


async def test_cancel_in_the_middle_of_the_start(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """A cancel that comes while the runner is being started is not lost."""
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await engine.installer.cancel(task_id)
    assert (await end_of(engine, task_id))["status"] == "canceled"


async def test_cancel_of_a_task_whose_start_takes_long(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cancels has an answer before the runner is there, and the runner is told when it is."""
    slow = asyncio.Event()

    async def launch_slowly(*arguments: Any, **options: Any) -> None:
        await slow.wait()
        await launch(*arguments, **options)

    monkeypatch.setattr(supervisor, "launch", launch_slowly)
    monkeypatch.setattr(supervisor, "_CANCEL_SECONDS", 0.01)
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    async with asyncio.timeout(20):
        await engine.installer.cancel(task_id)
    slow.set()
    assert (await end_of(engine, task_id))["status"] == "canceled"


async def test_one_slow_end_holds_up_no_other(
    engine: Installcast, recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the log of one task is being brought to a slow disk, another one ends."""
    asked, answer = threading.Event(), threading.Event()

    def sync_slowly(folder: Path) -> None:
        if folder.name.startswith("slow-"):
            asked.set()
            answer.wait(20)

    monkeypatch.setattr(ending, "sync_journal", sync_slowly)
    write_recipe(recipes, "slow")
    write_recipe(recipes, "quick")
    slow = await engine.installer.install({"key": "slow"})
    await asyncio.to_thread(asked.wait, 20)
    try:
        async with asyncio.timeout(20):
            quick = await end_of(engine, await engine.installer.install({"key": "quick"}))
        assert quick["status"] == "succeeded"
        assert (await engine.status(slow))["status"] == "running"
    finally:
        answer.set()
    assert (await end_of(engine, slow))["status"] == "succeeded"


async def test_a_runner_that_cannot_start(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """The task fails with the reason; the next one has its place."""
    opener = gate()
    write_gated(recipes, "a", declared="locks: [x]\n")
    write_recipe(recipes, "b", declared="locks: [x]\n")
    first = await engine.installer.install({"key": "a", "gate": str(opener.path)})
    second = await engine.installer.install({"key": "b"})
    (engine.settings.tasks_dir / second / "task.json").write_text("{")
    opener.open()
    status = await end_of(engine, second)
    assert (status["status"], status["error"]["code"]) == ("failed", "RUNNER_START_FAILED")
    assert "task.json" in status["error"]["hint"]
    await end_of(engine, first)
    assert (await end_of(engine, await engine.installer.install({"key": "b"})))["status"] == "succeeded"


async def test_a_runner_that_is_killed(engine: Installcast, recipes: Path, gate: Callable[..., Gate]) -> None:
    """Its script may go on to its end, and prints into nothing; then the task is interrupted, never a success."""
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await line_of(engine, task_id, "started")
    folder = engine.settings.tasks_dir / task_id
    started = read_started(folder)
    assert started is not None
    os.kill(started.pid, signal.SIGKILL)
    assert orphan_of(folder) is not None
    opener.open()
    records = await records_of(engine, task_id)
    assert (records[0].message, records[0].final) == ("started", None)
    assert (records[-1].status, records[-1].final) == ("interrupted", True)
    status = await engine.status(task_id)
    assert (status["status"], status["error"]["code"]) == ("interrupted", "INTERRUPTED")
    assert status["last_seq"] == records[-1].seq
    opener.open()
    assert (await end_of(engine, await engine.installer.retry(task_id)))["status"] == "succeeded"


async def test_cancel_of_a_task_whose_runner_is_gone(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """The script that it left is ended, with all that belongs to its session."""
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await line_of(engine, task_id, "started")
    folder = engine.settings.tasks_dir / task_id
    started = read_started(folder)
    assert started is not None
    os.kill(started.pid, signal.SIGKILL)
    orphan = orphan_of(folder)
    assert orphan is not None
    await engine.installer.cancel(task_id)
    assert (await end_of(engine, task_id))["status"] == "interrupted"
    assert not orphan.script.is_alive()


@pytest.mark.parametrize("count", [3000])
async def test_an_orphan_never_waits_for_a_reader(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate], count: int, tmp_path: Path
) -> None:
    """More output than a pipe holds does not stop a script whose runner died."""
    opener = gate()
    done = tmp_path / "done"
    script = f'echo started\nread -r _ <"$GATE"\nfor i in $(seq {count}); do echo "line $i of some length to fill it"; done\n'
    declared = 'parameters:\n  - {name: gate, env: GATE, type: string, pattern: "/.*"}\n'
    write_recipe(recipes, "web", f"{script}touch {done}\n", declared=declared)
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await line_of(engine, task_id, "started")
    started = read_started(engine.settings.tasks_dir / task_id)
    assert started is not None
    os.kill(started.pid, signal.SIGKILL)
    opener.open()
    assert (await end_of(engine, task_id))["status"] == "interrupted"
    assert done.exists()


async def test_no_viewer_waits_for_a_last_record_that_does_not_come(
    engine: Installcast, recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log ends with its task, whatever became of its last record."""

    async def fail(folder: Path, *_: object, **__: object) -> None:
        raise RunnerStartError(task_id=folder.name, reason="no")

    monkeypatch.setattr(supervisor, "launch", fail)
    monkeypatch.setattr(ending, "complete_journal", lambda *_: None)
    write_recipe(recipes, "web")
    task_id = await engine.installer.install({"key": "web"})
    async with asyncio.timeout(20):
        assert (await end_of(engine, task_id))["status"] == "failed"


async def test_a_fault_of_the_service_leaves_no_task_unwatched(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw in the start is met by another try; the script runs once."""
    monkeypatch.setattr(supervisor, "_RETRY_SECONDS", (0.05,))
    faults, launched = [1, 2], asyncio.Event()

    async def faulty(*args: Any, **options: Any) -> None:
        await launch(*args, **options)
        if faults:
            raise RuntimeError(f"fault {faults.pop()}")
        launched.set()

    monkeypatch.setattr(supervisor, "launch", faulty)
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    async with asyncio.timeout(20):
        await launched.wait()
        opener.open()
        assert (await end_of(engine, task_id))["status"] == "succeeded"
    assert [record.message for record in await records_of(engine, task_id)].count("started") == 1


async def test_a_task_that_the_service_fails_to_look_after(
    engine: Installcast, recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When all attempts fail and nothing of it runs it is given up, and told as such; the next one has its place."""
    monkeypatch.setattr(supervisor, "_RETRY_SECONDS", (0.01,))

    async def faulty(*args: Any, **options: Any) -> None:
        raise RuntimeError("fault")

    monkeypatch.setattr(supervisor, "launch", faulty)
    write_recipe(recipes, "web")
    task_id = await engine.installer.install({"key": "web"})
    async with asyncio.timeout(20):
        status = await end_of(engine, task_id)
    assert (status["status"], status["error"]["code"]) == ("interrupted", "SERVICE_FAULT")
    assert not engine.queue.runs(task_id)


async def test_a_clock_that_goes_back(engine: Installcast, recipes: Path, gate: Callable[..., Gate]) -> None:
    """No task ends before it began, and none begins before it was asked for."""
    opener = gate()
    write_gated(recipes, "web")
    engine.supervisor._clock = lambda: time.time() - 7200
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await line_of(engine, task_id, "started")
    task = await engine.store.get(task_id)
    assert task is not None
    assert task.started_at == task.created_at
    folder = engine.settings.tasks_dir / task_id
    started = read_started(folder)
    assert started is not None
    os.kill(started.pid, signal.SIGKILL)
    opener.open()
    status = await end_of(engine, task_id)
    assert status["created_at"] <= status["started_at"] <= status["finished_at"]


async def test_cancel_of_a_task_whose_start_is_put_off(
    engine: Installcast, recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canceled while its start cannot be stored on a full disk: it is not run when there is room again."""
    monkeypatch.setattr(supervisor, "STORAGE_RETRY_SECONDS", 0.05)
    write_recipe(recipes, "web")
    asked, answered = asyncio.Event(), asyncio.Event()
    change, note_cancel = engine.store.change, engine.store.note_cancel

    async def full(*arguments: Any, **columns: Any) -> Any:
        monkeypatch.setattr(engine.store, "change", change)
        asked.set()
        await answered.wait()
        raise InsufficientStorageError(path="/")

    async def note(*arguments: Any) -> None:
        await note_cancel(*arguments)
        answered.set()

    monkeypatch.setattr(engine.store, "change", full)
    monkeypatch.setattr(engine.store, "note_cancel", note)
    task_id = await engine.installer.install({"key": "web"})
    await asked.wait()
    await engine.installer.cancel(task_id)
    end = await end_of(engine, task_id)
    assert (end["status"], end["last_seq"]) == ("canceled", 0)


async def test_the_end_of_a_task_that_a_runner_has_taken_meanwhile(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """Whatever the service was about to tell, what the runner does is what happens."""
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await line_of(engine, task_id, "started")
    concluding = asyncio.create_task(engine.supervisor.conclude(task_id, ending.canceled("alice")))
    opener.open()
    await concluding
    assert (await end_of(engine, task_id))["status"] == "succeeded"
