"""What viewers were sent, and how late. Plain numbers, of one event loop: they are counted for each viewer and each line."""

from __future__ import annotations

from bisect import bisect_left

LAG_BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 30.0)
"""Upper ends in seconds; the promise is a second."""


class Traffic:
    """Of one kind of connection, since the start."""

    def __init__(self) -> None:
        self.viewers = 0
        """Those that are there now."""
        self.records = 0
        self.bytes = 0
        """Of records, without what frames add."""
        self.lags = [0] * (len(LAG_BUCKETS) + 1)
        """How many batches fell into which bucket; the last one has no end."""
        self.lag_sum = 0.0

    def sent(self, records: int, size: int) -> None:
        """Count what was handed to a connection."""
        self.records += records
        self.bytes += size

    def late(self, seconds: float) -> None:
        """Count how long after its publication something was handed to a viewer that waited for it."""
        self.lags[bisect_left(LAG_BUCKETS, seconds)] += 1
        self.lag_sum += seconds
