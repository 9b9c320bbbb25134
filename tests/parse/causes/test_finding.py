"""Which cause one line tells."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.causes import CAUSES
from installcast.parse.causes.finding import find_cause

WORDS = sorted({word for cause in CAUSES for word in cause.words})


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=6), st.sampled_from(["", " ", ": "]))
def test_no_word_is_passed_over(words: list[str], between: str) -> None:
    """The cause is the first one of which a word and a pattern are in the line."""
    text = between.join(words).lstrip()
    patterns = [
        (cause, pattern)
        for cause in CAUSES
        if any(word in text.lower() for word in cause.words)
        for pattern in cause.patterns
    ]
    told = next((cause for cause, pattern in patterns if re.search(pattern, text)), None)
    found, _ = find_cause(text)
    if told is not None and told.code != "UNKNOWN" and not told.is_general:
        assert found is told
    elif told is None and found is not None:  # what another tool has put before the line was taken away
        assert any(re.search(pattern, text[at:]) for pattern in found.patterns for at in range(len(text)))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("E: Unable to locate package libexample-dev", "APT_PACKAGE_NOT_FOUND"),
        ("#12 3.456 E: Unable to locate package libexample-dev", "APT_PACKAGE_NOT_FOUND"),
        ("web-1  | OSError: [Errno 28] No space left on device", "DISK_FULL"),
        ("Setting up nginx (1.22) ...", None),
        ("", None),
    ],
)
def test_lines(line: str, code: str | None) -> None:
    """A line tells its cause whatever another tool puts before it; most lines tell none."""
    found, _ = find_cause(line)
    assert (found and found.code) == code


def test_particulars() -> None:
    """What the hint names is taken from the line."""
    assert find_cause("E: Unable to locate package libexample-dev")[1] == {"package": "libexample-dev"}


@pytest.mark.parametrize("filling", ["=", "a", "a.", "a/", "9", "'", "x: ", "http://a/", " "])
def test_long_lines_cost_no_more_than_short_ones(filling: str) -> None:
    """A minified script in an error's line keeps nobody waiting: its beginning and its end are looked at."""
    line = f"error: {filling * 16_384}: undefined reference to 404 not found version `x' exec format error"
    began = time.process_time()
    find_cause(line)
    assert time.process_time() - began < 0.05
    assert (
        find_cause(f"{filling * 16_384}: No space left on device")[0]
        is find_cause("x: No space left on device")[0]
    )
