"""A file that others append lines to, read as it grows."""

from __future__ import annotations

import os

_READ_BYTES = 262_144
"""At one look. A file that grows faster is read later: nothing that is told by such files is worth more time."""

_MAX_LINE_BYTES = 65_536
"""What is longer is no line of a log, and is passed over."""


class LineFollower:
    """Reads the file behind ``descriptor``, which it closes in the end, from the byte ``position`` on."""

    def __init__(self, descriptor: int, position: int = 0) -> None:
        self._descriptor = descriptor
        self._position = position
        self._unfinished = b""

    def lines(self) -> list[str]:
        """Return the lines that were completed since the last look, without their ends."""
        try:
            data = os.pread(self._descriptor, _READ_BYTES, self._position)
            if not data and os.fstat(self._descriptor).st_size < self._position:
                self._position, self._unfinished = 0, b""  # emptied, and begun anew
        except OSError:  # a file system that is gone
            return []
        self._position += len(data)
        *lines, unfinished = (self._unfinished + data).split(b"\n")
        self._unfinished = unfinished if len(unfinished) <= _MAX_LINE_BYTES else b""
        return [line.decode(errors="replace") for line in lines]

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
