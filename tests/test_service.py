"""The engine as a program uses it."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import installcast
from installcast import Installcast, LogMessage, Settings
from installcast.errors import DataFolderInUseError, DataFolderNotWritableError, TaskNotFoundError
from tests.tasks.conftest import engine, recipes, settings
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.tasks.watching import end_of, line_of

__all__ = ["engine", "recipes", "settings"]

STATUS_KEYS = {
    *(
        "task_id",
        "key",
        "version",
        "action",
        "status",
        "phase",
        "completed",
        "progress",
        "step",
        "current_step",
    ),
    *(
        "total_steps",
        "eta_seconds",
        "progress_basis",
        "activity",
        "stalled",
        "queue_position",
        "waits_for",
        "results",
    ),
    *(
        "exit_code",
        "error",
        "rollback",
        "after_state",
        "created_at",
        "started_at",
        "finished_at",
        "seconds",
        "expected_seconds",
        "last_seq",
        "viewers",
        "user",
    ),
}


async def test_status_in_every_state(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """The keys are the same whether a task waits, runs or has ended."""
    opener = gate()
    write_gated(recipes, "a")
    write_recipe(recipes, "b")
    async with Installcast(settings(runner={"max_parallel": 1})) as engine:
        first = await engine.installer.install({"key": "a", "gate": str(opener.path)}, user="alice")
        second = await engine.installer.install({"key": "b"}, user="alice")
        await line_of(engine, first, "started")
        running, waiting = await engine.status(first), await engine.status(second)
        opener.open()
        ended = await end_of(engine, second)
    for status, name in ((running, "running"), (waiting, "queued"), (ended, "succeeded")):
        assert set(status) == STATUS_KEYS
        assert status["status"] == name
        assert status["completed"] is (name == "succeeded")
        assert status["user"] == "alice"
    assert (running["phase"], running["last_seq"], running["finished_at"]) == ("install", 0, None)
    assert (running["seconds"], waiting["expected_seconds"]) == (None, None)
    assert (waiting["started_at"], waiting["last_seq"], waiting["viewers"]) == (None, None, 0)


async def test_status_tells_what_a_running_task_says(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """Step and progress of a running task are those that its runner has told last."""
    opener = gate()
    script = '. "$INSTALLCAST_SH"\nstep 2 4 "Compile"\nprogress 50\necho half\nread -r _ <"$GATE"\n'
    declared = 'parameters:\n  - {name: gate, env: GATE, type: string, pattern: "/.*"}\n'
    write_recipe(recipes, "web", script, declared=declared)
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    await line_of(engine, task_id, "half")
    stream = engine.logs.get(task_id)
    assert stream is not None
    while not (await engine.status(task_id))["step"]:
        await stream.wait(stream.version)
    status = await engine.status(task_id)
    assert (status["step"], status["current_step"], status["total_steps"]) == ("Compile", 2, 4)
    assert 0 < status["progress"] < 100
    assert status["progress_basis"] != "none"
    opener.open()
    ended = await end_of(engine, task_id)
    assert (ended["step"], ended["current_step"], ended["progress"]) == ("Compile", 2, 100)


async def test_what_a_task_left_is_told_everywhere(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """State, list and last record say what a failed task has left; one that never ran has changed nothing; a success says
    nothing, and what the database knows is there after a restart, too."""
    opener = gate()
    write_gated(recipes, "gated")
    write_recipe(
        recipes,
        "halfway",
        'echo 1 >"$INSTALLCAST_PREFIX/version"\nexit 7\n',
        detect='echo "installed=$(cat "$INSTALLCAST_PREFIX/version")"\n',
        uninstall='rm "$INSTALLCAST_PREFIX/version"\n',
    )
    made = settings(runner={"max_parallel": 1})
    async with Installcast(made) as engine:
        failed = await engine.installer.install({"key": "halfway"})
        assert (await end_of(engine, failed))["after_state"] == "partly"
        stream = engine.logs.get(failed)
        assert stream is not None
        assert (last := stream.last_message) is not None
        assert (last.after_state, last.final) == ("partly", True)
        assert "partly installed" in last.message
        running = await engine.installer.install({"key": "gated", "gate": str(opener.path)})
        waiting = await engine.installer.uninstall({"key": "halfway"})
        await engine.installer.cancel(waiting)
        assert (await end_of(engine, waiting))["after_state"] == "unchanged"
        opener.open()
        assert (await end_of(engine, running))["after_state"] is None
    async with Installcast(made) as engine:
        listed = (await engine.list_tasks())["tasks"]
        assert [task["after_state"] for task in listed] == ["unchanged", None, "partly"]


async def test_lists_page_and_filter(engine: Installcast, recipes: Path) -> None:
    """Newest first, one's own only, by cursor."""
    write_recipe(recipes, "web")
    ids = []
    for user in ("alice", "bob", "alice"):
        ids.append(await engine.installer.install({"key": "web"}, user=user))
        await end_of(engine, ids[-1])
    everybody = await engine.list_tasks(limit=2)
    assert [task["task_id"] for task in everybody["tasks"]] == [ids[2], ids[1]]
    rest = await engine.list_tasks(limit=2, cursor=everybody["next_cursor"])
    assert [task["task_id"] for task in rest["tasks"]] == [ids[0]]
    assert rest["next_cursor"] is None
    alice = await engine.list_tasks("alice", key="web")
    assert [task["task_id"] for task in alice["tasks"]] == [ids[2], ids[0]]
    assert set(alice["tasks"][0]) == STATUS_KEYS
    assert all(task["seconds"] >= 0 for task in alice["tasks"])
    assert [task["task_id"] for task in (await engine.list_tasks(user="bob"))["tasks"]] == [ids[1]]
    assert (await engine.list_tasks("alice", user="bob"))["tasks"] == []


async def test_software(engine: Installcast, recipes: Path, gate: Callable[..., Gate]) -> None:
    """The catalog says what is installed, asked of the system anew when a task has changed it, and who works on it."""
    opener = gate()
    marker = engine.settings.software_dir / "web" / "version"
    declared = 'parameters:\n  - {name: gate, env: GATE, type: string, pattern: "/.*"}\n'
    write_recipe(
        recipes,
        "web",
        'echo started\nread -r _ <"$GATE"\necho 2.5 >"$INSTALLCAST_PREFIX/version"\n',
        declared=declared,
        detect='echo "installed=$(cat "$INSTALLCAST_PREFIX/version" 2>/dev/null)"\necho candidate=2.6\n',
    )
    (write_recipe(recipes, "broken") / "install.sh").unlink()

    async def listed(key: str = "web", **options: Any) -> dict[str, Any]:
        software = await engine.list_software(**options)
        return next(entry for entry in software if entry["key"] == key)

    before = await listed()
    assert (before["installed_version"], before["candidate_version"], before["active_task"]) == (
        None,
        "2.6",
        None,
    )
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)}, user="alice")
    assert (await listed(principal="alice"))["active_task"] == task_id
    foreign = await listed(principal="bob")
    assert (foreign["active_task"], foreign["busy"]) == (None, True)
    opener.open()
    await end_of(engine, task_id)
    assert marker.exists()
    after = await listed()
    assert (after["installed_version"], after["busy"]) == ("2.5", False)
    assert "install" in str((await listed("broken"))["broken"])


async def test_secret_results_once(engine: Installcast, recipes: Path) -> None:
    """A generated password is told to the task's owner, once, and to nobody else; the status shows that there is one."""
    script = '. "$INSTALLCAST_SH"\nsecret hunter2222\nresult --secret password hunter2222\n'
    write_recipe(recipes, "web", script)
    task_id = await engine.installer.install({"key": "web"}, user="alice")
    status = await end_of(engine, task_id)
    assert status["results"] == [{"name": "password", "value": None, "secret": True}]
    assert await engine.take_secret_results(task_id) == []
    assert await engine.take_secret_results(task_id, "alice") == [{"name": "password", "value": "hunter2222"}]
    assert await engine.take_secret_results(task_id, "alice") == []


@pytest.mark.parametrize("task_id", ["", "../../etc", "web-1-x", "x" * 300, "a\0b"])
async def test_unknown_tasks(engine: Installcast, task_id: str) -> None:
    """What is no task is not found, and has no log."""
    with pytest.raises(TaskNotFoundError):
        await engine.status(task_id)
    assert engine.logs.get(task_id) is None


async def test_a_second_one_is_refused(engine: Installcast) -> None:
    """One process owns a data folder; the second learns who, and that both could go on elsewhere."""
    import os

    with pytest.raises(DataFolderInUseError, match=str(os.getpid())) as caught:
        async with Installcast(engine.settings):
            pass
    assert str(engine.settings.data_dir) in str(caught.value)
    assert engine.ready
    assert (await engine.list_tasks())["tasks"] == []


async def test_a_folder_that_cannot_be_made() -> None:
    """It is named; /proc takes no folder, not even from root."""
    with pytest.raises(DataFolderNotWritableError, match="/proc/installcast"):
        async with Installcast(Settings(data_dir=Path("/proc/installcast"))):
            pass


async def test_the_data_folder_is_private(settings: Callable[..., Settings], recipes: Path) -> None:
    """0700 and 0600 throughout, even where the folder was there with other modes."""
    write_recipe(recipes, "web")
    made = settings()
    made.data_dir.mkdir(mode=0o755)
    async with Installcast(made) as engine:
        await end_of(engine, await engine.installer.install({"key": "web"}))
        for path in (made.data_dir, *made.data_dir.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_it_can_be_entered_again(settings: Callable[..., Settings], recipes: Path) -> None:
    """Ready while it is entered; after its end the same object can begin anew."""
    write_recipe(recipes, "web")
    engine = Installcast(settings())
    states = []
    for _ in range(2):
        states.append(engine.ready)
        async with engine:
            states.append(engine.ready)
            assert (await end_of(engine, await engine.installer.install({"key": "web"})))["completed"]
    assert [*states, engine.ready] == [False, True, False, True, False]


async def test_a_failed_start_leaves_nothing_behind(settings: Callable[..., Settings]) -> None:
    """Where the database cannot be used, the folder is free again."""
    made = settings()
    made.data_dir.mkdir()
    newer = sqlite3.connect(made.database_file)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    for _ in range(2):
        with pytest.raises(installcast.errors.ConfigurationError, match=r"installcast\.db"):
            async with Installcast(made):
                pass
    made.database_file.unlink()
    async with Installcast(made) as engine:
        assert engine.ready


async def test_runners_outlive_it(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """Leaving the engine in the middle of an install ends no install; the stream says that the server is gone, not the task."""
    opener = gate()
    write_gated(recipes, "web")
    made = settings()
    async with Installcast(made) as engine:
        task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
        await line_of(engine, task_id, "started")
        stream = engine.logs.get(task_id)
        assert stream is not None
        rest = asyncio.create_task(_collect(stream.follow(since=1)))
    assert await rest == []
    assert (stream.is_closed, stream.is_completed) == (True, False)
    opener.open()
    async with Installcast(made) as engine:
        assert (await end_of(engine, task_id))["status"] == "succeeded"


async def _collect(messages: Any) -> list[LogMessage]:
    return [message async for message in messages]


async def test_lifespan_enters_it_once(settings: Callable[..., Settings]) -> None:
    """As a lifespan it enters the engine unless somebody has already."""
    engine = Installcast(settings())
    async with engine.lifespan(None):
        assert engine.ready
        async with engine.lifespan(None):
            assert engine.ready
        assert engine.ready
    assert not engine.ready


def test_the_public_names() -> None:
    """Everything that programs use is there under its name, and nothing else is."""
    for name in installcast.__all__:
        assert getattr(installcast, name) is not None
        assert name in dir(installcast)
    with pytest.raises(AttributeError, match="nothing"):
        _ = installcast.nothing


def test_the_package_loads_nothing() -> None:
    """A runner imports the package, too: that must bring in no third-party module."""
    source = Path(installcast.__file__).parents[1]
    code = (
        f"import sys; sys.path.append({str(source)!r}); import installcast; import installcast.runner.start;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert set(loaded.split()) - {"installcast", "__main__"} <= set(sys.stdlib_module_names)
