"""npm prints how it ended and nothing before. What it does is in its debug log, ``_logs/<time>-debug-0.log`` in its cache folder.

There ``placeDep`` is a package that will be needed, ``tarball`` one whose archive is asked for, and ``http fetch GET 200 ….tgz``
an archive that has come.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between, so_many

LINE_STARTS = (rb"(?:added|changed|removed|up to date)(?:,| \d+ packages?| in \d)",)

_END = re.compile(
    r"(?:(?:added|changed|removed) \d+ packages?|up to date)"
    r"(?:, (?:and )?(?:added|changed|removed|audited) \d+ packages?){0,4} in \d+(?:m|s|ms)\b",
    re.ASCII,
)
_LOGGED = re.compile(r"\d+ (silly|http|verbose|info|timing) (\S+) ?(.*)", re.ASCII)
_ARCHIVE = re.compile(r"GET 20\d \S+\.tgz\b", re.ASCII)
_PLACED = re.compile(r"\S+ (@?[^@\s]+)@", re.ASCII)

_RESOLVED, _FETCHED, _BUILT = 0.5, 0.9, 0.97
_USUAL = 150
"""Packages that a program needs."""


class Npm:
    """What npm prints."""

    def __init__(self) -> None:
        self._run = Run("npm")

    def read(self, text: str) -> Reading | None:
        """Read ``added 62 packages in 12s``."""
        if not _END.match(text):
            return None
        self._run.begin()
        return self._run.at(1.0)


class NpmLog:
    """One debug log, from its beginning: one run of npm."""

    def __init__(self) -> None:
        self._run = Run("npm")
        self._found = self._asked = self._came = 0

    def read(self, line: str) -> Reading | None:
        """Read a line of the log."""
        found = _LOGGED.match(line)
        if found is None:
            return None
        level, word, rest = found.groups()
        if word in ("placeDep", "fetch") and level == "silly" and not self._asked:
            # What a package needs is asked for (`fetch manifest`) before it is known where all of it will be placed.
            self._found += 1
            package = _PLACED.match(rest) if word == "placeDep" else None
            share = between(0, _RESOLVED, so_many(self._found, _USUAL))
            return self._run.at(share, f"Resolving {package.group(1)}" if package else "")
        if word == "tarball" and rest.startswith("no local data for "):
            self._asked += 1
            return self._run.at(_RESOLVED)
        if level == "http" and word == "fetch" and self._asked and _ARCHIVE.match(rest):
            self._came += 1
            share = self._came / max(self._asked, self._came)
            return self._run.at(between(_RESOLVED, _FETCHED, share), f"Downloading {_file(rest)}")
        if level == "info" and word == "run" and self._found:
            return self._run.at(_FETCHED, f"Running {rest.partition(' node_modules')[0]}")
        if level == "silly" and word in ("ADD", "CHANGE"):
            return self._run.at(_BUILT)
        if level == "verbose" and word == "exit":
            return self._run.at(1.0)
        return None


def _file(fetched: str) -> str:
    return fetched.split(" ")[2].rpartition("/")[2].removesuffix(".tgz")
