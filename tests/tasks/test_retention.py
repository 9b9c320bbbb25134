"""Old logs go."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from installcast import Installcast, Settings
from installcast.tasks.folder import journal_file
from installcast.tasks.processes import runner_end
from installcast.tasks.retention import DAY, Retention
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.tasks.watching import end_of, line_of


async def gone(engine: Installcast, task_id: str) -> dict[str, Any]:
    """Return the status of a task whose runner is gone, too."""
    status = await end_of(engine, task_id)
    await runner_end(engine.settings.tasks_dir / task_id)
    return status


def retention(engine: Installcast, now: Callable[[], float], days: int = 7) -> Retention:
    """The engine's retention, with a clock of our own."""
    return Retention(engine.store, engine.supervisor, engine.logs, engine.secrets, days=days, clock=now)


async def test_the_folder_goes_and_the_row_stays(
    engine: Installcast, recipes: Path, gate: Callable[..., Gate]
) -> None:
    """A log goes after its days, and not before; what the task was and how it ended stays known; living ones stay."""

    opener = gate()
    write_recipe(recipes, "web")
    write_gated(recipes, "other")
    task_id = await engine.installer.install({"key": "web"})
    before = await gone(engine, task_id)
    living = await engine.installer.install({"key": "other", "gate": str(opener.path)})
    await line_of(engine, living, "started")
    ended = time.time()

    await retention(engine, lambda: ended + 6.9 * DAY).sweep()
    assert engine.logs.get(task_id) is not None

    await retention(engine, lambda: ended + 7.1 * DAY).sweep()
    assert not (engine.settings.tasks_dir / task_id).exists()
    assert engine.logs.get(task_id) is None
    assert await engine.status(task_id) == before
    assert journal_file(engine.settings.tasks_dir / living).exists()
    opener.open()
    assert (await end_of(engine, living))["status"] == "succeeded"


async def test_a_removed_log_stays_removed(settings: Callable[..., Settings], recipes: Path) -> None:
    """A new start neither misses the folder nor makes it again."""
    write_recipe(recipes, "web")
    made = settings()
    async with Installcast(made) as engine:
        task_id = await engine.installer.install({"key": "web"})
        await gone(engine, task_id)
        await retention(engine, lambda: 4e9).sweep()
    async with Installcast(made) as engine:
        assert (await engine.status(task_id))["status"] == "succeeded"
        assert engine.logs.get(task_id) is None
        assert list(made.tasks_dir.iterdir()) == []


async def test_secret_results_that_nobody_took_go_too(engine: Installcast, recipes: Path) -> None:
    """They are not kept longer than the log."""
    script = '. "$INSTALLCAST_SH"\nresult --secret password hunter2222\n'
    write_recipe(recipes, "web", script)
    task_id = await engine.installer.install({"key": "web"}, user="alice")
    await gone(engine, task_id)
    await retention(engine, lambda: 4e9).sweep()
    assert await engine.take_secret_results(task_id, "alice") == []


async def test_idempotency_keys_go(engine: Installcast, recipes: Path) -> None:
    """After a day the same key is a new request."""

    write_recipe(recipes, "web")
    first = await engine.installer.install({"key": "web"}, idempotency_key="k")
    await end_of(engine, first)
    await retention(engine, lambda: time.time() + 0.9 * DAY).sweep()
    assert await engine.installer.install({"key": "web"}, idempotency_key="k") == first
    await retention(engine, lambda: time.time() + 1.1 * DAY).sweep()
    second = await engine.installer.install({"key": "web"}, idempotency_key="k")
    assert second != first
    await end_of(engine, second)
