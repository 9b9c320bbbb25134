"""When a wall clock is believed."""

from __future__ import annotations

import pytest

from installcast.tasks.clock_trust import DAY, ClockTrust

NOW = 1_800_000_000.0
HOUR = 3600.0


@pytest.mark.parametrize(
    ("ahead", "elapsed", "believed"),
    [
        (HOUR, HOUR, True),
        (-2 * HOUR, HOUR, True),
        (23 * HOUR, HOUR, True),
        (26 * HOUR, HOUR, False),
        (400 * DAY, HOUR, False),
        (-400 * DAY, HOUR, True),
        (30 * DAY, None, True),
        (32 * DAY, None, False),
        (-400 * DAY, None, True),
    ],
)
def test_a_leap(ahead: float, elapsed: float | None, believed: bool) -> None:
    """A day beyond what has passed while running, a month between two runs; never for going back."""
    assert ClockTrust(NOW).look(NOW + ahead, elapsed).is_believed is believed


def test_a_leap_that_holds() -> None:
    """It is believed after a day of uptime in which the clock went on as it should, also over restarts."""
    trust = ClockTrust(NOW).look(NOW + 400 * DAY, None)
    for _ in range(12):
        trust = trust.look(trust.wall + HOUR, HOUR)
    trust = trust.look(trust.wall + DAY, None)
    for _ in range(11):
        trust = trust.look(trust.wall + HOUR, HOUR)
        assert not trust.is_believed
    assert trust.look(trust.wall + HOUR, HOUR).is_believed


def test_a_second_leap_begins_anew() -> None:
    """A clock that leaps again has not held."""
    trust = ClockTrust(NOW, trial=DAY - HOUR).look(NOW + 2 * DAY, HOUR)
    assert trust == ClockTrust(NOW + 2 * DAY, 0.0)


def test_a_leap_that_is_taken_back() -> None:
    """The right time is believed at once."""
    wrong = ClockTrust(NOW).look(NOW + 400 * DAY, HOUR)
    assert wrong.look(NOW + 2 * HOUR, HOUR) == ClockTrust(NOW + 2 * HOUR)
