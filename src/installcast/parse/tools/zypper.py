"""zypper: ``Retrieving package nginx-1.21 (3/12), 1.2 MiB``, then ``(3/12) Installing: nginx-1.21 [..done]``."""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between

LINE_STARTS = (
    rb"retrieving(?: package|:) \S.*\(\d",
    rb"\( {0,3}\d{1,4}/\d{1,4}\) (?:installing|removing|updating): ",
)

_FETCHED = re.compile(r"Retrieving(?: package|:) (\S+) .*\( *(\d+)/(\d+)\)", re.ASCII)
_DONE = re.compile(r"\( *(\d+)/(\d+)\) (Installing|Removing|Updating): (\S+)", re.ASCII)

_DOWNLOADED, _INSTALLED = 0.4, 0.97


class Zypper:
    """``zypper install``, ``update`` or ``remove``."""

    def __init__(self) -> None:
        self._run = Run("zypper")

    def read(self, text: str) -> Reading | None:
        """Read a line."""
        if found := _FETCHED.match(text):
            if self._run.fraction > _DOWNLOADED and found.group(2) == "1":
                self._run.begin()
            share = int(found.group(2)) / max(int(found.group(3)), 1)
            return self._run.at(between(0, _DOWNLOADED, share), f"Downloading {found.group(1)}")
        if found := _DONE.match(text):
            if self._run.fraction >= _INSTALLED and found.group(1) == "1":
                self._run.begin()
            share = int(found.group(1)) / max(int(found.group(2)), 1)
            return self._run.at(between(_DOWNLOADED, _INSTALLED, share), f"{found.group(3)} {found.group(4)}")
        return None
