"""What a new start makes of what a killed server left."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast import Installcast, Settings
from installcast.runner.probe import is_running, read_started
from installcast.stream.journal_reader import JournalReader
from installcast.tasks.processes import runner_end
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Store, Task
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.tasks.server import Server
from tests.tasks.watching import end_of, line_of, records_of


def wait_for_line(settings: Settings, task_id: str, text: str) -> None:
    """Return when the journal of a task that somebody else's server runs holds ``text``."""

    async def wait() -> None:
        from installcast import InstallLogManager

        async with InstallLogManager() as logs:
            journal = settings.tasks_dir / task_id / "journal.jsonl"
            async for message in logs.create_log_stream(task_id, journal, "x").follow():
                if text in message.message:
                    return

    asyncio.run(wait())


def runner_pid(settings: Settings, task_id: str) -> int:
    """Return the pid of a task's runner."""
    started = read_started(settings.tasks_dir / task_id)
    assert started is not None
    return started.pid


def test_a_running_install_goes_on(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """After kill -9 of the server the install runs on; a new server finds it, its log is whole, its end is right."""
    opener = gate()
    write_gated(recipes, "web")
    made = settings()
    server = Server(made, {"key": "web", "gate": str(opener.path)})
    (task_id,) = server.task_ids
    wait_for_line(made, task_id, "started")
    server.kill()
    assert is_running(made.tasks_dir / task_id)

    async def go_on() -> None:
        async with Installcast(made) as engine:
            status = await engine.status(task_id)
            assert (status["status"], status["last_seq"]) == ("running", 0)
            opener.open("yes")
            records = await records_of(engine, task_id)
            assert [record.seq for record in records] == [0, 1, 2]
            assert [record.message for record in records][:2] == ["started", "let go: yes"]
            assert (await engine.status(task_id))["status"] == "succeeded"

    asyncio.run(go_on())


def test_an_install_that_ended_meanwhile(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """What ended while no server was there is told as it ended, with the times and results that it had."""
    opener = gate()
    script = '. "$INSTALLCAST_SH"\nresult url http://x/\nread -r _ <"$GATE"\nexit 7\n'
    write_recipe(
        recipes,
        "web",
        script,
        declared='parameters:\n  - {name: gate, env: GATE, type: string, pattern: "/.*"}\n',
    )
    made = settings()
    server = Server(made, {"key": "web", "gate": str(opener.path)})
    (task_id,) = server.task_ids
    opener.open()
    server.kill()

    async def look() -> None:
        await runner_end(made.tasks_dir / task_id)
        async with Installcast(made) as engine:
            status = await end_of(engine, task_id)
            assert (status["status"], status["exit_code"], status["completed"]) == ("failed", 7, True)
            assert status["results"] == [{"name": "url", "value": "http://x/", "secret": False}]
            assert status["started_at"] <= status["finished_at"]
            assert (await engine.store.active()) == []

    asyncio.run(look())


def test_waiting_tasks_go_on_with_their_secrets(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """Accepted tasks run in their order after a new start; a secret that was accepted with one is still there."""
    opener = gate()
    write_gated(recipes, "a")
    write_recipe(
        recipes, "b", 'echo "${#PASSWORD}"\n', declared="parameters: [{name: password, secret: true}]\n"
    )
    write_recipe(recipes, "c")
    made = settings(runner={"max_parallel": 1})
    server = Server(
        made, {"key": "a", "gate": str(opener.path)}, {"key": "b", "password": "correct-horse"}, {"key": "c"}
    )
    first, second, third = server.task_ids
    server.kill()

    async def go_on() -> None:
        async with Installcast(made) as engine:
            assert [(await engine.status(id_))["queue_position"] for id_ in server.task_ids] == [None, 1, 2]
            opener.open()
            assert (await records_of(engine, second))[0].message == "13"
            ends = [await end_of(engine, task_id) for task_id in (first, second, third)]
            assert [end["status"] for end in ends] == ["succeeded"] * 3
            assert ends[1]["finished_at"] <= ends[2]["started_at"]

    asyncio.run(go_on())


def test_a_lost_secret_is_told(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """After a reboot a waiting task has lost its secret: it never runs, and the reason is named."""
    opener = gate()
    write_gated(recipes, "a")
    write_recipe(recipes, "b", "touch ran\n", declared="parameters: [{name: password, secret: true}]\n")
    made = settings(runner={"max_parallel": 1})
    server = Server(made, {"key": "a", "gate": str(opener.path)}, {"key": "b", "password": "correct-horse"})
    server.kill()
    SecretFiles(made.data_dir).clean(keep=())

    async def look() -> None:
        async with Installcast(made) as engine:
            records = await records_of(engine, server.task_ids[1])
            assert [(record.status, record.final) for record in records] == [("interrupted", True)]
            status = await engine.status(server.task_ids[1])
            assert (status["status"], status["error"]["code"]) == ("interrupted", "SECRET_LOST")
            opener.open()
            await end_of(engine, server.task_ids[0])
        assert not list(made.tasks_dir.rglob("ran"))

    asyncio.run(look())


def test_a_runner_that_died_meanwhile(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """Server and runner killed: the task is interrupted, never run again, and its log says so at its end."""
    opener = gate()
    write_gated(recipes, "web")
    made = settings()
    server = Server(made, {"key": "web", "gate": str(opener.path)})
    (task_id,) = server.task_ids
    wait_for_line(made, task_id, "started")
    server.kill()
    os.kill(runner_pid(made, task_id), signal.SIGKILL)
    opener.open()

    async def look() -> None:
        async with Installcast(made) as engine:
            records = await records_of(engine, task_id)
            assert [record.seq for record in records] == list(range(len(records)))
            assert (records[-1].status, records[-1].level, records[-1].final) == ("interrupted", "WARN", True)
            status = await engine.status(task_id)
            assert (status["error"]["code"], status["exit_code"]) == ("INTERRUPTED", None)
            assert status["last_seq"] == records[-1].seq

    asyncio.run(look())


@pytest.fixture
def ended(settings: Callable[..., Settings], recipes: Path) -> tuple[Settings, Path]:
    """The folder of a task that has succeeded, though the database believes that it runs."""
    write_recipe(recipes, "web")
    made = settings()

    async def run() -> str:
        async with Installcast(made) as engine:
            task_id = await engine.installer.install({"key": "web"}, user="alice")
            await end_of(engine, task_id)
        return task_id

    task_id = asyncio.run(run())
    asyncio.run(_forget_end(made, task_id))
    return made, made.tasks_dir / task_id


async def _forget_end(settings: Settings, task_id: str) -> None:
    """Bring the database back to where it was before the task's end."""
    store = await Store(settings.database_file).open()
    await store._run(
        store._execute, "UPDATE tasks SET status = 'running', finished_at = NULL WHERE task_id = ?", task_id
    )
    await store.close()


def look_at(settings: Settings, folder: Path) -> tuple[str, dict[str, str] | None]:
    """Return status and error of the task in ``folder`` after a new start."""

    async def look() -> tuple[str, dict[str, str] | None]:
        async with Installcast(settings) as engine:
            status = await end_of(engine, folder.name)
            return status["status"], status["error"]

    return asyncio.run(look())


def test_a_missing_last_record_is_added(ended: tuple[Settings, Path]) -> None:
    """A power cut between exit.json and the last record: the record is made good, torn bytes are removed."""
    settings, folder = ended
    journal = folder / "journal.jsonl"
    whole = journal.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    journal.write_bytes(whole[: -len(last)] + last[:20])
    assert look_at(settings, folder) == ("succeeded", None)
    assert journal.read_bytes() == whole


def test_a_damaged_exit_record_is_set_aside(ended: tuple[Settings, Path]) -> None:
    """What cannot be read is no success: the task is interrupted, and the file is kept for people to look at."""
    settings, folder = ended
    (folder / "exit.json").write_bytes(b"\0" * 700)
    status, error = look_at(settings, folder)
    assert status == "interrupted"
    assert error is not None
    assert error["code"] == "OUTCOME_DAMAGED"
    assert (folder / "exit.json.damaged").read_bytes() == b"\0" * 700


def test_an_end_that_is_unknown_is_set_aside(ended: tuple[Settings, Path]) -> None:
    """A status that this version does not know is a damaged exit record."""
    settings, folder = ended
    record = json.loads((folder / "exit.json").read_bytes())
    (folder / "exit.json").write_text(json.dumps({**record, "status": "vanished"}))
    assert look_at(settings, folder)[0] == "interrupted"
    assert (folder / "exit.json.damaged").exists()


def test_a_damaged_last_record_does_not_keep_a_task_from_its_end(ended: tuple[Settings, Path]) -> None:
    """What the last line says is lost then; the end is told all the same."""
    settings, folder = ended
    (folder / "exit.json").unlink()
    (folder / "journal.jsonl").write_bytes(b'{"seq":0,"message":broken}\n')

    async def look() -> str:
        async with Installcast(settings) as engine, asyncio.timeout(20):
            stream = engine.logs.get(folder.name)
            assert stream is not None
            while not stream.is_completed:
                await stream.wait(stream.version)
            status: str = (await engine.status(folder.name))["status"]
            return status

    assert asyncio.run(look()) == "interrupted"


def test_stray_files_do_not_keep_the_service_from_its_start(ended: tuple[Settings, Path]) -> None:
    """Somebody's file among the folders of tasks and of plans stays where it is."""
    settings, folder = ended
    plans = settings.data_dir / "plans"
    plans.mkdir(exist_ok=True)
    strays = [settings.tasks_dir / "note.txt", plans / "note.txt"]
    for stray in strays:
        stray.touch()
    assert look_at(settings, folder)[0] == "succeeded"
    assert all(stray.exists() for stray in strays)


def test_a_missing_exit_record_is_no_success(ended: tuple[Settings, Path]) -> None:
    """Even a last record that speaks of success is not believed without it."""
    settings, folder = ended
    (folder / "exit.json").unlink()
    assert look_at(settings, folder)[0] == "interrupted"


def test_a_folder_that_is_gone(ended: tuple[Settings, Path]) -> None:
    """A task whose folder somebody removed is told as lost, and does not run again."""
    settings, folder = ended
    shutil.rmtree(folder)
    status, error = look_at(settings, folder)
    assert status == "interrupted"
    assert error is not None
    assert error["code"] == "TASK_FOLDER_LOST"
    assert JournalReader(folder / "journal.jsonl").total() == 1


def test_a_task_that_was_about_to_start(ended: tuple[Settings, Path]) -> None:
    """Killed between the decision and the start: it is started now, once."""
    settings, folder = ended
    for name in ("exit.json", "started", "run.lock", "live.json"):
        (folder / name).unlink()
    (folder / "journal.jsonl").write_bytes(b"")
    assert look_at(settings, folder) == ("succeeded", None)
    assert JournalReader(folder / "journal.jsonl").total() == 2


def test_strays_are_removed(ended: tuple[Settings, Path]) -> None:
    """A folder that no task ever got is removed; one that was run is kept, whatever the database knows."""
    settings, folder = ended
    never = settings.tasks_dir / "web-1-never"
    never.mkdir()
    (never / "task.json").write_text("{}")
    other = settings.tasks_dir / "web-1-other"
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("output", "control"))
    look_at(settings, folder)
    assert not never.exists()
    assert other.exists()


def test_a_plan_that_was_interrupted_leaves_nothing(ended: tuple[Settings, Path]) -> None:
    """The folder of a plan that nobody waits for any more is removed."""
    settings, folder = ended
    left = settings.data_dir / "plans" / "web-1-x"
    left.mkdir(parents=True)
    look_at(settings, folder)
    assert not left.exists()


def test_states_that_the_database_does_not_know_of(ended: tuple[Settings, Path]) -> None:
    """A row that waits although its runner was started (its disk was full then) is settled, too."""
    settings, folder = ended

    async def queue_it() -> None:
        store = await Store(settings.database_file).open()
        await store._run(store._execute, "UPDATE tasks SET status = 'queued'")
        await store.close()

    asyncio.run(queue_it())
    assert look_at(settings, folder) == ("succeeded", None)


async def test_recovery_is_the_same_each_time(settings: Callable[..., Settings], recipes: Path) -> None:
    """A server that starts and stops again and again changes nothing any more."""
    write_recipe(recipes, "web")
    made = settings()
    async with Installcast(made) as engine:
        task_id = await engine.installer.install({"key": "web"})
        first = await end_of(engine, task_id)
    for _ in range(3):
        async with Installcast(made) as engine:
            assert await engine.status(task_id) == first
            assert len(await records_of(engine, task_id)) == 2


async def test_a_last_record_that_could_not_be_settled(
    settings: Callable[..., Settings], recipes: Path
) -> None:
    """A task of a version that is unknown by now has its journal all the same."""
    made = settings()
    made.data_dir.mkdir()
    store = await Store(made.database_file).open()
    await store.add(
        Task("gone-1-x", "gone", "1", "install", "alice", "2026-01-01T00:00:00.000000Z", TaskStatus.RUNNING)
    )
    await store.close()
    async with Installcast(made) as engine:
        assert (await end_of(engine, "gone-1-x"))["status"] == "interrupted"
        exit_record = json.loads((made.tasks_dir / "gone-1-x" / "exit.json").read_text())
        assert exit_record["status"] == "interrupted"


async def test_one_that_cannot_be_looked_at(
    settings: Callable[..., Settings],
    recipes: Path,
    gate: Callable[..., Gate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It keeps its place and no other from its start; when it can be looked at again, it runs, once."""
    monkeypatch.setattr("installcast.tasks.supervisor.STORAGE_RETRY_SECONDS", 0.05)
    opener = gate()
    write_gated(recipes, "busy", declared="locks: [l]\n")
    write_recipe(recipes, "web", declared="locks: [l]\n")
    write_recipe(recipes, "other")
    made = settings()
    async with Installcast(made) as engine:
        busy = await engine.installer.install({"key": "busy", "gate": str(opener.path)})
        waiting = await engine.installer.install({"key": "web"})
        await line_of(engine, busy, "started")
    folder, aside = made.tasks_dir / waiting, made.tasks_dir.parent / "aside"
    folder.rename(aside)
    folder.touch()  # where a folder is expected: whatever is asked of it fails
    async with Installcast(made) as engine:
        other = await engine.installer.install({"key": "other"})
        assert (await end_of(engine, other))["status"] == "succeeded"
        opener.open()
        await end_of(engine, busy)
        assert (await engine.status(waiting))["status"] == "queued"
        folder.unlink()
        aside.rename(folder)
        async with asyncio.timeout(10):
            while waiting not in engine.logs:  # noqa: ASYNC110 - there is no log yet that could tell
                await asyncio.sleep(0.01)
        assert (await end_of(engine, waiting))["status"] == "succeeded"


def test_a_folder_that_we_are_shut_out_of(ended: tuple[Settings, Path]) -> None:
    """A script that is no root may have changed the mode of its folder; it is changed back."""
    settings, folder = ended
    folder.chmod(0)
    assert look_at(settings, folder) == ("succeeded", None)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_log_tells_that_it_was_run(ended: tuple[Settings, Path]) -> None:
    """Where a script has removed all else that says so, it is not run again."""
    settings, folder = ended
    for name in ("exit.json", "started", "run.lock", "live.json"):
        (folder / name).unlink()
    status, error = look_at(settings, folder)
    assert status == "interrupted"
    assert error is not None
    assert error["code"] == "OUTCOME_DAMAGED"
