"""dnf, yum and dnf5. The lines are those of Fedora 31 (dnf 4), CentOS 7 (yum) and Fedora 41 (dnf5) in public reports."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

DNF = [
    "Dependencies resolved.",
    "(1/2): nginx-filesystem-1.20.1-14.el9.noarch.rpm  120 kB/s | 9.3 kB     00:00    ",
    "(2/2): nginx-core-1.20.1-14.el9.x86_64.rpm        2.3 MB/s | 570 kB     00:00    ",
    "Total                                             1.5 kB/s | 125 kB     01:25     ",
    "Running transaction check",
    "Transaction check succeeded.",
    "Running transaction",
    "  Preparing        :                                                        1/1 ",
    "  Installing       : nginx-filesystem-1:1.20.1-14.el9.noarch                1/2 ",
    "  Installing       : nginx-core-1:1.20.1-14.el9.x86_64                      2/2 ",
    "  Running scriptlet: nginx-core-1:1.20.1-14.el9.x86_64                      2/2 ",
    "  Verifying        : nginx-core-1:1.20.1-14.el9.x86_64                      1/2 ",
    "  Verifying        : nginx-filesystem-1:1.20.1-14.el9.noarch                2/2 ",
    "Complete!",
]


def test_dnf() -> None:
    """Downloads, the transaction and its check are parts of one fraction; the last word is ``Complete!``."""
    fractions = read_all(DNF)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert read_all(DNF[:3])[-1] == 0.3
    reading = last(DNF[:10])
    assert reading is not None
    assert reading.title == "Installing nginx-core"


def test_yum() -> None:
    """yum prints the same in other columns."""
    lines = [
        "Dependencies Resolved",
        "(1/2): nginx-filesystem-1.20.1-10.el7.noarch.rpm           |  24 kB   00:00     ",
        "Running transaction",
        "  Installing : 1:nginx-filesystem-1.20.1-10.el7.noarch                      1/2 ",
        "  Installing : 1:nginx-1.20.1-10.el7.x86_64                                 2/2 ",
        "  Verifying  : 1:nginx-1.20.1-10.el7.x86_64                                 1/2 ",
        "Complete!",
    ]
    assert read_all(lines) == [0.0, 0.15, 0.3, 0.45, 0.75, 0.94, 1.0]


def test_dnf5() -> None:
    """dnf5 counts downloads and packages in brackets, with a bar behind."""
    lines = [
        "[1/2] nginx-core-2:1.26.2-1.fc41.x86_64 100% |   2.9 MiB/s | 658.2 KiB |  00m00s",
        "[2/2] Total                             100% |   1.1 MiB/s |   1.0 MiB |  00m01s",
        "Running transaction",
        "[ 1/12] Verify package files            100% | 500.0   B/s |   4.0   B |  00m00s",
        "[12/12] Installing nginx-core-2:1.26.2- 100% |  12.0 MiB/s |   1.2 MiB |  00m00s",
        "Complete!",
    ]
    assert read_all(lines) == [0.15, 0.3, 0.3, 0.36, 0.98, 1.0]


def test_the_next_transaction() -> None:
    """Another transaction is another run."""
    assert read_all([*DNF, DNF[0], DNF[1]])[-3:] == [1.0, 0.0, 0.15]


@pytest.mark.parametrize(
    "line",
    [
        "(1/2) of it",
        "  Installing : nginx",
        "  Installing       : nginx-core-1:1.20.1 1/2",
        "Running transactions",
        "Complete! And more",
        "[3/5] x 5% done",
    ],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like dnf's, and packages outside of a transaction, tell nothing."""
    assert read_all([line]) == []
