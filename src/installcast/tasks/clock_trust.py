"""Whether the wall clock is believed when it says that something is old enough to be removed.

A clock that leaps forward, for want of a battery, by a mistake or an attack on NTP, would make every log old at once. So a
leap has to hold for a day of uptime before anything is removed because of it. Pure: times are given.
"""

from __future__ import annotations

from typing import NamedTuple

DAY = 86_400.0

LEAP_BETWEEN_RUNS = 31 * DAY
"""The service may have been down; that it was for longer is less likely than a wrong clock."""

LEAP_WHILE_RUNNING = DAY
"""More than any change of a clock that is right."""

TRIAL = DAY
"""Of uptime, for which a leapt clock has to go on as it should."""


class ClockTrust(NamedTuple):
    """The last look at the wall clock. ``wall`` is Unix time; ``trial`` the seconds since a leap, ``None``: believed."""

    wall: float
    trial: float | None = None

    @property
    def is_believed(self) -> bool:
        """Whether something may be removed by this clock."""
        return self.trial is None

    def look(self, wall: float, elapsed: float | None) -> ClockTrust:
        """Return what a look at ``wall`` makes of this one, ``elapsed`` seconds later; ``None``: in another process."""
        ahead = wall - self.wall - (elapsed or 0.0)
        if ahead > (LEAP_BETWEEN_RUNS if elapsed is None else LEAP_WHILE_RUNNING):
            return ClockTrust(wall, 0.0)
        if self.trial is None or ahead < -LEAP_WHILE_RUNNING:
            return ClockTrust(wall)  # by an earlier time less is old: nothing can be lost
        trial = self.trial + (elapsed or 0.0)
        return ClockTrust(wall, trial if trial < TRIAL else None)
