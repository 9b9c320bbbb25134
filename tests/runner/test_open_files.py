"""What a process has open."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from installcast.runner.open_files import open_file, open_files


def test_position_size_and_purpose(tmp_path: Path) -> None:
    """Of each regular file: where it is read or written, how large it is, and for which of both."""
    path = tmp_path / "big"
    path.write_bytes(bytes(5000))
    with path.open("rb") as reading, (tmp_path / "new").open("wb") as writing:
        reading.seek(1000)
        writing.write(bytes(10))
        writing.flush()
        with subprocess.Popen(["/bin/sleep", "60"], stdin=reading, stdout=writing) as process:
            try:
                check(process.pid, path)
            finally:
                process.kill()


def check(pid: int, path: Path) -> None:
    """Look at a process that has ``path`` open as its input, and a file of ten bytes as its output."""
    seen = {file.number: file for file in open_files(pid)}
    read, written = seen[0], seen[1]
    assert (read.position, read.size, read.is_written, read.path) == (1000, 5000, False, str(path))
    assert (written.position, written.size, written.is_written) == (10, 10, True)
    assert read.identity != written.identity
    assert open_files(pid, larger_than=4999) == [read]
    assert open_files(pid, larger_than=5000) == []


def test_what_is_no_file(tmp_path: Path) -> None:
    """Pipes and devices have no position worth knowing."""
    ends = os.pipe()
    try:
        assert open_file(os.getpid(), ends[0]) is None
    finally:
        for end in ends:
            os.close(end)


@pytest.mark.parametrize("pid", [0, 2**22 + 1])
def test_nobody(pid: int) -> None:
    """Of a process that is not there nothing is seen."""
    assert open_files(pid) == []
    assert open_file(pid, 0) is None
