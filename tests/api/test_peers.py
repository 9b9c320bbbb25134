"""Who is cut: by what is seen of a client from time to time, at any clock."""

from __future__ import annotations

import pytest

from installcast.api.peers import LEAST_BYTES, PATIENCE, Pace, Sighting

STEP = 2.5


def cut_after(pace: Pace, *seen: tuple[int, int], silent: float = 0.0) -> float | None:
    """Return after how many seconds a client is cut of which (taken, waiting) is seen at each step."""
    for number, (taken, waiting) in enumerate(seen):
        if pace.is_stuck(Sighting(taken, waiting, silent), number * STEP):
            return number * STEP
    return None


def test_one_that_takes_nothing() -> None:
    """It is cut when its time is over, and not before."""
    assert cut_after(Pace(0), *[(5000, 100_000)] * 20) == PATIENCE


def test_one_that_takes_a_byte_a_second() -> None:
    """What it takes is too little to count."""
    assert cut_after(Pace(0), *[(round(number * STEP), 100_000) for number in range(20)]) == PATIENCE


@pytest.mark.parametrize("rate", [2 * LEAST_BYTES / PATIENCE, 2048, 1e9])
def test_a_slow_one_stays(rate: float) -> None:
    """A client that is behind for an hour, and gets on, is left alone."""
    assert cut_after(Pace(0), *[(round(number * STEP * rate), 100_000) for number in range(1440)]) is None


def test_a_quiet_one_stays() -> None:
    """Nothing to take is no lack of taking; nor is one byte that is always on its way, another one each time."""
    assert cut_after(Pace(0), *[(5000, 0)] * 1000) is None
    assert cut_after(Pace(0), *[(number, 1) for number in range(1000)]) is None


def test_one_that_stops_after_a_while() -> None:
    """Its time begins with the last thing it took."""
    assert cut_after(Pace(0), *[(0, 0)] * 100, *[(0, 500)] * 20) == 100 * STEP + PATIENCE


def test_one_whose_network_is_gone() -> None:
    """Silence of the other side's kernel is enough, whether something waits or not."""
    assert Pace(0).is_stuck(Sighting(0, 0, PATIENCE), 1.0)
    assert not Pace(0).is_stuck(Sighting(0, 0, PATIENCE - 1), 1.0)
