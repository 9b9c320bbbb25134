"""System calls that the standard library lacks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from installcast.runner.linux import known_status


@pytest.mark.parametrize("path", ["/etc/passwd", "/dev/null", "/"])
def test_the_status_of_a_file(path: str) -> None:
    """It is that of ``stat(2)``."""
    seen, status = known_status(path), Path(path).stat()
    assert (seen.mode, seen.size) == (status.st_mode, status.st_size)
    assert seen.identity == (status.st_ino, os.major(status.st_dev), os.minor(status.st_dev))
    assert seen.device == (os.major(status.st_rdev), os.minor(status.st_rdev))


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is an error like any other."""
    with pytest.raises(FileNotFoundError):
        known_status(str(tmp_path / "missing"))
