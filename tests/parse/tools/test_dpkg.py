"""dpkg by itself, and its log."""

from __future__ import annotations

from installcast.parse.tools.dpkg import DpkgLog
from tests.parse.tools.running import last, read_all


def test_without_a_total() -> None:
    """Unpacking rises ever more slowly, setting up is counted against what was unpacked."""
    lines = [f"Unpacking lib{number} (1.0) ..." for number in range(3)]
    lines += [f"Setting up lib{number}:amd64 (1.0) ..." for number in range(3)]
    fractions = read_all(lines)
    assert fractions == [0.15, 0.24, 0.3, 0.66, 0.77, 0.89]
    reading = last(lines)
    assert reading is not None
    assert (reading.tool, reading.title) == ("dpkg", "Setting up lib2")


def test_the_next_call() -> None:
    """When all is set up, what is unpacked next belongs to another run."""
    assert read_all(["Unpacking a1 (1) ...", "Setting up a1 (1) ...", "Unpacking b1 (1) ..."]) == [
        0.15,
        0.77,
        0.15,
    ]


def test_log() -> None:
    """The log tells the same; its states are of no use, since some come twice."""
    log = DpkgLog()
    lines = [
        "2026-01-02 03:04:05 startup archives unpack",
        "2026-01-02 03:04:05 install nginx:amd64 <none> 1.22.1-9",
        "2026-01-02 03:04:05 status half-installed nginx:amd64 1.22.1-9",
        "2026-01-02 03:04:05 upgrade libc6:amd64 2.36-8 2.36-9",
        "2026-01-02 03:04:06 status unpacked nginx:amd64 1.22.1-9",
        "2026-01-02 03:04:06 configure nginx:amd64 1.22.1-9 <none>",
        "2026-01-02 03:04:06 trigproc man-db:amd64 2.11.2-2 <none>",
        "configure nginx",
    ]
    found = [reading for line in lines if (reading := log.read(line))]
    assert [reading.title for reading in found] == [
        "Unpacking nginx",
        "Unpacking libc6",
        "Setting up nginx",
        "Processing triggers for man-db",
    ]
    assert [reading.fraction for reading in found] == sorted(reading.fraction for reading in found)
