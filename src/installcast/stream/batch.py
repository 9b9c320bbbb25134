"""Records on their way to viewers: each encoding of a batch is made once, when the first viewer needs it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from installcast.record import LogMessage, decode
from installcast.stream.journal_reader import Position, Slice

_TEXT_FRAME = 0x81
"""FIN and opcode 1 of RFC 6455, 5.2."""

FRAME_BYTES = 16_384
"""Where a frame of lines ends. A frame that does not arrive whole brings nothing: on a line that breaks again and again, or
takes half a minute for 64 KiB, a client would ask for the same one for ever."""


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
    def line_texts(self) -> list[str]:
        """The records as few strings of whole lines, each record ended by a newline."""
        return [part.decode() for part in self._parts()]

    @cached_property
    def record_frames(self) -> bytes:
        """A WebSocket text frame for each record, joined.

        A server's frames carry no mask (RFC 6455, 5.1), so their bytes are the same for every viewer.
        """
        return b"".join(text_frame(line) for line in self.slice.lines())

    @cached_property
    def line_frames(self) -> bytes:
        """A WebSocket text frame for each of :attr:`line_texts`, joined."""
        return b"".join(map(text_frame, self._parts()))

    @cached_property
    def events(self) -> bytes:
        """A Server-Sent Event for each record, joined. A record has no line end inside, which would end the event's data."""
        numbered = enumerate(self.slice.lines(), self.slice.first_seq)
        return b"".join(b"id: %d\ndata: %s\n\n" % (seq, line) for seq, line in numbered)

    def _parts(self) -> Iterator[bytes]:
        """Yield whole lines, up to :data:`FRAME_BYTES` of them, or one that is longer."""
        data, start = self.slice.data, 0
        while len(data) - start > FRAME_BYTES:
            end = data.rfind(b"\n", start, start + FRAME_BYTES) + 1 or data.index(b"\n", start) + 1
            yield data[start:end]
            start = end
        if start < len(data):
            yield data[start:]

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
