"""zypper. The lines are those of openSUSE Leap and Tumbleweed in the documentation of SUSE."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

INSTALL = [
    "Retrieving package libpcre2-8-0-10.42-150600.x86_64 (1/2), 310.0 KiB (861.5 KiB unpacked)",
    "Retrieving: nginx-1.21.5-150600.x86_64 (Main Repository (OSS)) (2/2), 1.2 MiB",
    "Checking for file conflicts: [..done]",
    "(1/2) Installing: libpcre2-8-0-10.42-150600.x86_64 [..done]",
    "(2/2) Installing: nginx-1.21.5-150600.x86_64 [..done]",
]


def test_install() -> None:
    """Downloads, then packages."""
    assert read_all(INSTALL) == [0.2, 0.4, 0.69, 0.97]
    reading = last(INSTALL[:4])
    assert reading is not None
    assert reading.title == "Installing libpcre2-8-0-10.42-150600.x86_64"


def test_the_next_install() -> None:
    """What is retrieved first after an install belongs to another run."""
    assert read_all([*INSTALL, *INSTALL[:1], *INSTALL[3:], INSTALL[3]])[-4:] == [0.2, 0.69, 0.97, 0.69]


@pytest.mark.parametrize(
    "line",
    ["(1/2) Installing the roof", "Retrieving package lists", "( 1/2 ) Installing: x", "Retrieving: nginx"],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like zypper's tell nothing."""
    assert read_all([line]) == []
