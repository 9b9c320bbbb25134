"""Bars of programs that nobody knows: tqdm, rich, progressbar and what scripts draw by themselves.

``label:  87%|███▊ | 52/60 [00:02<00:00]``, ``Indexing ━━━━╸━━ 45% 0:00:01``, ``[=====>    ] 45%``, ``45% [###.....]``,
``[####......]``. Each bar that begins anew is a run, and its label the title.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run

LINE_STARTS = (rb"\[[=#]",)
WORDS = (b"%|", b"[=", b"[#", "━".encode())

_LABEL = r"(?P<label>[^\[|%━█]{0,80}?)[:\s]*+"
_TQDM = re.compile(_LABEL + r"(?P<percent>\d{1,3})%\|(?P<bar>[^|]*)\| ", re.ASCII)
_RICH = re.compile(_LABEL + r"[━╸╺]{5}[━╸╺ ]*+(?<= )(?P<percent>\d{1,3})%")
_BRACKETS = re.compile(
    _LABEL
    + r"(?:(?P<before>\d{1,3})(?:\.\d+)?% ?)?\[(?P<full>[=#*]+)>?(?P<empty>[ .\-_]*)\](?: *(?P<after>\d{1,3})(?:\.\d+)?%)?"
    r"(?! >)"
)


class Bars:
    """The bar that is drawn at present."""

    def __init__(self) -> None:
        self._run = Run("bar")

    def read(self, text: str) -> Reading | None:
        """Read a state of a bar."""
        if found := _TQDM.match(text) or _RICH.match(text):
            return self._at(int(found.group("percent")) / 100, found.group("label"))
        if found := _BRACKETS.match(text):
            percent = found.group("before") or found.group("after")
            full, empty = len(found.group("full")), len(found.group("empty"))
            if percent is None and full + empty < 8:
                return None  # not long enough to tell it from other things in brackets
            return self._at(int(percent) / 100 if percent else full / (full + empty), found.group("label"))
        return None

    def _at(self, share: float, label: str) -> Reading:
        if share < self._run.fraction:
            self._run.begin()
        return self._run.at(share, label.strip(" \t-:"))
