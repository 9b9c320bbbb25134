"""Makefiles made by CMake: ``[ 45%] Building C object …``, the share of the targets. Plain make tells of no progress."""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run

LINE_STARTS = (rb"\[ {0,2}\d{1,3}%\] \w",)

_LINE = re.compile(r"\[ {0,2}(\d{1,3})%\] (\w+)(.*)", re.ASCII)

_UNFINISHED = 0.99
"""Several targets share the last percent, and make does not say when it is done."""

_FALL = 0.3
"""A percentage that falls by more is another project's or another run's; parallel jobs mix up neighbours only."""


class Cmake:
    """make in a folder that CMake has prepared."""

    def __init__(self) -> None:
        self._run = Run("cmake")

    def read(self, text: str) -> Reading | None:
        """Read the line of a target."""
        found = _LINE.match(text)
        if found is None:
            return None
        share = min(int(found.group(1)) / 100, _UNFINISHED)
        if share < self._run.fraction - _FALL:
            self._run.begin()
        return self._run.at(share, built(found.group(2), found.group(3)))


def built(verb: str, rest: str) -> str:
    """Return ``Building des.c.o`` for ``Building C object library/CMakeFiles/crypto.dir/des.c.o``."""
    return f"{verb} {rest.strip().rpartition(' ')[2].rpartition('/')[2]}".strip()
