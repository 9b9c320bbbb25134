"""uv, as version 0.9 prints it."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all


def test_phases() -> None:
    """Each phase is told at its end, the large downloads one by one."""
    lines = [
        "Resolved 18 packages in 487ms",
        "Downloading pandas (11.8MiB)",
        "Downloading numpy (16.1MiB)",
        " Downloaded pandas",
        " Downloaded numpy",
        "Prepared 18 packages in 774ms",
        "Installed 18 packages in 110ms",
        "Resolved 1 package in 2ms",
        "Audited 1 package in 1ms",
    ]
    assert read_all(lines) == [0.3, 0.3, 0.3, 0.6, 0.9, 0.9, 1.0, 0.3, 1.0]
    reading = last(lines[:2])
    assert reading is not None
    assert reading.title == "Downloading pandas"


def test_preparing_on_a_terminal() -> None:
    """On a terminal it counts what is prepared."""
    assert read_all(["⠧ Preparing packages... (14/18)      "]) == [0.77]


@pytest.mark.parametrize(
    "line",
    [
        "Resolved 3 issues in 2 days",
        " Downloaded numpy",
        "Downloading numpy",
        "Installed 3 packages",
        "Preparing packages...",
    ],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like uv's tell nothing."""
    assert read_all([line]) == []
