"""wget in its three ways of speaking."""

from __future__ import annotations

import pytest

from installcast.parse.tools import ToolReader
from tests.parse.tools.running import last, read_all

BEGIN = [
    "--2026-11-23 23:16:15--  http://files.example/app-1.4.2.bin",
    "Length: 45000000 (43M) [application/octet-stream]",
    "Saving to: ‘/opt/app.bin’",
]
SAVED = "2026-11-23 23:16:27 (3.74 MB/s) - ‘/opt/app.bin’ saved [45000000/45000000]"
DOTS = " .......... .......... .......... .......... .......... "


def test_dots() -> None:
    """A row of dots tells the percentage; the file is done when wget says so."""
    lines = [
        *BEGIN,
        f"     0K{DOTS} 0% 6.67M 6s",
        f"  3750K{DOTS}45%  188M 10s",
        f" 44000K{DOTS}100% 2.00M=11s",
        SAVED,
    ]
    assert read_all(lines) == [0.0, 0.0, 0.0, 0.99, 1.0]  # 3750K is one of the rows that are passed over
    reading = last(lines[:-1])
    assert reading is not None
    assert reading.title == "Downloading app.bin"


def test_few_rows_of_a_large_file_are_read() -> None:
    """A fast download prints thousands of rows: one in ten is looked at behind the first megabyte."""
    rows = [f"{kilobytes:6d}K{DOTS}{kilobytes // 500:3d}%  391M 3s" for kilobytes in range(0, 50_000, 50)]
    assert 100 < len(read_all(rows)) < 150


def test_larger_dots_are_all_read() -> None:
    """The rows of ``--progress=dot:mega`` stand for 3 MB each."""
    rows = [
        f"{kilobytes:6d}K ........ ........ ........ ........ ........ ........ 26% 7.32M 1s"
        for kilobytes in (0, 3072, 6144)
    ]
    assert read_all(rows) == [0.26] * 3


def test_bar() -> None:
    """The bar on a terminal begins with the name of the file."""
    states = [
        "app.bin                    0%[                                   ]       0  --.-KB/s               ",
        "app.bin                   39%[============>                      ]  16.79M  3.75MB/s    eta 7s     ",
        "app.bin                  100%[==================================>]  42.92M  3.72MB/s    in 12s     ",
    ]
    assert read_all(states) == [0.0, 0.39, 1.0]


def test_brief() -> None:
    """``-nv`` tells a file when it is there."""
    line = '2026-11-23 23:15:10 URL:http://files.example/nginx-1.22.1.tar.gz [1073948/1073948] -> "nginx-1.22.1.tar.gz" [1]'
    reading = last([line])
    assert reading is not None
    assert reading == ("wget", 1.0, "Downloading nginx-1.22.1.tar.gz")


def test_the_next_file() -> None:
    """Another address is another run."""
    assert read_all([*BEGIN, SAVED, *BEGIN])[-3:] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "line",
    [
        "  50K of text",
        "   100K",
        "100% [of it]",
        "--2026 plans--",
        "2026-11-23 23:16:27 (again)",
        "5%[",
        "Length: 45000000",
    ],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like wget's tell nothing."""
    assert ToolReader().read(line) is None


def test_unknown_length() -> None:
    """Without a length there is no percentage."""
    assert read_all([f"     0K{DOTS}1.20M"]) == []
