"""Old logs go."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installcast import Installcast, Settings
from installcast.api.log import blocks
from installcast.tasks.clock_trust import DAY
from installcast.tasks.folder import journal_file
from installcast.tasks.processes import runner_end
from installcast.tasks.retention import Retention
from installcast.tasks.timelines import Timelines
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.tasks.watching import end_of, line_of


async def gone(engine: Installcast, task_id: str) -> dict[str, Any]:
    """Return the status of a task whose runner is gone, too."""
    status = await end_of(engine, task_id)
    await runner_end(engine.settings.tasks_dir / task_id)
    return status


def retention(engine: Installcast, now: Callable[[], float], days: int = 7) -> Retention:
    """The engine's retention, with a clock of our own."""
    return Retention(
        engine.store,
        engine.supervisor,
        engine.logs,
        engine.secrets,
        Timelines(engine.settings),
        days=days,
        clock=now,
    )


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
        await retention(engine, lambda: time.time() + 8 * DAY).sweep()
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
    await retention(engine, lambda: time.time() + 8 * DAY).sweep()
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


async def test_a_clock_that_leapt_removes_nothing(engine: Installcast, recipes: Path) -> None:
    """400 days ahead: no log goes, no key is forgotten, until the clock has said so for a day of uptime."""
    write_recipe(recipes, "web")
    task_id = await engine.installer.install({"key": "web"}, idempotency_key="k")
    await gone(engine, task_id)
    uptime = [1000.0]
    leapt = time.time() + 400 * DAY
    sweeper = Retention(
        engine.store,
        engine.supervisor,
        engine.logs,
        engine.secrets,
        Timelines(engine.settings),
        days=7,
        clock=lambda: leapt + uptime[0],
        uptime=lambda: uptime[0],
    )
    for _ in range(24):
        await sweeper.sweep()
        assert (engine.settings.tasks_dir / task_id).exists()
        assert await engine.installer.install({"key": "web"}, idempotency_key="k") == task_id
        uptime[0] += 3600
    await sweeper.sweep()
    assert not (engine.settings.tasks_dir / task_id).exists()


async def test_what_is_read_stays_until_it_is_read(engine: Installcast, recipes: Path) -> None:
    """A download gets all of a log that has become old meanwhile, to the last byte; then it goes."""
    write_recipe(recipes, "web", "seq 5000\n")
    task_id = await engine.installer.install({"key": "web"})
    await gone(engine, task_id)
    journal = journal_file(engine.settings.tasks_dir / task_id)
    whole = journal.read_bytes()
    stream = engine.logs.get(task_id)
    assert stream is not None
    later = retention(engine, lambda: time.time() + 8 * DAY)
    download = blocks(stream, lambda part: part.data)
    got = await anext(download)
    assert len(got) < len(whole)
    await later.sweep()
    async for block in download:
        got += block
    assert got == whole
    await later.sweep()
    assert not journal.exists()
    assert engine.logs.get(task_id) is None


async def test_no_link_is_followed(engine: Installcast, recipes: Path, tmp_path: Path) -> None:
    """What a script has linked to in its folder stays where it is; so does what a folder was replaced by a link to."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    write_recipe(recipes, "web", f"ln -s {precious} link\n")
    write_recipe(recipes, "other")
    first = await engine.installer.install({"key": "web"})
    second = await engine.installer.install({"key": "other"})
    for task_id in (first, second):
        await gone(engine, task_id)
    folder = engine.settings.tasks_dir / second
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    await retention(engine, lambda: time.time() + 8 * DAY).sweep()
    assert list(engine.settings.tasks_dir.iterdir()) == []
    assert list((engine.settings.data_dir / "removed").iterdir()) == []
    assert (precious / "file").exists()
    assert (tmp_path / "elsewhere" / "exit.json").exists()


@pytest.mark.machine
async def test_one_that_cannot_be_removed(
    engine: Installcast, recipes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It stops no other, is named once, and goes when it can."""
    keys = ("a", "b", "c")
    for key in keys:
        write_recipe(recipes, key)
    tasks = [await engine.installer.install({"key": key}) for key in keys]
    for task_id in tasks:
        await gone(engine, task_id)
    stuck = engine.settings.tasks_dir / tasks[1] / "work" / "stuck"
    stuck.touch()
    removed = engine.settings.data_dir / "removed"
    subprocess.run(["chattr", "+i", stuck], check=True)  # noqa: ASYNC221
    sweeper = retention(engine, lambda: time.time() + 8 * DAY)
    await sweeper.sweep()
    await sweeper.sweep()
    assert [folder.name for folder in removed.iterdir()] == [tasks[1]]
    assert caplog.text.count("cannot be removed") == 1
    assert (await engine.status(tasks[1]))["status"] == "succeeded"
    subprocess.run(["chattr", "-i", removed / tasks[1] / "work" / "stuck"], check=True)  # noqa: ASYNC221
    await sweeper.sweep()
    assert list(removed.iterdir()) == []
