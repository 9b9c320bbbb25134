"""How long a task takes as a rule."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast import Settings
from installcast.catalog import Catalog, Recipe
from installcast.tasks.expectations import LIFETIME, Expectations
from installcast.tasks.store import Task
from installcast.tasks.timelines import Timelines

from .test_timelines import Shelf


@pytest.fixture
def shelf(settings: Callable[..., Settings], recipes: Path) -> Shelf:
    """A recipe, and what is known of its runs."""
    return Shelf(settings(), recipes)


async def test_what_is_known_is_remembered_for_a_while(shelf: Shelf) -> None:
    """Files are read again when the time is over or a task has ended; what nobody knows is ``None``."""
    now = 0.0
    expectations = Expectations(Catalog((shelf.recipes,)), shelf.timelines, clock=lambda: now)

    async def told(key: str = "web", version: str = "1.0") -> float | None:
        task = Task(f"{key}-{version}-1", key, version, "install", "alice", "")
        return (await expectations.of([task]))[task.task_id]

    assert await told() is None
    shelf.run(10.0)
    assert await told() is None
    expectations.forget("web")
    assert (await told(), await told(version="2.1"), await told("gone")) == (10.0, None, None)
    shelf.run(30.0)
    shelf.run(30.0)
    assert await told() == 10.0
    now = LIFETIME
    assert await told() == 30.0


async def test_a_task_that_ends_while_files_are_read(
    settings: Callable[..., Settings], recipes: Path
) -> None:
    """What was read before its end is not remembered."""
    read, go_on = threading.Event(), threading.Event()

    class SlowTimelines(Timelines):
        def expected_seconds(self, recipe: Recipe) -> dict[str, dict[str, float]]:
            found = super().expected_seconds(recipe)
            read.set()
            assert go_on.wait(20)
            return found

    shelf = Shelf(settings(), recipes)
    slow = SlowTimelines(settings())
    expectations = Expectations(Catalog((recipes,)), slow, clock=lambda: 0.0)
    task = Task("web-1.0-1", "web", "1.0", "install", "alice", "")
    first = asyncio.create_task(expectations.of([task]))
    assert await asyncio.to_thread(read.wait, 20)
    shelf.run(10.0)
    expectations.forget("web")
    go_on.set()
    assert await first == {task.task_id: None}
    assert await expectations.of([task]) == {task.task_id: 10.0}
