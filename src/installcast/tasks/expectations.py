"""How long a task takes as a rule, by earlier runs of its kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from installcast.catalog import Catalog, Recipe
from installcast.tasks.store import Task
from installcast.tasks.timelines import Timelines

LIFETIME = 10.0
"""Seconds for which an answer counts: every viewer of a task asks at each change of its state, and files are read for it."""


class Expectations:
    """Asks the timelines on a thread, and remembers by recipe. Use it on one event loop; ``clock`` gives seconds."""

    def __init__(
        self, catalog: Catalog, timelines: Timelines, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._catalog = catalog
        self._timelines = timelines
        self._clock = clock
        self._known: dict[str, tuple[float, dict[str, dict[str, float]]]] = {}

    async def of(self, tasks: Iterable[Task]) -> dict[str, float | None]:
        """Return task id → seconds, ``None`` where no earlier run of that recipe, version and action tells."""
        asked = list(tasks)
        now = self._clock()
        due = {task.key for task in asked if task.key not in self._known or self._known[task.key][0] <= now}
        found = [recipe for key in sorted(due) if isinstance(recipe := self._catalog.find(key), Recipe)]
        learned = await asyncio.to_thread(self._learn, found) if found else {}
        for key in due:
            self._known[key] = (now + LIFETIME, learned.get(key, {}))
        return {task.task_id: self._seconds(task) for task in asked}

    def forget(self, key: str) -> None:
        """Ask anew about the recipe ``key``: a task of it has ended."""
        self._known.pop(key, None)

    def _learn(self, recipes: list[Recipe]) -> dict[str, dict[str, dict[str, float]]]:
        return {recipe.key: self._timelines.expected_seconds(recipe) for recipe in recipes}

    def _seconds(self, task: Task) -> float | None:
        _, expected = self._known.get(task.key, (0.0, {}))
        return expected.get(task.version, {}).get(task.action)
