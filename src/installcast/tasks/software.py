"""The catalog as people see it: each recipe with what is installed, what is under way, and how long it takes as a rule."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from installcast.catalog import Catalog, Detected, Detector, Recipe
from installcast.tasks.access import Principal
from installcast.tasks.store import Store
from installcast.tasks.timelines import Timelines


class Software:
    """Puts together what catalog, system, database and timelines know of each recipe."""

    def __init__(self, catalog: Catalog, detector: Detector, timelines: Timelines, store: Store) -> None:
        self._catalog = catalog
        self._detector = detector
        self._timelines = timelines
        self._store = store

    async def describe(self, caller: Principal, locale: str, wait: float | None) -> list[dict[str, Any]]:
        """See :meth:`~installcast.service.Installcast.list_software`."""
        recipes = list(self._catalog)
        usable = [recipe for recipe in recipes if isinstance(recipe, Recipe)]
        if wait is None:
            detected = await self._detector.detect_all(usable)
        else:
            detected = await self._detector.detect_within(usable, wait)
        active = {task.key: task for task in await self._store.active()}
        expected = await asyncio.to_thread(self._expected_seconds, usable)
        software = []
        for recipe in recipes:
            found = detected.get(recipe.key, Detected())
            task = active.get(recipe.key)
            software.append(
                recipe.describe(locale)
                | {
                    "installed_version": found.installed_version,
                    "candidate_version": found.candidate_version,
                    "detecting": found.is_detecting,
                    "detect_problem": found.problem,
                    "busy": task is not None,
                    "active_task": task.task_id if task and caller.may_see(task.user) else None,
                    "expected_seconds": expected.get(recipe.key, {}),
                }
            )
        return software

    def keys_named(self, text: str) -> list[str]:
        """Return the keys of recipes whose name in some language holds ``text``."""
        wanted = text.casefold()
        return [
            recipe.key
            for recipe in self._catalog
            if isinstance(recipe, Recipe)
            and any(wanted in name.casefold() for name in recipe.document.name.values())
        ]

    def _expected_seconds(self, recipes: Iterable[Recipe]) -> dict[str, dict[str, dict[str, float]]]:
        return {recipe.key: self._timelines.expected_seconds(recipe) for recipe in recipes}
