"""The wall clock of one task, which no change of the machine's clock can disturb.

Machines set their clocks while something is being installed: NTP reaches its server at last, a person mends the date.
The records of a task would then go back in time, or leap a year. So the wall clock is read once, and moved on by the time
that has passed since boot, suspends included.
"""

from __future__ import annotations

import time


class WallClock:
    """Gives Unix time in seconds, which never steps: that of its making, and what has passed since then."""

    def __init__(self) -> None:
        self._boot = time.time() - since_boot()

    def __call__(self) -> float:
        """Return the time."""
        return self._boot + since_boot()


def since_boot() -> float:
    """Return the seconds since boot, those that the machine slept through included: nobody can set that clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
