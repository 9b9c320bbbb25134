"""apt: its own lines, and dpkg's lines between them.

``12 upgraded, 43 newly installed`` and the sizes that follow tell how much there is to do; dpkg's lines, counted against
that, how much is done. Where they are not printed (``-qq``), ``Progress: [ 46%]`` is read, which tells of the packages alone
and not of the downloads. ``(Reading database ... 45%`` is no progress of anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from installcast.parse.reading import Reading
from installcast.parse.tools import dpkg
from installcast.parse.tools.apt_work import AptWork
from installcast.parse.tools.run import Run, between, megabytes, so_many

LINE_STARTS = (
    rb"(?:get|hit|ign):\d+ \w+:",
    rb"\d{1,3}% \[(?:\d+ \w|working|waiting|connect)",
    rb"\d+ upgraded, \d",
    rb"need to get \d",
    rb"after this operation, \d",
    rb"fetched \d",
    rb"reading package lists\.\.\.",
    rb"download complete and in d",
    rb"progress: \[",
    *dpkg.LINE_STARTS,
)

_SOURCE = re.compile(r"(?:Get|Hit|Ign):(\d+) \w+:", re.ASCII)
_FETCHED = re.compile(r"Fetched [\d.,]+ [kMGT]?B in ", re.ASCII)
_TERMINAL = re.compile(r"(\d{1,3})% \[(?:\d+ \w|Working\]|Waiting |Connect)", re.ASCII)
_COUNTS = re.compile(
    r"(\d+) upgraded, (\d+) newly installed, (?:(\d+) reinstalled, )?(?:(\d+) downgraded, )?(\d+) to remove",
    re.ASCII,
)
_TO_GET = re.compile(r"Need to get (\d[\d,]*(?:\.\d+)?) ([kMGT]?)B(?:/| of )", re.ASCII)
_GROWTH = re.compile(r"After this operation, (\d[\d,]*(?:\.\d+)?) ([kMGT]?)B of additional", re.ASCII)
_LISTS = re.compile(r"Reading package lists\.\.\.(?: (\d{1,3})%)?", re.ASCII)
_PROGRESS = re.compile(r"Progress: \[ {0,2}(\d{1,3})%\]", re.ASCII)

_UPDATE_FETCHED, _UPDATE_DONE = 0.6, 0.98
_USUAL_SOURCES = 6
_DOWNLOADED, _INSTALLED = 0.2, 0.97
"""How far a run is that has not told how much there is to do: when all is downloaded, and when dpkg is done."""

_FALL = 0.3
"""A percentage that falls by more is one of the next run; one that falls by less is only not exact."""


class Apt:
    """``apt-get update``, and everything that changes packages; and dpkg without apt."""

    def __init__(self) -> None:
        self._run = Run("apt")
        self._dpkg = dpkg.Dpkg()
        self._work: AptWork | None = None
        self._updates = False
        self._has_percent = False
        self._lines: dict[str, Callable[[str], Reading | None]] = {
            "Get:": self._source,
            "Hit:": self._source,
            "Ign:": self._source,
            "Need": self._to_get,
            "Afte": self._growth,
            "Fetc": self._fetched,
            "Read": self._read_lists,
            "Down": self._only_downloads,
            "Prog": self._progress,
            "Unpa": self._package,
            "Sett": self._package,
            "Proc": self._package,
            "Remo": self._package,
        }

    def read(self, text: str) -> Reading | None:
        """Read a line of apt or dpkg, or a state of the line that apt redraws on a terminal."""
        known = self._lines.get(text[:4])
        if known is not None:
            return known(text)
        return self._counts(text) if "upgraded" in text else self._terminal(text)

    def _begin_update(self) -> None:
        if not self._updates:
            self._work = None
            self._updates = True
            self._run.begin()

    # --- downloads, of lists or packages -----------------------------------------------------------------------------

    def _source(self, text: str) -> Reading | None:
        found = _SOURCE.match(text)
        if found is None:
            return None
        number = int(found.group(1))
        if self._work is not None and not self._work.is_done:
            self._work.fetch_file(number)
            return self._run.at(self._work.share())
        self._begin_update()
        return self._run.at(between(0, _UPDATE_FETCHED, so_many(number, _USUAL_SOURCES)))

    def _terminal(self, text: str) -> Reading | None:
        found = _TERMINAL.match(text)
        if found is None:
            return None
        share = int(found.group(1)) / 100
        if self._work is not None and not self._work.is_done:
            self._work.fetch(share)
            return self._run.at(self._work.share())
        self._begin_update()
        return self._run.at(between(0, _UPDATE_FETCHED, share))

    def _fetched(self, text: str) -> Reading | None:
        if not _FETCHED.match(text):
            return None
        if self._work is None:
            return self._run.at(_UPDATE_FETCHED) if self._updates else None
        self._work.fetch(1.0)
        return self._run.at(self._work.share())

    def _only_downloads(self, text: str) -> Reading | None:
        return self._run.at(_INSTALLED) if text.startswith("Download complete and in download only") else None

    def _read_lists(self, text: str) -> Reading | None:
        """Read what stands at the end of an update, and at the beginning of everything else."""
        found = _LISTS.match(text)
        if found is None:
            return None
        percent = found.group(1)
        if self._updates:
            self._updates = percent is not None  # the line is redrawn until its end
            share = int(percent) / 100 if percent else 1.0
            return self._run.at(between(_UPDATE_FETCHED, _UPDATE_DONE, share))
        self._work = None
        self._has_percent = False
        return self._run.begin()

    # --- packages ----------------------------------------------------------------------------------------------------

    def _counts(self, text: str) -> Reading | None:
        found = _COUNTS.match(text)
        if found is None:
            return None
        upgraded, new, again, down, removed = (int(number or 0) for number in found.groups())
        packages = upgraded + new + again + down
        self._work = AptWork(packages, removed)
        return self._run.at(0.0 if packages or removed else _INSTALLED)  # the sizes come next

    def _to_get(self, text: str) -> Reading | None:
        found = _TO_GET.match(text)
        if found is None or self._work is None:
            return None
        self._work.downloads = megabytes(*found.groups())
        return self._run.at(0.0)

    def _growth(self, text: str) -> Reading | None:
        found = _GROWTH.match(text)
        if found is None or self._work is None:
            return None
        self._work.growth = megabytes(*found.groups())
        return self._run.at(self._work.share())

    def _package(self, text: str) -> Reading | None:
        found = dpkg.action(text)
        if found is None:
            return None
        action, package = found
        self._updates = False
        if self._work is not None and self._work.begins(action):
            share = self._work.share(ends=action == "triggers")
            return self._run.at(share, dpkg.title(action, package))
        if self._has_percent:
            return self._run.at(0.0, dpkg.title(action, package))
        self._work = None
        return self._dpkg.begins(action, package)

    def _progress(self, text: str) -> Reading | None:
        found = _PROGRESS.match(text)
        if found is None or self._work is not None:
            return None
        share = between(_DOWNLOADED, _INSTALLED, int(found.group(1)) / 100)
        if share < self._run.fraction - _FALL:
            self._run.begin()
        self._has_percent = True
        return self._run.at(share)
