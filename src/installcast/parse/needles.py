"""The texts that must not be shown, and which of them may stand in a block of lines.

A few are searched one by one. Of many, which 20 secrets with all their forms are, most are ruled out at once: memory is seen as
numbers of eight (or four) bytes, side by side, and where a text of about twice that length stands in it, one of these numbers
lies wholly inside of the text, at one of eight (or four) places. To look each number up costs the same for 100 texts as for 4000.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Literal, NamedTuple

MANY = 40
"""Texts that take longer to be searched one by one than to be ruled out."""


class _Windows(NamedTuple):
    size: int
    form: Literal["Q", "I"]
    """Of a number of that many bytes, as of the module ``struct``."""
    holders: dict[int, list[int]]
    """Which texts have a number in their middle."""

    @property
    def shortest(self) -> int:
        """Bytes of a text that has a whole window in it wherever it stands."""
        return 2 * self.size - 1

    def add(self, needle: bytes, index: int) -> None:
        first = (len(needle) - self.shortest) // 2  # what secrets have in common is mostly their beginning
        for start in range(first, first + self.size):
            window = int.from_bytes(needle[start : start + self.size], sys.byteorder)
            self.holders.setdefault(window, []).append(index)

    def candidates(self, text: bytes) -> set[int]:
        whole = len(text) - len(text) % self.size
        present = self.holders.keys() & memoryview(text)[:whole].cast(self.form)
        return {index for window in present for index in self.holders[window]}


class Needles:
    """The texts, in the order in which they were added: ``needles[2]`` is the third one."""

    def __init__(self, needles: Iterable[bytes] = ()) -> None:
        self._needles: list[bytes] = []
        self._short: list[int] = []
        self._windows = (_Windows(8, "Q", {}), _Windows(4, "I", {}))
        for needle in needles:
            self.add(needle)

    def __len__(self) -> int:
        return len(self._needles)

    def __getitem__(self, index: int) -> bytes:
        return self._needles[index]

    def add(self, needle: bytes) -> None:
        """Look for ``needle``, too."""
        index = len(self._needles)
        self._needles.append(needle)
        windows = next((windows for windows in self._windows if len(needle) >= windows.shortest), None)
        if windows is None:
            self._short.append(index)
        else:
            windows.add(needle, index)

    def candidates(self, text: bytes) -> Iterable[int]:
        """Return which of them may be in ``text``; the others are not."""
        if len(self._needles) < MANY:
            return range(len(self._needles))
        found = set(self._short)
        for windows in self._windows:
            if windows.holders:
                found |= windows.candidates(text)
        return sorted(found)
