"""uv: ``Resolved 18 packages in 487ms``, ``Prepared …``, ``Installed …``; between them the large downloads by name.

On a terminal it draws ``Preparing packages... (14/18)``.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between

LINE_STARTS = (
    rb"(?:resolved|prepared|installed|audited|checked) \d+ packages? in \d",
    rb"downloading \S+ \([\d.]+[kmg]ib\)",
    rb" downloaded \S+(?![^\n])",
    rb"downloaded \S+(?![^\n])",
    rb"\W{1,4}preparing packages\.\.\. \(",  # behind a spinner of one character, three bytes
)

_PHASE = re.compile(r"(Resolved|Prepared|Installed|Audited|Checked) (\d+) packages? in \d", re.ASCII)
_DOWNLOADING = re.compile(r"Downloading (\S+) \([\d.]+[KMG]iB\)", re.ASCII)
_DOWNLOADED = re.compile(r" ?Downloaded (\S+)$")
_PREPARING = re.compile(r"\S? ?Preparing packages\.\.\. \((\d+)/(\d+)\)", re.ASCII)

_RESOLVED, _PREPARED = 0.3, 0.9


class Uv:
    """``uv pip install`` or ``uv sync``."""

    def __init__(self) -> None:
        self._run = Run("uv")
        self._forget()

    def _forget(self) -> None:
        self._asked = self._came = 0

    def read(self, text: str) -> Reading | None:
        """Read a line, or a state of a bar."""
        if found := _PHASE.match(text):
            return self._phase(found.group(1))
        if found := _DOWNLOADING.match(text):
            self._asked += 1
            return self._run.at(_RESOLVED, f"Downloading {found.group(1)}")
        if self._asked and (found := _DOWNLOADED.match(text)):
            self._came += 1
            return self._run.at(between(_RESOLVED, _PREPARED, self._came / max(self._asked, self._came)))
        if found := _PREPARING.match(text):
            return self._run.at(
                between(_RESOLVED, _PREPARED, int(found.group(1)) / max(int(found.group(2)), 1))
            )
        return None

    def _phase(self, word: str) -> Reading:
        if word == "Resolved":
            self._forget()
            self._run.begin()
            return self._run.at(_RESOLVED)
        if word == "Prepared":
            return self._run.at(_PREPARED)
        return self._run.at(1.0)
