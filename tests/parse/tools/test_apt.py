"""apt's own percentage."""

from __future__ import annotations

import pytest

from installcast.parse.tools.apt import percent


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Progress: [  0%]", 0),
        ("Progress: [ 46%]", 46),
        ("Progress: [100%] [##########]", 100),
        ("Progress: 46%", None),
        ("(Reading database ... 45%", None),
        ("", None),
    ],
)
def test_percent(line: str, expected: float | None) -> None:
    """Only apt's progress lines are read."""
    assert percent(line) == expected
