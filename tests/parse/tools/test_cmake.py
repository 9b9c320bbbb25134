"""The percentage of Makefiles made by CMake."""

from __future__ import annotations

import pytest

from installcast.parse.tools.cmake import percent


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[  3%] Building C object library/aes.c.o", 3),
        ("[ 45%] Linking C static library x.a", 45),
        ("[100%] Built target x", 100),
        ("[45/100] Building C object", None),
        ("[ 45%]", None),
        ("at [ 45%] Building", None),
    ],
)
def test_percent(line: str, expected: float | None) -> None:
    """Only CMake's target lines are read."""
    assert percent(line) == expected
