"""cargo's words and its bar. The lines are as cargo 1.95 prints them."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

BUILD = [
    "    Updating `mirror` index",
    "     Locking 4 packages to latest compatible versions",
    " Downloading crates ...",
    "  Downloaded libc v0.2.155",
    "  Downloaded serde v1.0.219",
    "  Downloaded serde_derive v1.0.219",
    "   Compiling libc v0.2.155",
    "   Compiling serde v1.0.219",
    "   Compiling serde_derive v1.0.219",
    "   Compiling app v1.2.0 (/srv/app)",
    "    Finished `release` profile [optimized] target(s) in 12.30s",
]


def test_crates_are_counted() -> None:
    """Without a bar the crates that were downloaded are the total."""
    fractions = read_all(BUILD)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert 0.5 < fractions[-2] < 1.0


def test_bar() -> None:
    """The bar knows the total, and outranks the lines between."""
    lines = [
        "   Compiling part1 v0.1.0 (/srv/app/part1)",
        "    Building [=>                          ] 2/25: part9, part22                                   ",
        "   Compiling part9 v0.1.0 (/srv/app/part9)",
        "    Building [==============>             ] 15/25: part11                                   ",
    ]
    assert read_all(lines) == [0.0, 0.08, 0.08, 0.59]
    reading = last(lines)
    assert reading is not None
    assert reading.title == "Compiling part11"


def test_the_next_build() -> None:
    """A build after a finished one is another run."""
    assert read_all([*BUILD, *BUILD[:1]])[-2:] == [1.0, 0.0]


@pytest.mark.parametrize(
    "line",
    [
        "Compiling serde v1.0",
        "   Compiling the list of names",
        "    Finished in 12s",
        "    Building 3/25",
        "  Downloaded nothing",
        "     Locking the door",
    ],
)
def test_other_lines(line: str) -> None:
    """Words that do not stand in cargo's columns, or say something else, tell of no progress."""
    assert [fraction for fraction in read_all([line]) if fraction] == []
