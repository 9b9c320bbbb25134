"""All tools together."""

from __future__ import annotations

import re
import time
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installcast.parse import tools
from installcast.parse.tools import ToolReader

PATTERNS = [
    pattern
    for module in vars(tools).values()
    if isinstance(module, ModuleType) and module.__name__.startswith(tools.__name__)
    for pattern in vars(module).values()
    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str) and "(?<=^" not in pattern.pattern
]
"""What the readers look for; the columns of cargo's words aside, which are hard to draw."""


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


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=20)
@given(st.data())
def test_whatever_looks_like_a_line_of_a_tool_is_read(pattern: re.Pattern[str], data: st.DataObject) -> None:
    """Odd numbers and names in what a tool may print give fractions from 0 to 1, or nothing."""
    lines = st.from_regex(pattern, alphabet=st.characters(codec="utf-8", exclude_characters="\n"))
    reader = ToolReader()
    for line in data.draw(st.lists(lines, min_size=1, max_size=5)):
        reading = reader.read(line)
        assert reading is None or 0 <= reading.fraction <= 1


@pytest.mark.parametrize(
    "line",
    [
        "9{} upgraded, 1 newly installed, 0 to remove and 0 not upgraded.",
        "1 upgraded, 9{} newly installed, 0 to remove and 0 not upgraded.",
        "(9{}/9{}) Installing pcre2 (10.42-r1)",
        "Get:9{} http://deb.example/debian bookworm InRelease",
        "Progress: resolved 1, reused 0, downloaded 0, added 9{}",
    ],
)
def test_numbers_without_end(line: str) -> None:
    """What no tool counts to is no count."""
    assert ToolReader().read(line.replace("{}", "9" * 5000)) is None


@pytest.mark.parametrize(
    ("begin", "filling"),
    [
        ("Cloning into '", "0/"),
        ("  Installing       : nginx-filesystem-1:", "9/"),
        ("  Installing", " a"),
        ("[ 3/56] Installing ", " "),
        ("  0     0    0     0    0   ", " "),
        ("  ━", " "),
        ("  ━", "━"),
        ("Status: Downloaded newer", " "),
        ("Collecting ", "a-"),
        ("   Compiling ", "a "),
        ("#1 [", "a "),
        ("[", "="),
    ],
)
def test_long_lines_cost_no_more_than_their_length(begin: str, filling: str) -> None:
    """A line as long as lines may be keeps nobody waiting, whatever stands in it."""
    lines = [begin + filling * (16_384 // len(filling)) + end for end in ("", "x", " 9/")]
    began = time.process_time()
    for line in lines:
        ToolReader().read(line)
    assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    "line",
    [
        "{number:012x}: Pull complete",
        "#{number} [stage{number} 1/2] RUN make",
        "  Downloading package{number}-1.0.tar.gz (1.5 MB)",
    ],
)
def test_names_without_end(line: str) -> None:
    """What goes on naming new things is not remembered for ever: the ten-thousandth line costs what the thousandth did."""
    reader = ToolReader()
    began = time.process_time()
    for number in range(10_000):
        reader.read(line.format(number=number))
    assert time.process_time() - began < 5
