"""How long a task takes as a rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from installcast import Settings
from installcast.catalog import Catalog
from installcast.tasks.expectations import LIFETIME, Expectations
from installcast.tasks.store import Task

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
