"""All tools together."""

from __future__ import annotations

from installcast.parse.tools import ToolReader


def test_tools_side_by_side() -> None:
    """Two tools whose lines are mixed are told apart, each with its own fraction."""
    reader = ToolReader()
    lines = [
        "[ 45%] Building C object x.o",
        "Receiving objects:  50% (1/2), 1 MiB",
        "[ 46%] Building C object y.o",
    ]
    assert [
        (reading.tool, round(reading.fraction, 3)) for line in lines if (reading := reader.read(line))
    ] == [
        ("cmake", 0.45),
        ("git", 0.475),
        ("cmake", 0.46),
    ]


def test_plain_text() -> None:
    """Text tells of no progress."""
    reader = ToolReader()
    assert [
        reader.read(line) for line in ("", "45%", "Hello", "100% done", "installing 3/4", "a" * 100_000)
    ] == [None] * 6
