"""The one door: what is taken, what is refused, and that a refusal leaves nothing."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installcast import EnhancedInstaller, Installcast, Settings
from installcast.errors import (
    IdempotencyMismatchError,
    InstallcastError,
    InsufficientStorageError,
    NotAllowedError,
    RecipeBrokenError,
    RecipeNotFoundError,
    TaskActiveError,
    TaskNotActiveError,
    TaskNotFoundError,
    TaskStillActiveError,
    UnavailableError,
)
from installcast.tasks.access import Principal
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.tasks.watching import end_of, line_of, records_of

SECRET = """
parameters:
  - {name: pwd, env: DB_PASSWORD, type: string, secret: true, required: true}
  - {name: port, env: PORT, type: integer, default: 80}
"""


async def test_an_install_runs_and_succeeds(engine: Installcast, recipes: Path) -> None:
    """The id comes at once, the log is followed live, the state is final with its last record."""
    write_recipe(recipes, "web", 'echo "version $INSTALLCAST_VERSION"\n', verify="echo checked\n")
    task_id = await engine.installer.install({"key": "web", "version": "2.7"}, user="alice")
    records = await records_of(engine, task_id)
    assert [record.message for record in records[:-1]] == ["version 2.7", "checked"]
    assert records[-1].final
    status = await engine.status(task_id)
    assert (status["status"], status["progress"], status["exit_code"]) == ("succeeded", 100, 0)
    assert (status["user"], status["version"], status["last_seq"]) == ("alice", "2.7", 2)
    assert status["created_at"] <= status["started_at"] <= status["finished_at"]


async def test_the_status_is_final_before_the_last_record_is_seen(engine: Installcast, recipes: Path) -> None:
    """Whoever sees the end and asks gets the end."""
    write_recipe(recipes, "web")
    task_id = await engine.installer.install({"key": "web"})
    stream = engine.logs.get(task_id)
    assert stream is not None
    async for record in stream.follow():
        completed = (await engine.status(task_id))["completed"]
        assert not record.final or completed


async def test_a_failure_is_told_with_its_cause(engine: Installcast, recipes: Path) -> None:
    """The script's own exit status, the error it reported, and what the rollback did."""
    install = '. "$INSTALLCAST_SH"\ndie NO_LUCK "Try another day."\n'
    write_recipe(recipes, "web", install, rollback="echo undone\n")
    status = await end_of(engine, await engine.installer.install({"key": "web"}))
    assert (status["status"], status["exit_code"], status["rollback"]) == ("failed", 1, "succeeded")
    assert (status["error"]["code"], status["error"]["hint"]) == ("NO_LUCK", "Try another day.")
    assert status["progress"] < 100


async def test_upgrade_and_uninstall(engine: Installcast, recipes: Path) -> None:
    """Each runs its own script, and is told by its action."""
    said = 'echo "$INSTALLCAST_ACTION it"\n'
    write_recipe(recipes, "web", said, upgrade=said, uninstall=said)
    for action in ("upgrade", "uninstall"):
        task_id = await getattr(engine.installer, action)({"key": "web"})
        assert (await records_of(engine, task_id))[0].message == f"{action} it"
        assert (await engine.status(task_id))["action"] == action


async def test_the_names_of_the_first_design(engine: Installcast, recipes: Path) -> None:
    """EnhancedInstaller and install_with_realtime_log are the same door."""
    write_recipe(recipes, "web")
    assert isinstance(engine.installer, EnhancedInstaller)
    task_id = await engine.installer.install_with_realtime_log({"key": "web"})
    assert (await end_of(engine, task_id))["status"] == "succeeded"


BAD: list[tuple[dict[str, Any], type[InstallcastError] | None, str | None]] = [
    ({"key": "nothing"}, RecipeNotFoundError, "key"),
    ({"key": "../web"}, RecipeNotFoundError, "key"),
    ({"key": "broken"}, RecipeBrokenError, "key"),
    ({"key": "web", "version": "9"}, None, "version"),
    ({"key": "web", "nosuch": "1", "pwd": "correct-horse"}, None, "nosuch"),
    ({"key": "web"}, None, "pwd"),
    ({"key": "web", "pwd": "short"}, None, "pwd"),
    ({"key": "web", "pwd": "correct-horse", "port": "80\n81"}, None, "port"),
    ({"key": "web", "pwd": "correct-horse", "port": "80", "parameters": {"port": "81"}}, None, "port"),
]


@pytest.mark.parametrize(("params", "kind", "field"), BAD)
async def test_bad_requests_leave_nothing(
    engine: Installcast, recipes: Path, params: dict[str, Any], kind: type[InstallcastError], field: str
) -> None:
    """Each names the field at fault; there is no task, no folder, no secret."""
    write_recipe(recipes, "web", declared=SECRET)
    (write_recipe(recipes, "broken") / "install.sh").unlink()
    with pytest.raises(kind or InstallcastError) as caught:
        await engine.installer.install(params)
    assert caught.value.field == field
    assert (await engine.list_tasks())["tasks"] == []
    assert list(engine.settings.tasks_dir.iterdir()) == []


async def test_one_active_task_a_recipe(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """A second one is refused while the first lives; only who may see the first learns its id."""
    opener = gate()
    write_gated(recipes, "web")
    params = {"key": "web", "gate": str(opener.path)}
    task_id = await engine.installer.install(params, user="alice")
    for user, named in (("alice", task_id), ("bob", None), (Principal("r", frozenset({"admin"})), task_id)):
        with pytest.raises(TaskActiveError) as caught:
            await engine.installer.install(params, user=user)
        assert caught.value.task_id == named
    assert [folder.name for folder in engine.settings.tasks_dir.iterdir()] == [task_id]
    opener.open()
    await end_of(engine, task_id)
    opener.open()
    await end_of(engine, await engine.installer.install(params, user="bob"))


async def test_many_at_the_same_moment(engine: Installcast, recipes: Path) -> None:
    """Of twenty requests at once one is taken, and what the others prepared is gone."""
    write_recipe(recipes, "web")
    found = await asyncio.gather(
        *(engine.installer.install({"key": "web"}) for _ in range(20)), return_exceptions=True
    )
    task_ids = [result for result in found if isinstance(result, str)]
    refused = [result for result in found if isinstance(result, TaskActiveError)]
    assert len(task_ids) + len(refused) == 20
    assert sorted(folder.name for folder in engine.settings.tasks_dir.iterdir()) == sorted(task_ids)
    for task_id in task_ids:
        await end_of(engine, task_id)


async def test_idempotency(engine: Installcast, recipes: Path) -> None:
    """The same key and body is the same task, also at the same moment; another body, even another secret, is refused."""
    write_recipe(recipes, "web", declared=SECRET)
    params = {"key": "web", "pwd": "correct-horse"}

    async def install(**changed: str) -> str:
        return await engine.installer.install(params | changed, user="alice", idempotency_key="k")

    first, second = await asyncio.gather(install(), install())
    assert first == second == await install()
    for changed in ({"pwd": "battery-staple"}, {"port": "81"}):
        with pytest.raises(IdempotencyMismatchError):
            await install(**changed)
    await end_of(engine, first)
    assert await install() == first
    other = await engine.installer.install(params, user="bob", idempotency_key="k")
    assert other != first
    await end_of(engine, other)


async def test_idempotency_outlives_the_recipe(engine: Installcast, recipes: Path) -> None:
    """What was taken once stays taken, whatever has become of its recipe: edited, broken, or removed."""
    folder = write_recipe(recipes, "web", declared=SECRET)
    params = {"key": "web", "pwd": "correct-horse", "port": "81"}

    async def install(**changed: str) -> str:
        return await engine.installer.install(params | changed, user="alice", idempotency_key="k")

    task_id = await install()
    await end_of(engine, task_id)
    write_recipe(recipes, "web")  # it knows neither parameter any more
    assert await install() == task_id
    (folder / "install.sh").unlink()
    assert await install() == task_id
    shutil.rmtree(folder)
    assert await install() == task_id
    for changed in ({"pwd": "battery-staple"}, {"port": "82"}):
        with pytest.raises(IdempotencyMismatchError):
            await install(**changed)
    with pytest.raises(RecipeNotFoundError):
        await engine.installer.install(params, user="bob", idempotency_key="k")


async def test_scopes_and_owners(engine: Installcast, recipes: Path, gate: Callable[..., Gate]) -> None:
    """Who may not install does not; a foreign task is none, whatever one wants of it."""
    opener = gate()
    write_gated(recipes, "web")
    reader = Principal("alice", frozenset({"soft:read", "log:read"}))
    with pytest.raises(NotAllowedError):
        await engine.installer.install({"key": "web", "gate": str(opener.path)}, user=reader)
    with pytest.raises(NotAllowedError):
        await engine.installer.plan({"key": "web", "gate": str(opener.path)}, user=reader)
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)}, user="alice")
    with pytest.raises(NotAllowedError):
        await engine.installer.cancel(task_id, user=reader)
    for attempt in (
        engine.installer.cancel(task_id, user="bob"),
        engine.installer.retry(task_id, user="bob"),
        engine.status(task_id, "bob"),
        engine.take_secret_results(task_id, "bob"),
    ):
        with pytest.raises(TaskNotFoundError):
            await attempt
    assert (await engine.list_tasks("bob"))["tasks"] == []
    opener.open()
    await end_of(engine, task_id)


async def test_secrets_are_on_no_disk(
    engine: Installcast, recipes: Path, tmp_path: Path, gate: Callable[..., Gate]
) -> None:
    """Neither while a task waits and runs nor afterwards does any file hold a secret; the log shows it masked."""
    opener = gate()
    declared = SECRET + '  - {name: gate, env: GATE, type: string, pattern: "/.*"}\n'
    script = 'echo "pwd=$DB_PASSWORD"\nread -r _ <"$GATE"\necho "$DB_PASSWORD"\n'
    write_recipe(recipes, "web", script, declared=declared)
    params = {"key": "web", "pwd": "correct-horse", "gate": str(opener.path)}
    task_id = await engine.installer.install(params, idempotency_key="k")

    def holders() -> list[Path]:
        found = (path for path in engine.settings.data_dir.rglob("*") if path.is_file())
        return [path for path in found if b"correct-horse" in path.read_bytes()]

    assert holders() == []
    await line_of(engine, task_id, "pwd=***")
    assert holders() == []
    opener.open()
    assert [record.message for record in await records_of(engine, task_id)][:2] == ["pwd=***", "***"]
    assert holders() == []
    assert (await engine.status(task_id))["status"] == "succeeded"


async def test_retry(engine: Installcast, recipes: Path) -> None:
    """A new task with the same version and parameters, some of them changed if wanted."""
    parameters = "parameters:\n  - {name: port, env: PORT, type: integer, default: 80}\n"
    write_recipe(recipes, "web", 'echo "$INSTALLCAST_VERSION $PORT"\n', declared=parameters)
    task_id = await engine.installer.install({"key": "web", "version": "2.5", "port": "8090"})
    await end_of(engine, task_id)
    again = await engine.installer.retry(task_id)
    assert again != task_id
    assert (await records_of(engine, again))[0].message == "2.5 8090"
    changed = await engine.installer.retry(again, {"port": "8091"})
    assert (await records_of(engine, changed))[0].message == "2.5 8091"


async def test_retry_needs_the_secrets_again(engine: Installcast, recipes: Path) -> None:
    """They were kept nowhere; without them the parameter is named."""
    write_recipe(recipes, "web", 'echo "${#DB_PASSWORD} $PORT"\n', declared=SECRET)
    task_id = await engine.installer.install({"key": "web", "pwd": "correct-horse", "port": "81"})
    await end_of(engine, task_id)
    for params in (None, {"pwd": ""}):
        with pytest.raises(InstallcastError) as caught:
            await engine.installer.retry(task_id, params)
        assert caught.value.field == "pwd"
    again = await engine.installer.retry(task_id, {"parameters": {"pwd": "correct-horse"}})
    assert (await records_of(engine, again))[0].message == "13 81"


async def test_retry_and_cancel_at_the_wrong_time(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """A task that lives is not retried, one that has ended not canceled, one that never was neither."""
    opener = gate()
    write_gated(recipes, "web")
    task_id = await engine.installer.install({"key": "web", "gate": str(opener.path)})
    with pytest.raises(TaskStillActiveError):
        await engine.installer.retry(task_id)
    opener.open()
    await end_of(engine, task_id)
    with pytest.raises(TaskNotActiveError, match="succeeded"):
        await engine.installer.cancel(task_id)
    with pytest.raises(TaskNotFoundError):
        await engine.installer.cancel("web-1.0-01arz3ndektsv4rrffq69g5fav")


async def test_a_caller_who_leaves_leaves_no_half_task(engine: Installcast, recipes: Path) -> None:
    """A request whose sender is gone before the answer is carried out whole."""
    write_recipe(recipes, "web")
    request = asyncio.ensure_future(engine.installer.install({"key": "web"}))
    await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    await engine.installer.close()  # which waits for what is half taken
    tasks = (await engine.list_tasks())["tasks"]
    assert (await end_of(engine, tasks[0]["task_id"]))["status"] == "succeeded"


async def test_a_full_disk_is_told(
    engine: Installcast, recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for the task's folder: it is said so, and nothing is left."""
    write_recipe(recipes, "web")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InsufficientStorageError):
        await engine.installer.install({"key": "web"})
    assert list(engine.settings.tasks_dir.iterdir()) == []


async def test_a_stored_task_never_waits_for_nobody(
    engine: Installcast, recipes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task whose log cannot be followed ends at once, says why, and keeps nobody else from the same recipe."""

    def fail(_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    write_recipe(recipes, "web")
    with monkeypatch.context() as patch:
        patch.setattr(engine.supervisor, "follow", fail)
        task_id = await engine.installer.install({"key": "web"})
    async with asyncio.timeout(20):
        while not (status := await engine.status(task_id))["completed"]:  # noqa: ASYNC110 - it has no log to wait on
            await asyncio.sleep(0.02)
    assert status["status"] == "failed"
    assert "Too many open files" in status["error"]["hint"]
    assert (await end_of(engine, await engine.installer.retry(task_id)))["status"] == "succeeded"


async def test_nothing_is_taken_at_the_end(settings: Callable[..., Settings], recipes: Path) -> None:
    """An engine that has been left takes no requests."""
    write_recipe(recipes, "web")
    async with Installcast(settings()) as engine:
        installer = engine.installer
    with pytest.raises(UnavailableError):
        await installer.install({"key": "web"})


async def test_idempotency_outlives_the_key_of_secrets(
    settings: Callable[..., Settings], recipes: Path
) -> None:
    """After a new start or a reboot the secret cannot be compared any more: the rest decides, and nothing runs twice."""
    declared = "parameters:\n  - {name: pwd, env: PW, type: string, secret: true}\n  - {name: x, env: X, type: string}\n"
    write_recipe(recipes, "web", declared=declared)
    asked = {"key": "web", "pwd": "hunter22", "x": "1"}
    async with Installcast(settings()) as engine:
        task_id = await engine.installer.install(asked, idempotency_key="k")
        await end_of(engine, task_id)
        with pytest.raises(IdempotencyMismatchError):
            await engine.installer.install({**asked, "pwd": "hunter23"}, idempotency_key="k")
    async with Installcast(settings()) as engine:
        assert await engine.installer.install(asked, idempotency_key="k") == task_id
        with pytest.raises(IdempotencyMismatchError):
            await engine.installer.install({**asked, "x": "2"}, idempotency_key="k")
