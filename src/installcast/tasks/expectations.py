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
        self._under_way: list[set[str]] = []  # keys whose files are being read, and what they say remembered

    async def of(self, tasks: Iterable[Task]) -> dict[str, float | None]:
        """Return task id → seconds, ``None`` where no earlier run of that recipe, version and action tells."""
        asked = list(tasks)
        now = self._clock()
        due = {task.key for task in asked if task.key not in self._known or self._known[task.key][0] <= now}
        found = [recipe for key in sorted(due) if isinstance(recipe := self._catalog.find(key), Recipe)]
        told = {task.key: self._known[task.key][1] for task in asked if task.key not in due}
        self._under_way.append(due)
        try:
            learned = await asyncio.to_thread(self._learn, found) if found else {}
        finally:
            self._under_way = [keys for keys in self._under_way if keys is not due]
        for key in due:
            self._known[key] = (now + LIFETIME, learned.get(key, {}))
        told = learned | told
        return {task.task_id: told.get(task.key, {}).get(task.version, {}).get(task.action) for task in asked}

    def forget(self, key: str) -> None:
        """Ask anew about the recipe ``key``: a task of it has ended."""
        self._known.pop(key, None)
        for keys in self._under_way:
            keys.discard(key)  # files may have been read before that end: what they said is not remembered

    def _learn(self, recipes: list[Recipe]) -> dict[str, dict[str, dict[str, float]]]:
        return {recipe.key: self._timelines.expected_seconds(recipe) for recipe in recipes}
