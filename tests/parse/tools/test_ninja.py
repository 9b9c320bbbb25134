"""ninja's count of targets."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all


def test_count() -> None:
    """The count tells how many targets are finished; another build begins anew."""
    lines = ["[1/257] Building C object a.o", "[257/257] Linking C executable x", "[2/40] g++ -c x.cc"]
    assert read_all(lines) == [0.0, 1.0, 0.05]


def test_titles() -> None:
    """The title is what is built; a bare command has none."""
    reading = last(["[32/257] Compiling C++ object src/core.p/main.cc.o"])
    assert reading is not None
    assert reading.title == "Compiling main.cc.o"
    reading = last(["[32/257] g++ -MMD -c x.cc"])
    assert reading is not None
    assert reading.title == ""


def test_padded_counts() -> None:
    """Some pad the number."""
    assert read_all(["[  3/300] Generating x"]) == [0.01]


@pytest.mark.parametrize(
    "line",
    [
        "[1/5] Compile",
        "[20/20] Link",
        "[300/257] x",
        "[1/257]x",
        "see [1/257] x",
        "[ 3/56] Installing nginx 100% |  12.0 MiB/s",
    ],
)
def test_other_lines(line: str) -> None:
    """Steps of scripts, impossible counts and other tools' lines are not ninja's."""
    assert [reading for reading in [last([line])] if reading and reading.tool == "ninja"] == []
