"""apk. The lines are those of Alpine 3.20 in its wiki."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

ADD = [
    "fetch https://dl.example/alpine/v3.20/main/x86_64/APKINDEX.tar.gz",
    "fetch https://dl.example/alpine/v3.20/community/x86_64/APKINDEX.tar.gz",
    "(1/2) Installing pcre2 (10.43-r0)",
    "(2/2) Installing nginx (1.26.2-r0)",
    "Executing nginx-1.26.2-r0.pre-install",
    "OK: 12 MiB in 16 packages",
]


def test_add() -> None:
    """Each package is told as it begins, and the last word is ``OK``."""
    assert read_all(ADD) == [0.0, 0.0, 0.32, 0.75, 1.0]
    reading = last(ADD[:3])
    assert reading is not None
    assert reading.title == "Installing pcre2"


def test_the_next_add() -> None:
    """Another call is another run, with or without the indexes."""
    assert read_all([*ADD, *ADD])[5:7] == [0.0, 0.0]
    assert read_all([*ADD, *ADD[2:]])[5:] == [0.32, 0.75, 1.0]


@pytest.mark.parametrize("line", ["(1/2) Installing pcre2", "OK: all", "fetch the ball", "(1/2) Tests (all)"])
def test_other_lines(line: str) -> None:
    """Lines that only look like apk's tell nothing."""
    assert read_all([line]) == []
