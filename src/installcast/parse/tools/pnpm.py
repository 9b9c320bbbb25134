"""pnpm: ``Progress: resolved 126, reused 0, downloaded 78, added 78, done``, printed again and again."""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between, so_many

LINE_STARTS = (rb"progress: resolved \d", rb"packages: \+\d", rb"done in [\d.]+m?s using pnpm")

_LINE = re.compile(
    r"Progress: resolved (\d+), reused (\d+), downloaded (\d+), added (\d+)(, done)?", re.ASCII
)
_TOTAL = re.compile(r"Packages: \+(\d+)", re.ASCII)
_END = re.compile(r"Done in [\d.]+m?s using pnpm", re.ASCII)

_RESOLVED, _FETCHED, _ADDED = 0.5, 0.8, 0.9
_USUAL = 150


class Pnpm:
    """``pnpm install`` or ``add``. How many packages there are is told when all are resolved."""

    def __init__(self) -> None:
        self._run = Run("pnpm")
        self._total = 0
        self._done = False

    def read(self, text: str) -> Reading | None:
        """Read a line."""
        if found := _TOTAL.match(text):
            self._total = int(found.group(1))
            return self._run.at(_RESOLVED)
        if _END.match(text):
            self._done = True
            return self._run.at(1.0)
        found = _LINE.match(text)
        if found is None:
            return None
        resolved, reused, downloaded, added = (int(number) for number in found.groups()[:4])
        if self._done and not found.group(5):
            self._done, self._total = False, 0
            self._run.begin()
        if found.group(5):
            self._done = True
            return self._run.at(_ADDED)
        if not self._total:
            return self._run.at(between(0, _RESOLVED, so_many(resolved, _USUAL)))
        share = between(_RESOLVED, _FETCHED, (reused + downloaded) / self._total)
        return self._run.at(share + (_ADDED - _FETCHED) * min(added / self._total, 1.0))
