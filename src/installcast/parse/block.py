"""A block of whole lines on its way through the closer look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.escapes import is_utf8, without_colours


class Lines(NamedTuple):
    """Lines that follow each other, without the newline of the last one. ``begin`` is their offset in the block."""

    begin: int
    plain: bytes
    """Without their colours."""
    raw: Sequence[bytes] | None
    """The same lines as they came, where any line of the block has colours."""


class Block:
    """Lines that are taken off its front, one after the other. Offsets are those of the lines without their colours.

    Colours are in every line of some installs, and change nothing of what a line says: so they are taken out of all lines at
    once, and the lines as they came are kept beside the plain ones.
    """

    __slots__ = ("_raw", "_row", "plain", "position")

    def __init__(self, data: bytes) -> None:
        # Of text that is damaged nobody knows what it is without its colours: they may stand within a character.
        self.plain = without_colours(data) if b"\x1b" in data and is_utf8(data) else data
        self.position = 0
        """Offset of the first line that was not taken yet."""
        self._raw = data.split(b"\n") if len(self.plain) != len(data) else None
        self._row = 0

    def take(self, end: int) -> Lines:
        """Take the lines before the offset ``end``."""
        begin, row = self.position, self._row
        self.position = end
        plain = self.plain[begin : end - 1]
        if self._raw is None:
            return Lines(begin, plain, None)
        self._row += self.plain.count(b"\n", begin, end)
        return Lines(begin, plain, self._raw[row : self._row])

    def take_line(self) -> Lines:
        """Take one line."""
        return self.take(self.plain.index(b"\n", self.position) + 1)
