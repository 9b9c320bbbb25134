"""apt's status lines."""

from __future__ import annotations

import pytest

from installcast.parse.tools.apt_status import AptStatus


def test_downloads_and_packages() -> None:
    """Downloads are the smaller part of a run, packages the larger one, with their names."""
    status = AptStatus()
    lines = [
        "dlstatus:1:0.0000:Retrieving file 1 of 2",
        "dlstatus:2:100.0000:Retrieving file 2 of 2",
        "pmstatus:dpkg-exec:0.0000:Running dpkg",
        "pmstatus:nginx:50.0:Configuring nginx (amd64)",
    ]
    found = [status.read(line) for line in lines]
    assert [round(reading.fraction, 3) for reading in found if reading] == [0.05, 0.2, 0.2, 0.585]
    assert found[-1] is not None
    assert found[-1].title == "Configuring nginx"


def test_runs() -> None:
    """Downloads after packages, or packages that begin from nothing, are another run."""
    status = AptStatus()
    lines = [
        "pmstatus:a:90.0:Installed a (all)",
        "dlstatus:1:0.0:Retrieving file 1 of 1",
        "pmstatus:b:80.0:Installed b (all)",
        "pmstatus:c:0.0:Preparing c (all)",
    ]
    fractions = [round(reading.fraction, 2) for line in lines if (reading := status.read(line))]
    assert fractions == [0.88, 0.05, 0.82, 0.05]


@pytest.mark.parametrize(
    "line",
    [
        "pmerror:/x.deb:30.0:conffile prompt",
        "pmconffile:a:3.0:'x' 'y' 1 1",
        "media-change:x",
        "pmstatus:",
        "",
    ],
)
def test_other_lines(line: str) -> None:
    """Errors and questions tell of no progress."""
    assert AptStatus().read(line) is None
