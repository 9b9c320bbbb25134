"""apt with ``Dpkg::Progress``: lines such as ``Progress: [ 46%]``, of the packages being installed, not of the downloads."""

from __future__ import annotations

import re

LINE_START = rb"progress: \["

_LINE = re.compile(r"Progress: \[ {0,2}(\d{1,3})%\]", re.ASCII)


def percent(text: str) -> float | None:
    """Return the percentage of the line, or ``None`` when it is not apt's."""
    found = _LINE.match(text)
    return float(found.group(1)) if found else None
