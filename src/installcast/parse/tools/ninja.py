"""ninja, and meson, which uses it: ``[32/257] Building C object …``.

With up to 20 of them it is read as a step of the script (see :mod:`installcast.parse.markers`), so it is left alone here.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.cmake import built
from installcast.parse.tools.run import Run

FEWEST = 21

LINE_STARTS = (rb"\[ {0,5}\d{1,6}/\d{2,6}\] \S",)

_LINE = re.compile(r"\[ {0,5}(\d{1,6})/(\d{2,6})\] (?!.*\d% \|)(\S+)(.*)", re.ASCII)
_VERB = re.compile(r"[A-Z][a-z]{3,20}\b")


class Ninja:
    """One build after the other. The number of targets may grow while it goes on."""

    def __init__(self) -> None:
        self._run = Run("ninja")
        self._done = 0

    def read(self, text: str) -> Reading | None:
        """Read the line of a target, which tells how many are finished."""
        found = _LINE.match(text)
        if found is None:
            return None
        done, total = int(found.group(1)), int(found.group(2))
        if total < FEWEST or done > total:
            return None
        if done < self._done:
            self._run.begin()
        self._done = done
        title = built(found.group(3), found.group(4)) if _VERB.match(found.group(3)) else ""
        return self._run.at(done / total, title)
