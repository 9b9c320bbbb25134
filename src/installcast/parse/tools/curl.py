"""curl: the meter that it redraws on stderr, and ``--progress-bar``. Both are of one file.

The meter's columns are percent, total size, percent received, received, percent sent, sent, speeds, times. With no total size
there is no percentage.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run

LINE_STARTS = (
    rb"  ?% total    ?% received",
    rb" {0,2}\d{1,3} +[\d.]+[kmgtp]? +\d{1,3} +[\d.]+[kmgtp]? +\d{1,3} ",
    rb"#{0,250} {0,250}\d{1,3}\.\d%",
)

_BEGIN = re.compile(r" {1,2}% Total {3,4}% Received")
_METER = re.compile(
    r" {0,2}(\d{1,3}) +(\d+(?:\.\d+)?)([kMGTP]?) +(\d{1,3}) +[\d.]+[kMGTP]? +\d{1,3} +[\d.]+[kMGTP]? +[\d.]+[kMGTP]? +"
    r"[\d.]+[kMGTP]? +[\d:d h-]{5,10} ",
    re.ASCII,
)
_BAR = re.compile(r"#* *(\d{1,3}\.\d)%$", re.ASCII)


class Curl:
    """One file after the other: each is a run."""

    def __init__(self) -> None:
        self._run = Run("curl")

    def read(self, text: str) -> Reading | None:
        """Read the meter's head, or a state of it."""
        if _BEGIN.match(text):
            return self._run.begin()
        if found := _METER.match(text):
            # A total of 0 is one that is not known.
            return self._at(float(found.group(4))) if float(found.group(2)) else None
        if found := _BAR.match(text):
            return self._at(float(found.group(1)))
        return None

    def _at(self, percent: float) -> Reading:
        share = percent / 100
        if share < self._run.fraction:  # the next file, or what a redirection has led to
            self._run.begin()
        return self._run.at(share)
