"""pip, as versions 23 to 26 print it."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

COLLECT = [
    "Collecting numpy",
    "  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.whl (16.9 MB)",
    "     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 8.4/16.9 MB 171.4 MB/s eta 0:00:01",
    "     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 16.9/16.9 MB 171.4 MB/s eta 0:00:00",
    "Collecting python-dateutil>=2.9.0 (from pandas)",
    "  Using cached python_dateutil-2.9.0-py2.py3-none-any.whl (229 kB)",
    "Processing /srv/wheels/six-1.17.0-py2.py3-none-any.whl (from python-dateutil)",
]
INSTALL = [*COLLECT, "Installing collected packages: six, numpy, python-dateutil"]
DONE = "Successfully installed numpy-2.4.6 python-dateutil-2.9.0 six-1.17.0"


def test_collecting_leads_to_installing() -> None:
    """The fraction rises with what is found and downloaded, and is 1 at pip's last word."""
    fractions = read_all([*INSTALL, DONE])
    assert fractions == sorted(fractions)
    assert fractions[-2] < 0.6
    assert fractions[-1] == 1.0


def test_heavy_packages_are_the_larger_part_of_installing() -> None:
    """The bar over the packages counts them by the size of their archives, in the order in which they are installed."""
    bar = "   ━━━━━━━━━━╸━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ {}/3 [{}]"
    before, after = read_all([*INSTALL, bar.format(1, "numpy"), bar.format(2, "python-dateutil")])[-2:]
    assert after - before > 0.4
    reading = last([*INSTALL, bar.format(1, "numpy")])
    assert reading is not None
    assert reading.title == "Installing numpy"


def test_raw_progress() -> None:
    """``PIP_PROGRESS_BAR=raw`` counts the bytes of a download."""
    fractions = read_all(
        [
            *COLLECT[:2],
            "Progress 0 of 16918164",
            "Progress 8459082 of 16918164",
            "Progress 16918164 of 16918164",
        ]
    )
    assert fractions[-3] < fractions[-2] < fractions[-1]


def test_wheels_that_are_built() -> None:
    """Building takes long, and each wheel that is there counts."""
    fractions = read_all(
        [
            "Collecting psycopg2",
            "  Downloading psycopg2-2.9.9.tar.gz (384 kB)",
            "Building wheels for collected packages: psycopg2, uwsgi",
            "  Building wheel for psycopg2 (setup.py): started",
            "  Created wheel for psycopg2: filename=psycopg2-2.9.9-cp311.whl size=496321 sha256=0",
            "  Created wheel for uwsgi: filename=uwsgi-2.0.26-cp311.whl size=596321 sha256=0",
            "Installing collected packages: uwsgi, psycopg2",
        ]
    )
    assert fractions == sorted(fractions)
    assert fractions[2] < 0.2
    assert fractions[-1] > 0.9


def test_the_next_install() -> None:
    """What is collected after the last word belongs to another run."""
    assert read_all([*INSTALL, DONE, "Requirement already satisfied: pip in ./lib (23.0.1)"])[-2:] == [
        1.0,
        0.0,
    ]


def test_titles() -> None:
    """Titles name the package."""
    assert [
        reading.title
        for line in range(len(COLLECT))
        if (reading := last(COLLECT[: line + 1])) and reading.title
    ] == [
        "Collecting numpy",
        "Downloading numpy",
        "Collecting python-dateutil",
        "Downloading python_dateutil",
        "Collecting six-1.17.0-py2.py3-none-any.whl",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Processing the orders",
        "Progress 3 of many",
        "Successfully installed nginx-1.22",
        "  Downloading app.bin (3 MB)",
        "Installing packages: a, b",
        "━━━━━━━━━━━━━━━━━━━━",
    ],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like pip's tell nothing."""
    assert read_all([line]) == []
