"""Records on their way to viewers: each encoding of a batch is made once, when the first viewer needs it."""

from __future__ import annotations

from functools import cached_property

from installcast.record import LogMessage, decode
from installcast.stream.journal_reader import Position, Slice

_TEXT_FRAME = 0x81
"""FIN and opcode 1 of RFC 6455, 5.2."""


class Batch:
    """A slice of a journal that any number of viewers share."""

    def __init__(self, part: Slice) -> None:
        self.slice = part

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.slice)

    @property
    def end(self) -> Position:
        """The place behind the last record."""
        return Position(self.slice.next_seq, self.slice.end)

    @cached_property
    def texts(self) -> list[str]:
        """The records as strings, without newlines."""
        return [line.decode() for line in self.slice.lines()]

    @cached_property
    def text(self) -> str:
        """All records as one string, each ended by a newline."""
        return self.slice.data.decode()

    @cached_property
    def record_frames(self) -> bytes:
        """A WebSocket text frame for each record, joined.

        A server's frames carry no mask (RFC 6455, 5.1), so their bytes are the same for every viewer.
        """
        return b"".join(text_frame(line) for line in self.slice.lines())

    @cached_property
    def lines_frame(self) -> bytes:
        """One WebSocket text frame with all records, each ended by a newline."""
        return text_frame(self.slice.data)

    def messages(self) -> list[LogMessage]:
        """Return the records decoded."""
        return [decode(line) for line in self.slice.lines()]


def text_frame(payload: bytes) -> bytes:
    """Return an unmasked WebSocket text frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_TEXT_FRAME, size)) + payload
    if size < 65_536:
        return bytes((_TEXT_FRAME, 126)) + size.to_bytes(2) + payload
    return bytes((_TEXT_FRAME, 127)) + size.to_bytes(8) + payload
