"""The percentage of Makefiles made by CMake."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all


def test_percent() -> None:
    """Each target tells the share, the last one not quite all: others may still be built."""
    lines = [
        "[  3%] Building C object library/aes.c.o",
        "[ 45%] Linking C static library x.a",
        "[100%] Built target x",
    ]
    assert read_all(lines) == [0.03, 0.45, 0.99]


def test_titles() -> None:
    """The title is what is built, without its folder."""
    reading = last(["[ 14%] Building C object library/CMakeFiles/mbedcrypto.dir/des.c.o"])
    assert reading is not None
    assert reading.title == "Building des.c.o"


def test_parallel_jobs_do_not_fall() -> None:
    """Neighbours that are printed in another order change nothing; a new build is a new run."""
    lines = [
        "[ 45%] Building C object a",
        "[ 44%] Building C object b",
        "[ 99%] Built target x",
        "[  2%] Built target y",
    ]
    assert read_all(lines) == [0.45, 0.45, 0.99, 0.02]


@pytest.mark.parametrize("line", ["[ 45%]", "at [ 45%] Building", "[ 45 ] x", "[ 45%] - done"])
def test_other_lines(line: str) -> None:
    """Only CMake's target lines are read."""
    assert read_all([line]) == []
