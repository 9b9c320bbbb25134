"""A file that others append to is read line by line as it grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.runner.line_follower import LineFollower


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_text("before\n")
    return path


@pytest.fixture
def follower(file: Path) -> Iterator[LineFollower]:
    follower = LineFollower(os.open(file, os.O_RDONLY), file.stat().st_size)
    yield follower
    follower.close()


def append(file: Path, data: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(data)


def test_whole_lines_as_they_come(file: Path, follower: LineFollower) -> None:
    """A line is there when its end is, and only what comes after the position counts."""
    assert follower.lines() == []
    append(file, b"one\ntw")
    assert follower.lines() == ["one"]
    append(file, b"o\n\xff\n")
    assert follower.lines() == ["two", "�"]
    assert follower.lines() == []


def test_a_file_that_is_begun_anew(file: Path, follower: LineFollower) -> None:
    """What was emptied is read from its new beginning; half a line from before is gone."""
    append(file, b"half")
    follower.lines()
    os.truncate(file, 0)
    assert follower.lines() == []
    append(file, b"new\n")
    assert follower.lines() == ["new"]


def test_much_at_once(file: Path, follower: LineFollower) -> None:
    """One look takes a bounded part, and the next one goes on; a line without an end is given up."""
    append(file, b"x" * 99 + b"\n" + b"y" * 1_000_000)
    assert follower.lines() == ["x" * 99]
    for _ in range(5):
        assert follower.lines() == []
    append(file, b"\nlast\n")
    assert follower.lines()[-1] == "last"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that fails says nothing."""
    follower = LineFollower(os.open(tmp_path, os.O_RDONLY))
    assert follower.lines() == []
    follower.close()
