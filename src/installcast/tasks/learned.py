"""What was learned of earlier runs: told, handed out as a file that recipes ship, and forgotten."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from installcast.catalog import Catalog
from installcast.catalog.recipe import KEY_PATTERN
from installcast.errors import RecipeNotFoundError, TimelineNotFoundError
from installcast.tasks.timelines import Timelines


class LearnedTimelines:
    """Answers questions about timelines by the names of recipes. Files are read on a thread."""

    def __init__(self, catalog: Catalog, timelines: Timelines) -> None:
        self._catalog = catalog
        self._timelines = timelines

    async def known(self, key: str) -> list[dict[str, Any]]:
        """See :meth:`~installcast.service.Installcast.list_timelines`."""
        recipe = self._catalog.get(key)
        return [known._asdict() for known in await asyncio.to_thread(self._timelines.known, recipe)]

    async def export(self, key: str, version: str, action: str) -> dict[str, Any]:
        """See :meth:`~installcast.service.Installcast.export_timeline`."""
        recorded = await asyncio.to_thread(self._timelines.export, self._catalog.get(key), version, action)
        if recorded is None:
            raise TimelineNotFoundError(key=key, version=version[:48], action=action[:48])
        return recorded.to_dict()

    async def forget(self, key: str, version: str | None, action: str | None) -> list[dict[str, str]]:
        """See :meth:`~installcast.service.Installcast.forget_timelines`."""
        forgotten: list[tuple[str, str]] = []
        if re.fullmatch(KEY_PATTERN, key):
            forgotten = await asyncio.to_thread(self._timelines.forget, key, version, action)
        if not forgotten and self._catalog.find(key) is None:
            raise RecipeNotFoundError(field="key", key=key[:48])
        return [{"version": version, "action": action} for version, action in forgotten]
