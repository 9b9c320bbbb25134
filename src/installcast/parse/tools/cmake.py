"""Makefiles made by CMake: ``[ 45%] Building C object …``, the share of the targets."""

from __future__ import annotations

import re

LINE_START = rb"\[ {0,2}\d{1,3}%\]"

_LINE = re.compile(r"\[ {0,2}(\d{1,3})%\] \w", re.ASCII)


def percent(text: str) -> float | None:
    """Return the percentage of the line, or ``None`` when it is not CMake's."""
    found = _LINE.match(text)
    return float(found.group(1)) if found else None
