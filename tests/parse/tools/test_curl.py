"""curl's meter and its bar."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import read_all

HEAD = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current"
FIRST = "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"


def test_meter() -> None:
    """The meter tells the percentage of the file, once its size is known."""
    states = [
        HEAD,
        FIRST,
        "  7 42.9M    7 3320k    0     0  4033k      0  0:00:10 --:--:--  0:00:10 4029k",
        " 51 42.9M   51 21.9M    0     0  3836k      0  0:00:11  0:00:05  0:00:06 3804k",
        "100 42.9M  100 42.9M    0     0  3816k      0  0:00:11  0:00:11 --:--:-- 3812k",
    ]
    assert read_all(states) == [0.0, 0.07, 0.51, 1.0]


def test_meter_of_recent_versions() -> None:
    """Since 8.17 the columns are narrower."""
    assert read_all(["  1 16097M   1 166166k   0     0 17384k     0   0:15:48  0:00:05  0:15:43 20627k"]) == [
        0.01
    ]


def test_bar() -> None:
    """``--progress-bar`` ends in the percentage."""
    states = [
        "#=#=#                                    ",
        "###########             31.4%",
        "  0.0%",
        "########################### 100.0%",
    ]
    assert read_all(states) == [0.31, 0.0, 1.0]


def test_the_next_file() -> None:
    """Another transfer, such as that behind a redirection, is another run."""
    assert read_all(
        [HEAD, "100   162  100   162    0     0   1200      0 --:--:-- --:--:-- --:--:--  1200", HEAD]
    ) == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    "line",
    [
        FIRST,
        "100 green bottles 100 10 0",
        "# 3. Install",
        "  1.2% of all",
        "12 34 5 6 7 8",
        "% Total of it",
        "#### 5.0% off ####",
    ],
)
def test_other_lines(line: str) -> None:
    """A transfer of unknown size, and lines that only look like curl's, tell nothing."""
    assert read_all([line]) == []
