"""The encodings of a batch: the same records in each, made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from installcast.stream.batch import FRAME_BYTES, Batch, text_frame
from installcast.stream.journal_reader import JournalReader

from .journals import message, write_journal


def frames_in(data: bytes) -> list[bytes]:
    """Return the payloads that a client reads."""
    client = Protocol(CLIENT, max_size=None)
    client.receive_data(data)
    frames = [event for event in client.events_received() if isinstance(event, Frame)]
    assert client.parser_exc is None
    assert all((frame.opcode, frame.fin) == (Opcode.TEXT, True) for frame in frames)
    return [bytes(frame.data) for frame in frames]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_frame_of_any_size(size: int) -> None:
    """A client reads the payload back, whatever the length's encoding."""
    assert frames_in(text_frame(b"x" * size)) == [b"x" * size]


def test_all_encodings_say_the_same(tmp_path: Path) -> None:
    """Frames of records, frames of lines, strings and decoded records."""
    lines = write_journal(tmp_path / "j", "one", message("尺" * 300), message("x" * 20_000))
    batch = Batch(JournalReader(tmp_path / "j").read(0))
    assert frames_in(batch.record_frames) == lines
    assert b"".join(frames_in(batch.line_frames)) == batch.slice.data
    assert batch.texts == [line.decode() for line in lines]
    assert "".join(batch.line_texts).encode() == batch.slice.data
    assert [record.seq for record in batch.messages()] == [0, 1, 2]
    assert (len(batch), batch.end) == (3, (3, len(batch.slice.data)))
    assert batch.record_frames is batch.record_frames


def test_frames_of_lines_are_small(tmp_path: Path) -> None:
    """A client on a line that breaks often gets on: a frame holds many whole lines, but not all, and a long line is not cut."""
    write_journal(tmp_path / "j", *(message("x" * 400) for _ in range(90)), message("y" * 20_000), "last")
    batch = Batch(JournalReader(tmp_path / "j").read(0, limit_bytes=200_000))
    frames = frames_in(batch.line_frames)
    assert b"".join(frames) == batch.slice.data
    assert all(frame.endswith(b"\n") for frame in frames)
    assert [len(frame) <= FRAME_BYTES or frame.count(b"\n") == 1 for frame in frames] == [True] * len(frames)
    assert len(frames) <= len(batch.slice.data) // FRAME_BYTES + 3
