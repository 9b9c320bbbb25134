"""What the readers of single tools share: a fraction that rises, sizes with units, and titles that are short."""

from __future__ import annotations

from typing import Protocol

from installcast.parse.reading import Reading

MAX_TITLE = 60
"""Characters of a title: it stands beside a bar."""

_MEGABYTES = {"": 1e-6, "k": 1e-3, "m": 1.0, "g": 1e3, "t": 1e6}


class Tool(Protocol):
    """Reads what one tool prints. It may remember the run that goes on, and knows where the next one begins."""

    def read(self, text: str) -> Reading | None:
        """Return how far the run is after this line, or after this state of a redrawn line, ``None`` when it tells nothing."""
        ...


class Run:
    """One run of ``tool``: its fraction never falls, until it begins again."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.fraction = 0.0

    def begin(self, title: str = "") -> Reading:
        """Another run of the tool begins."""
        self.fraction = 0.0
        return self.at(0.0, title)

    def at(self, fraction: float, title: str = "") -> Reading:
        """Return the reading of a run that has come to ``fraction``, or further before."""
        # Comparisons: here as below, the functions that say the same are ten times slower, and this is done for each line.
        if fraction > self.fraction:
            self.fraction = fraction if fraction < 1.0 else 1.0
        return Reading(self.tool, self.fraction, title[:MAX_TITLE] if len(title) > MAX_TITLE else title)


def between(low: float, high: float, share: float) -> float:
    """Return the point at ``share`` (0-1) of the way from ``low`` to ``high``."""
    if share <= 0.0:
        return low
    return low + (high - low) * (share if share < 1.0 else 1.0)


def so_many(count: float, usual: float) -> float:
    """Return a share (0-1) of a total that nobody knows: a half at ``usual``, rising ever more slowly."""
    return count / (count + usual)


def megabytes(number: str, unit: str) -> float:
    """Return the size ``number`` with a unit such as ``kB``, ``MiB`` or ``G`` in megabytes; raises ``ValueError``."""
    return float(number.replace(",", "")) * _MEGABYTES.get(unit[:1].lower(), 1e-6)
