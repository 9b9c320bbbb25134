"""A script that prints lines at a pace: what every server under test shows. Run as a program; imports nothing of the house.

``publisher.py LINES RATE BURST [GO]``: ``LINES`` lines at ``RATE`` a second, ``BURST`` at a time, each with the moment it was
printed in nanoseconds of the monotonic clock, which all processes of a machine share. ``GO``: a file whose coming starts it.
A last line follows when all is quiet.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

PADDING = " Unpacking libexample-data (2.41.3-1) over (2.41.2-4) of the archive and more"
END = "~end~"
QUIET_SECONDS = 0.5
"""Before the last line, so that it comes alone."""


def main(lines: int, rate: float, burst: int, go: str = "") -> None:
    """Print."""
    while go and not Path(go).exists():
        time.sleep(0.02)
    due = time.monotonic() + 0.2
    for _ in range(lines // burst):
        time.sleep(max(0.0, due - time.monotonic()))
        now = time.monotonic_ns()
        sys.stdout.write(f"@{now}@{PADDING}\n" * burst)
        sys.stdout.flush()
        due += burst / rate
    time.sleep(QUIET_SECONDS)
    print(END, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:5])
