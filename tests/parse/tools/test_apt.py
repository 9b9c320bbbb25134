"""apt's lines, and dpkg's lines between them."""

from __future__ import annotations

import pytest

from installcast.parse.tools import ToolReader
from tests.parse.tools.running import last, read_all

INSTALL = [
    "Reading package lists...",
    "Building dependency tree...",
    "Reading state information...",
    "0 upgraded, 2 newly installed, 0 to remove and 20 not upgraded.",
    "Need to get 648 kB of archives.",
    "After this operation, 1709 kB of additional disk space will be used.",
    "Get:1 http://deb.example/debian bookworm/main amd64 nginx-common all 1.22.1-9 [116 kB]",
    "Get:2 http://deb.example/debian bookworm/main amd64 nginx amd64 1.22.1-9 [532 kB]",
    "Fetched 648 kB in 0s (33.1 MB/s)",
    "Unpacking nginx-common (1.22.1-9) ...",
    "Unpacking nginx (1.22.1-9) ...",
    "Setting up nginx-common (1.22.1-9) ...",
    "Setting up nginx (1.22.1-9) ...",
    "Processing triggers for man-db (2.11.2-2) ...",
]


def test_an_install_rises_to_its_end() -> None:
    """What apt has announced is counted down to the triggers, and never quite done: apt says no last word."""
    fractions = read_all(INSTALL)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert 0.9 < fractions[-1] < 1.0


def test_titles_name_the_package() -> None:
    """A line that names what dpkg does is a title, without version and architecture."""
    reading = last([*INSTALL[:9], "Unpacking libevent-2.1-7:amd64 (2.1.12) over (2.1.8) ..."])
    assert reading is not None
    assert reading.title == "Unpacking libevent-2.1-7"


def test_each_run_begins_anew() -> None:
    """An update, an install and another install are three runs: the fraction falls between them, and only there."""
    update = [
        "Hit:1 http://deb.example/debian bookworm InRelease",
        "Get:2 http://deb.example/debian bookworm-updates InRelease [55.4 kB]",
        "Fetched 55.4 kB in 1s (74 kB/s)",
        "Reading package lists...",
    ]
    fractions = read_all([*update, *INSTALL, *INSTALL])
    falls = [index for index in range(1, len(fractions)) if fractions[index] < fractions[index - 1]]
    size = len(read_all(INSTALL))
    assert falls == [len(update), len(update) + size]


def test_what_was_downloaded_before_counts_for_nothing() -> None:
    """With all archives at hand, nothing but the packages is left to do."""
    rest = [
        "Need to get 0 B/21.4 MB of archives.",
        "After this operation, 1709 kB of additional disk space will be used.",
    ]
    assert read_all([*INSTALL[:4], *rest])[-1] > read_all(INSTALL[:6])[-1]


def test_nothing_to_do() -> None:
    """Where all is installed already, apt is as good as done."""
    assert read_all([INSTALL[0], "0 upgraded, 0 newly installed, 0 to remove and 20 not upgraded."]) == [
        0.0,
        0.97,
    ]


def test_removals_count() -> None:
    """Packages that are removed are work, too."""
    lines = [
        "Reading package lists...",
        "0 upgraded, 0 newly installed, 2 to remove and 3 not upgraded.",
        "After this operation, 12.1 MB disk space will be freed.",
        "Removing nginx (1.22.1-9) ...",
        "Removing nginx-common (1.22.1-9) ...",
        "Processing triggers for man-db (2.11.2-2) ...",
    ]
    fractions = read_all(lines)
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.85


def test_progress_lines_without_counts() -> None:
    """With ``-qq`` nothing but ``Dpkg::Progress`` tells how far the packages are, and the names stand between."""
    lines = [
        "Progress: [  0%]",
        "Unpacking nginx (1.22.1-9) ...",
        "Progress: [ 46%]",
        "Progress: [100%] [####]",
        "Progress: [  4%]",
    ]
    assert read_all(lines) == [0.2, 0.2, 0.55, 0.97, 0.23]


def test_progress_on_a_terminal() -> None:
    """On a terminal apt redraws how far its downloads are, and the reading of its lists."""
    reader = ToolReader()
    states = [
        "0% [Working]",
        "35% [2 InRelease 5 B/151 kB 3%]",
        "100% [Working]",
        "Reading package lists... 50%",
    ]
    fractions = [reading.fraction for state in states if (reading := reader.read(state))]
    assert fractions == pytest.approx([0.0, 0.21, 0.6, 0.79])


@pytest.mark.parametrize(
    "line",
    [
        "(Reading database ... 45%",
        "(Reading database ... 11025 files and directories currently installed.)",
        "Progress: 46%",
        "Get:1",
        "Need to get up early",
        "Fetched 3 pages",
        "Unpacking the boxes (all of them)",
        "Setting up nginx",
        "Removing old files (3)",
        "Processing triggers",
        "5% [",
    ],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like apt's tell nothing."""
    assert read_all([line]) == []
