"""Whether a remaining time may be said: only where it rests on what was seen, and what was said before still holds."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

_LOOKBACK = 0.5
"""Of the elapsed time: so long must the expected end have stayed where it is."""


class _Limits(NamedTuple):
    uncertainty: float
    """The largest share by which a remaining time may be wrong."""
    moved: float
    """By so much of the remaining time the expected end may have moved meanwhile."""


_EARLY = _Limits(uncertainty=0.3, moved=0.2)
_LATE = _Limits(uncertainty=0.15, moved=0.1)
"""In the second half people wait for it."""

_PATIENCE = 1.25
"""What was said in the first half is taken back a little later than it would be said: it should not flicker."""

_SHORTEST = 2.0
"""Seconds: less is over before it is read."""

_INTERVAL = 0.01
"""Of the elapsed time, between two expectations that are kept."""


class Confidence:
    """Watches where the end is expected. Times are in seconds since the beginning of the task."""

    def __init__(self) -> None:
        self._ends: deque[tuple[float, float]] = deque()
        self._said = False

    def weigh(self, elapsed: float, remaining: float, uncertainty: float) -> bool:
        """Take what is expected now, and by which share it may be wrong. Returns whether it may be said."""
        end = elapsed + remaining
        if not self._ends or elapsed - self._ends[-1][0] >= max(0.1, _INTERVAL * elapsed):
            self._ends.append((elapsed, end))
        since = elapsed * (1 - _LOOKBACK)
        while len(self._ends) > 1 and self._ends[1][0] <= since:
            self._ends.popleft()
        is_early = elapsed < remaining
        limits = _EARLY if is_early else _LATE
        patience = _PATIENCE if is_early and self._said else 1.0
        ends = [expected for _, expected in self._ends] + [end]
        self._said = (
            remaining >= _SHORTEST
            and uncertainty <= patience * limits.uncertainty
            and self._ends[0][0] <= since
            and max(ends) - min(ends) <= patience * limits.moved * remaining
        )
        return self._said
