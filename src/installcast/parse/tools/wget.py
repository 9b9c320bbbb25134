"""wget: rows of dots, the bar that is redrawn on a terminal, and ``-nv``. Its percentages are of one file each.

Of the rows of dots (one for 50 KB) those of the first MB count, then one in ten: a fast download prints thousands a second.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run

LINE_STARTS = (
    rb"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--  \w+:",
    # Rows of the default style begin at multiples of 50 K; those of `dot:mega` and others do not, and are few.
    rb" *(?:\d{1,3}|\d+(?:[05]00|[1-46-9]\d|\d[1-9]))k [ .,]",
    rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:\(|url:)",
    rb"saving to: ",
)
WORDS = (b"%[",)
"""Of the bar, which begins with the name of the file."""

_BEGIN = re.compile(r"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--  (?:https?|ftps?):", re.ASCII)
_SAVING = re.compile(r"Saving to: ['‘\"]?(.+?)['’\"]?$")
_DOTS = re.compile(r" *\d+K (?:[ .,]{10,})(\d{1,3})% ?(?: *[\d.]+[KMGT]?[ =]|=)", re.ASCII)
_BAR = re.compile(r"(\S.*?)? {0,20}(\d{1,3})%\[[+=> ]*\] ", re.ASCII)
_SAVED = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \([^)]*\) - (?:.* saved \[|written to stdout \[)", re.ASCII
)
_BRIEF = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d URL:\s?\S+ \[\d+(?:/\d+)?\] -> \"(.*)\" \[", re.ASCII)

_UNFINISHED = 0.99
"""Until wget itself says that the file is saved."""


class Wget:
    """One file after the other: each is a run."""

    def __init__(self) -> None:
        self._run = Run("wget")
        self._file = ""

    def read(self, text: str) -> Reading | None:
        """Read a line, or a state of the bar."""
        if _BEGIN.match(text):
            self._file = ""
            return self._run.begin()
        if found := _DOTS.match(text):
            return self._at(int(found.group(1)))
        if found := _BAR.match(text):
            # With `-q` a full bar is its last word.
            return self._at(int(found.group(2)), full=1.0)
        if found := _SAVING.match(text):
            self._file = found.group(1).rpartition("/")[2]
            return self._at(0)
        if _SAVED.match(text):
            return self._run.at(1.0)
        if found := _BRIEF.match(text):
            self._run.begin()
            return self._run.at(1.0, f"Downloading {found.group(1).rpartition('/')[2]}")
        return None

    def _at(self, percent: int, *, full: float = _UNFINISHED) -> Reading:
        title = f"Downloading {self._file}" if self._file else ""
        return self._run.at(min(percent / 100, full), title)
