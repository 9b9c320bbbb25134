"""Whether a remaining time may be said: only where what was said before would have come true so far."""

from __future__ import annotations

from collections import deque

_LOOKBACK = 0.3
"""Of the elapsed time: so long must the expected end have stayed where it is."""

_STEADY = 0.12
"""By so much of the remaining time the expected end may have moved meanwhile."""

_SHORTEST = 2.0
"""Seconds: less is over before it is read."""

_INTERVAL = 0.01
"""Of the elapsed time, between two expectations that are kept."""


class Confidence:
    """Watches where the end is expected. Times are in seconds since the beginning of the task."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, float]] = deque()

    def weigh(self, elapsed: float, remaining: float) -> bool:
        """Take what is expected now. Returns whether it may be said."""
        end = elapsed + remaining
        if not self._ends or elapsed - self._ends[-1][0] >= max(0.1, _INTERVAL * elapsed):
            self._ends.append((elapsed, end))
        oldest = elapsed * (1 - _LOOKBACK)
        while len(self._ends) > 1 and self._ends[1][0] <= oldest:
            self._ends.popleft()
        if remaining < _SHORTEST or self._ends[0][0] > oldest:
            return False
        ends = [expected for _, expected in self._ends] + [end]
        return max(ends) - min(ends) <= _STEADY * remaining
