"""git: five phases, each of which counts to 100 % (``Receiving objects:  37% (556/1502), 12.89 MiB``).

Most of the time goes into receiving. ``Updating files`` and ``Filtering content`` appear only when they take long.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between

LINE_STARTS = (
    rb"cloning into (?:bare repository )?'",
    rb"(?:enumerating|counting|compressing|receiving|unpacking|writing) objects: +\d",
    rb"remote: (?:enumerating|counting|compressing) objects: +\d",
    rb"resolving deltas: +\d",
    rb"(?:updating files|checking out files|filtering content): +\d",
)

_BEGIN = re.compile(r"Cloning into (?:bare repository )?'([^']*)'\.\.\.")
_LINE = re.compile(
    r"(remote: )?([A-Z][a-z]+ (?:out )?(?:objects|deltas|files|content)): +(\d{1,3})% \(", re.ASCII
)
_ENUMERATING = re.compile(r"(?:remote: )?Enumerating objects: +\d", re.ASCII)

_PHASES = {
    "Counting objects": (0.0, 0.04, "Counting objects"),
    "Compressing objects": (0.04, 0.2, "Compressing objects"),
    "Receiving objects": (0.2, 0.75, "Receiving objects"),
    "Unpacking objects": (0.2, 0.75, "Receiving objects"),
    "Writing objects": (0.2, 0.9, "Sending objects"),
    "Resolving deltas": (0.75, 0.87, "Resolving deltas"),
    "Updating files": (0.87, 0.99, "Checking out files"),
    "Checking out files": (0.87, 0.99, "Checking out files"),
    "Filtering content": (0.9, 0.99, "Fetching large files"),
}


class Git:
    """``git clone``, ``fetch``, ``pull`` or ``push``."""

    def __init__(self) -> None:
        self._run = Run("git")
        self._is_clone = False  # and nothing was counted yet

    def read(self, text: str) -> Reading | None:
        """Read a line, or a state of the line that git redraws."""
        found = _LINE.match(text)
        if found is not None and (phase := _PHASES.get(found.group(2))) is not None:
            low, high, title = phase
            return self._run.at(between(low, high, int(found.group(3)) / 100), title)
        if found := _BEGIN.match(text):
            self._is_clone = True
            return self._run.begin(f"Cloning {found.group(1).rpartition('/')[2]}")
        if _ENUMERATING.match(text):
            if not self._is_clone:
                self._run.begin()
            self._is_clone = False
            return self._run.at(0.0)
        return None
