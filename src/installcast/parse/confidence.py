"""Whether a remaining time may be said: only where it rests on what was seen, and what was said before still holds."""

from __future__ import annotations

from collections import deque

_LOOKBACK = 0.5
"""Of the elapsed time: so long must the expected end have stayed where it is."""

_STEADY = 0.2
"""By so much of the remaining time the expected end may have moved meanwhile."""

_EARLY_UNCERTAINTY, _LATE_UNCERTAINTY = 0.3, 0.15
"""The largest share by which a remaining time may be wrong, in the first half and in the second: there people wait for it."""

_SHORTEST = 2.0
"""Seconds: less is over before it is read."""

_INTERVAL = 0.01
"""Of the elapsed time, between two expectations that are kept."""


class Confidence:
    """Watches where the end is expected. Times are in seconds since the beginning of the task."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, float]] = deque()

    def weigh(self, elapsed: float, remaining: float, uncertainty: float) -> bool:
        """Take what is expected now, and by which share it may be wrong. Returns whether it may be said."""
        end = elapsed + remaining
        if not self._ends or elapsed - self._ends[-1][0] >= max(0.1, _INTERVAL * elapsed):
            self._ends.append((elapsed, end))
        since = elapsed * (1 - _LOOKBACK)
        while len(self._ends) > 1 and self._ends[1][0] <= since:
            self._ends.popleft()
        allowed = _LATE_UNCERTAINTY if elapsed > remaining else _EARLY_UNCERTAINTY
        if remaining < _SHORTEST or uncertainty > allowed or self._ends[0][0] > since:
            return False
        ends = [expected for _, expected in self._ends] + [end]
        return max(ends) - min(ends) <= _STEADY * remaining
