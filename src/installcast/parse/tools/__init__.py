"""What single tools print about their progress, one file a tool.

Each says with which bytes (in lower case) its lines begin, and reads the percentage out of a line.
"""

from __future__ import annotations

from installcast.parse.tools import apt, cmake

LINE_STARTS = b"|".join((apt.LINE_START, cmake.LINE_START))


def read_percent(text: str) -> float | None:
    """Return how far the tool that printed this line says it is, 0-100, or ``None``."""
    percent = apt.percent(text)
    return cmake.percent(text) if percent is None else percent
