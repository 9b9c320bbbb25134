"""What the readers share."""

from __future__ import annotations

import pytest

from installcast.parse.tools.run import MAX_TITLE, Run, between, megabytes, so_many


def test_a_run_never_falls() -> None:
    """A fraction stays until it rises, within 0 and 1, or the run begins again."""
    run = Run("x")
    assert [run.at(fraction).fraction for fraction in (0.2, 0.1, 0.5, 3.0)] == [0.2, 0.2, 0.5, 1.0]
    assert run.begin("again") == ("x", 0.0, "again")


def test_titles_are_bounded() -> None:
    """A title is no longer than fits."""
    assert len(Run("x").at(0.1, "y" * 1000).title) == MAX_TITLE


def test_shares() -> None:
    """Shares stay within their limits, whatever the counts."""
    assert [between(0.2, 0.6, share) for share in (-1, 0.5, 2)] == pytest.approx([0.2, 0.4, 0.6])
    assert [so_many(count, 3) for count in (0, 3, 9)] == pytest.approx([0, 0.5, 0.75])


@pytest.mark.parametrize(
    ("number", "unit", "size"),
    [("21.4", "M", 21.4), ("1,234", "k", 1.234), ("0", "", 0), ("2", "G", 2000), ("12", "MiB", 12)],
)
def test_sizes(number: str, unit: str, size: float) -> None:
    """Sizes have units and separators."""
    assert megabytes(number, unit) == pytest.approx(size)
