"""The one expression of all beginnings."""

from __future__ import annotations

import re

import pytest

from installcast.parse.starts import any_of


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("get:3 x", True),
        ("gone 3", True),
        ("hit:4", True),
        ("[ 4%", True),
        ("got", False),
        ("hit", False),
        ("4", False),
    ],
)
def test_any_of(line: str, begins: bool) -> None:
    """Each beginning is found, whether it is a choice between words or not."""
    expression = re.compile(any_of([rb"(?:get|hit):\d", rb"gone \d", rb"\[ \d"]))
    assert (expression.match(line.encode()) is not None) == begins


def test_a_beginning_that_would_never_be_found() -> None:
    """What may begin with a letter has to begin with that letter."""
    with pytest.raises(ValueError, match="remote"):
        any_of([rb"(?:remote: )?counting"])
