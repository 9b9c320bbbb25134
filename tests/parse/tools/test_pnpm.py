"""pnpm's progress line."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import read_all


def test_progress() -> None:
    """Resolving, fetching and adding follow each other, and the next run begins anew."""
    lines = [
        "Progress: resolved 1, reused 0, downloaded 0, added 0",
        "Progress: resolved 50, reused 0, downloaded 4, added 0",
        "Packages: +78",
        "Progress: resolved 126, reused 0, downloaded 39, added 0",
        "Progress: resolved 126, reused 0, downloaded 78, added 78, done",
        "Done in 3.1s using pnpm v9.15.9",
        "Progress: resolved 1, reused 0, downloaded 0, added 0",
    ]
    assert read_all(lines) == [0.0, 0.12, 0.5, 0.65, 0.9, 1.0, 0.0]


@pytest.mark.parametrize(
    "line", ["Progress: resolved", "Packages: many", "Done in 3s", "Progress: resolved 3 issues"]
)
def test_other_lines(line: str) -> None:
    """Lines that only look like pnpm's tell nothing."""
    assert read_all([line]) == []
