"""Frame a stream of bytes into lines, whatever the reads were, in constant memory.

A line ends at ``\\n`` (or ``\\r\\n``, or the ``\\r\\r\\n`` that a pseudo-terminal makes). A lone ``\\r`` means that the line is
drawn again: only its last state is a line, the earlier ones are reported as redrawn, since they may carry progress.
A line over the size limit is handed out in parts. Nothing here depends on how the bytes were split over reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from installcast.parse.escapes import ERASE_LINE, UNFINISHED_ESCAPE, is_visible

FrameKind = Literal["block", "line", "part", "redrawn"]
"""``block``: whole lines, each ended by ``\\n``, none of them redrawn. ``line``: one line without its end. ``part``: the
beginning, or a further piece, of a line that is too long. ``redrawn``: a state of a line that was drawn over."""

Frame = tuple[FrameKind, bytes]

# Moving the cursor to column 1 is what `\r` does; npm's spinner writes it so. A `\r` at the very end of the data is no break
# yet: only the next byte tells whether it belongs to a line's end.
_BREAK_BEGIN = re.compile(rb"[\n\r]|\x1b\[[01]?G")
_BREAK = re.compile(rb"\n|\r+\n|\r+(?=[^\r\n])|\x1b\[[01]?G")
_REDRAW = re.compile(rb"\r|\x1b\[[01]?G")
_REDRAWS = (b"\r", b"\x1b[G", b"\x1b[0G", b"\x1b[1G")
"""All that this finds: a coloured block has many escapes, and none of these."""

LONGEST_BREAK = 4
"""Bytes of the longest sequence that ends a line's state (``ESC [ 1 G``)."""

_ROOM = 16
"""A further part is shorter by this fraction of the limit: what was held back of the one before comes with it."""


def room(max_line_bytes: int) -> int:
    """Return how many bytes of a part may be held back, so that with them the next one is still within the limit."""
    return max_line_bytes // _ROOM


class LineSplitter:
    """Turn reads into frames. ``max_line_bytes`` is the size of the longest line that stays in one piece."""

    def __init__(self, max_line_bytes: int) -> None:
        self._whole = max_line_bytes
        self._further = max_line_bytes - room(max_line_bytes)
        self._limit = self._whole  # of the piece of a line that comes next
        self._tail = b""
        self._drawn: bytes | None = None
        self._in_line = False  # something of the current line was handed out already

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that ``data`` completes."""
        if self._tail:
            data = self._tail + data
            self._tail = b""
        start, size = 0, len(data)
        while start < size:
            limit = self._limit
            if not self._in_line:
                # The newline is searched within the limit, so no line of the block can be over it.
                end = data.rfind(b"\n", start, start + limit) + 1
                if end:
                    yield from self._whole_lines(data[start:end])
                    start = end
                    continue
            # Enough bytes to see any break that begins within the limit, whatever the reads were.
            window = start + limit + LONGEST_BREAK
            begin = _BREAK_BEGIN.search(data, start, window)
            if begin is None and size < window:
                break
            if begin is None or begin.start() - start > limit:
                cut = self._safe_cut(data, start)
                if cut == start:
                    # One escape sequence fills the whole window: it is never shown, so what stands between its
                    # introducer and its end can be forgotten.
                    data = data[start : start + 2] + data[start + limit :]
                    start, size = 0, len(data)
                    continue
                self._in_line = True
                self._limit = self._further
                self._drawn = None
                yield "part", data[start:cut]
                start = cut
                continue
            at = begin.start()
            found = _BREAK.match(data, at)
            if found is None:  # one `\r` is as good as many, and many must not fill the memory
                self._tail = data[start : at + 1]
                return
            segment = data[start:at]
            start = found.end()
            if data[start - 1] == 0x0A:
                yield "line", self._finish(segment)
            elif self._redraw(segment):
                yield "redrawn", segment
        self._tail = data[start:]

    def pending(self) -> bytes:
        """Return the unfinished line as a terminal would show it now."""
        tail = self._tail.rstrip(b"\r")
        if self._drawn is not None and not is_visible(tail) and not ERASE_LINE.search(tail):
            return self._drawn
        return tail

    def flush(self) -> Iterator[Frame]:
        """Yield the last line, when the data ended without a newline."""
        last = self._finish(self._tail.rstrip(b"\r")) if self._tail or self._in_line else b""
        self._tail = b""
        if last:
            yield "line", last

    def _safe_cut(self, data: bytes, start: int) -> int:
        """Return where the window that begins at ``start`` can end without tearing a character or an escape."""
        cut = start + self._limit
        for _ in range(3):
            if data[cut] & 0xC0 == 0x80:
                cut -= 1
        unfinished = UNFINISHED_ESCAPE.search(data, start, cut)
        return unfinished.start() if unfinished else cut

    def _whole_lines(self, block: bytes) -> Iterator[Frame]:
        """Yield runs of lines that are not redrawn as they are, and the lines between them one by one."""
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")  # what a pseudo-terminal makes of every newline
        if not any(redraw in block for redraw in _REDRAWS):
            yield "block", block
            return
        position = 0
        while (redraw := _REDRAW.search(block, position)) is not None:
            start = block.rfind(b"\n", position, redraw.start()) + 1 or position
            if position < start:
                yield "block", block[position:start]
            position = block.index(b"\n", redraw.start()) + 1
            yield from self._redrawn_line(block[start:position])
        if position < len(block):
            yield "block", block[position:]

    def _redrawn_line(self, line: bytes) -> Iterator[Frame]:
        start = 0
        for found in _BREAK.finditer(line):
            segment = line[start : found.start()]
            start = found.end()
            if line[start - 1] == 0x0A:
                yield "line", self._finish(segment)
            elif self._redraw(segment):
                yield "redrawn", segment

    def _redraw(self, segment: bytes) -> bool:
        self._in_line = True
        self._limit = self._whole
        if not segment:
            return False
        if is_visible(segment) or ERASE_LINE.search(segment):
            self._drawn = segment
        return True

    def _finish(self, segment: bytes) -> bytes:
        drawn, self._drawn = self._drawn, None
        self._in_line = False
        self._limit = self._whole
        if drawn is not None and not is_visible(segment) and not ERASE_LINE.search(segment):
            return drawn
        return segment


def whole_characters(data: bytes) -> bytes:
    """Return ``data`` without the beginning of a UTF-8 character at its end."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            size = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if back < size else data
        if byte < 0x80:
            break
    return data
