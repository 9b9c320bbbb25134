"""Framing: reads in, lines out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.lines import Frame, LineSplitter, whole_characters

LIMIT = 32

PIECES = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\r\r\n",
    b"\x1b[1G",
    b"\x1b[G",
    b"\x1b[K",
    b"\x1b[2K",
    b"\x1b[0m",
    b"\x1b",
    b"\x1b]8;;",
    b"\x07",
]


def frames(data: bytes, cuts: list[int] | None = None) -> list[Frame]:
    """Frame ``data``, cut into reads, with blocks taken apart into lines."""
    splitter = LineSplitter(LIMIT)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts or []), len(data)]
    found: list[Frame] = []
    for start, end in pairwise(edges):
        found += splitter.feed(data[start:end])
    found += splitter.flush()
    return [
        ("line", line) if kind == "block" else (kind, line)
        for kind, frame in found
        for line in (frame[:-1].split(b"\n") if kind == "block" else [frame])
    ]


def lines(data: bytes) -> list[bytes]:
    """Return what becomes a record."""
    return [line for kind, line in frames(data) if kind == "line"]


def test_each_newline_ends_a_line() -> None:
    """Lines end at newlines, with or without the carriage returns of a pseudo-terminal, and empty ones count."""
    assert lines(b"a\nb\r\n\nc\r\r\nd") == [b"a", b"b", b"", b"c", b"d"]


def test_only_the_last_state_of_a_redrawn_line_is_a_line() -> None:
    """A carriage return starts the line again, whether a tool writes it before or behind its text."""
    assert lines(b"10%\r50%\r100%\n\r1/2\r2/2\nend") == [b"100%", b"2/2", b"end"]


def test_redrawn_states_are_reported() -> None:
    """What was drawn over is no line, but may tell progress."""
    assert frames(b"10%\r50%\rdone\n") == [("redrawn", b"10%"), ("redrawn", b"50%"), ("line", b"done")]


def test_column_one_redraws_like_a_carriage_return() -> None:
    """``ESC [ 1 G``, as npm's spinner writes it, starts the line again."""
    assert lines(b"|\x1b[1G/\x1b[G-\x1b[0Gdone\n") == [b"done"]


def test_a_state_stays_when_only_escapes_follow_it() -> None:
    """Showing the cursor again after the last redraw does not empty the line."""
    assert lines(b"100%\r\x1b[?25h\n") == [b"100%"]


def test_an_erased_line_is_empty() -> None:
    """A bar that its tool wiped away at the end leaves an empty line, as on a terminal."""
    assert lines(b"100%\r\x1b[K\n") == [b"\x1b[K"]


def test_a_line_of_the_limit_stays_whole() -> None:
    """The limit itself is still one line; one byte more makes two parts."""
    assert frames(b"x" * LIMIT + b"\n") == [("line", b"x" * LIMIT)]
    assert frames(b"x" * (LIMIT + 1) + b"\n") == [("part", b"x" * LIMIT), ("line", b"x")]


def test_no_character_is_torn() -> None:
    """A part ends before a UTF-8 character that does not fit whole."""
    text = ("x" * (LIMIT - 1) + "编译" * 20).encode()
    parts = [data for _, data in frames(text + b"\n")]
    assert len(parts) > 2
    assert "".join(part.decode() for part in parts).encode() == text


def test_no_escape_is_torn() -> None:
    """A part ends before an escape sequence that does not fit whole."""
    assert frames(b"x" * (LIMIT - 2) + b"\x1b[31mred\n") == [
        ("part", b"x" * (LIMIT - 2)),
        ("line", b"\x1b[31mred"),
    ]


def test_an_endless_escape_takes_no_memory() -> None:
    """A sequence longer than a line, such as an image, is forgotten while it passes."""
    splitter = LineSplitter(LIMIT)
    assert list(splitter.feed(b"before\x1b]1337;File=")) == []
    found = [frame for _ in range(1000) for frame in splitter.feed(b"QUJD" * 100)]
    assert len(splitter.pending()) <= LIMIT + 4
    found += splitter.feed(b"\x07after\n")
    assert [kind for kind, _ in found] == ["part", "line"]
    assert found[0][1] == b"before"
    assert found[1][1].endswith(b"\x07after")


def test_endless_carriage_returns_take_no_memory() -> None:
    """Any number of carriage returns in a row is one."""
    splitter = LineSplitter(LIMIT)
    for _ in range(1000):
        assert list(splitter.feed(b"\r" * 100)) == []
    assert len(splitter.pending()) == 0
    assert list(splitter.feed(b"x\n")) == [("line", b"x")]


def test_pending_is_what_a_terminal_shows() -> None:
    """The unfinished line is its newest state that shows anything."""
    splitter = LineSplitter(LIMIT)
    list(splitter.feed(b"done\nContinue? [Y/n] "))
    assert splitter.pending() == b"Continue? [Y/n] "
    list(splitter.feed(b"\r50%\r"))
    assert splitter.pending() == b"50%"
    list(splitter.feed(b"\x1b[?25h"))
    assert splitter.pending() == b"50%"


def test_flush_ends_the_last_line() -> None:
    """Without a newline at the end the last line counts all the same, an empty one does not."""
    assert lines(b"a\nb") == [b"a", b"b"]
    assert lines(b"a\n") == [b"a"]
    assert lines(b"90%\r100%\r") == [b"100%"]
    assert lines(b"") == []


def test_whole_characters() -> None:
    """Only the beginning of a character is cut off, not one that is complete, and not garbage."""
    for size in range(1, 5):
        character = "xü编🎉"[size - 1].encode()
        assert whole_characters(b"a" + character) == b"a" + character
        for end in range(1, size):
            assert whole_characters(b"a" + character[:end]) == b"a"
    assert whole_characters(b"a\x80\x80") == b"a\x80\x80"
    assert whole_characters(b"") == b""


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=8) | st.binary(min_size=30, max_size=40)).map(
        b"".join
    ),
    st.lists(st.integers(0, 400)),
)
def test_reads_make_no_difference(data: bytes, cuts: list[int]) -> None:
    """The same bytes give the same frames, wherever the reads were cut."""
    assert frames(data, cuts) == frames(data)


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=50)).map(b"".join))
def test_frames_are_bounded(data: bytes) -> None:
    """Neither a frame nor what is kept for later is longer than the limit and one break."""
    splitter = LineSplitter(LIMIT)
    for at in range(len(data)):
        for kind, frame in splitter.feed(data[at : at + 1]):
            assert kind == "block" or len(frame) <= LIMIT
        assert len(splitter.pending()) <= LIMIT + 4
