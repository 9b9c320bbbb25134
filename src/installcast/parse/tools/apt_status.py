"""apt's status file (``APT::Status-Fd``).

``dlstatus:2:24.3:Retrieving file 2 of 2`` tells of the downloads, ``pmstatus:nginx:84.6:Configuring nginx (amd64)`` of the
packages; ``pmerror`` and others tell of no progress.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between

_LINE = re.compile(r"(dlstatus|pmstatus):[^:]*:(\d{1,3}(?:\.\d+)?):(.*)", re.ASCII)

_BEGUN, _DOWNLOADED, _INSTALLED = 0.05, 0.2, 0.97

_FALL = 0.3
"""A percentage that falls by more is one of the next run: apt's own fall a little when it calls dpkg again."""


class AptStatus:
    """The file that apt appends its status to, from where it ended when the script began."""

    def __init__(self) -> None:
        self._run = Run("apt")
        self._downloads = False  # in this run

    def read(self, line: str) -> Reading | None:
        """Read a line of the file."""
        found = _LINE.match(line)
        if found is None:
            return None
        kind, percent, words = found.groups()
        share = float(percent) / 100
        if kind == "dlstatus":
            if self._run.fraction > _DOWNLOADED:
                self._run.begin()
            self._downloads = True
            return self._run.at(between(_BEGUN, _DOWNLOADED, share))
        if between(_BEGUN, _INSTALLED, share) < self._run.fraction - _FALL:
            self._run.begin()
            self._downloads = False
        low = _DOWNLOADED if self._downloads else _BEGUN
        return self._run.at(between(low, _INSTALLED, share), words.partition(" (")[0])
