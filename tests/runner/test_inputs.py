"""Reports and commands, read in bounded parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from installcast.runner.inputs import Command, Control, ReportFile, make_fifo


def test_a_report_is_read_once_and_wiped(tmp_path: Path) -> None:
    """What was read is gone from the file, since it may hold a secret; what comes later is read later."""
    report = ReportFile(tmp_path / "events")
    assert report.read() == b""
    with report.path.open("ab", buffering=0) as script:
        script.write(b'{"type":"secret","value":"hunter22"}\n')
        assert report.read() == b'{"type":"secret","value":"hunter22"}\n'
        assert report.read() == b""
        script.write(b"more\n")
        assert report.read() == b"more\n"
    assert set(report.path.read_bytes()) == {0}


def test_a_large_report_is_read_in_parts(tmp_path: Path) -> None:
    """However much was reported at once, one read is bounded, and nothing is lost."""
    report = ReportFile(tmp_path / "events")
    text = b"".join(b"%d\n" % number for number in range(50_000))
    with report.path.open("ab") as script:
        script.write(text)
    parts = []
    while part := report.read():
        parts.append(part)
    assert b"".join(parts) == text
    assert max(map(len, parts)) <= 65_536


def test_a_report_that_never_ends_takes_little_space(tmp_path: Path) -> None:
    """What was read gives its space back, while scripts go on appending."""
    report = ReportFile(tmp_path / "events")
    line = b'{"type":"progress","percent":35}\n' * 1000
    read = 0
    with report.path.open("ab", buffering=0) as script:
        for _ in range(400):
            script.write(line)
            read += len(report.read())
    while part := report.read():
        read += len(part)
    assert read == report.path.stat().st_size == 400 * len(line)
    assert report.path.stat().st_blocks * 512 < 2_500_000
    assert set(report.path.read_bytes()) == {0}


def test_commands(tmp_path: Path) -> None:
    """Commands are lines, also when they come in pieces; what is none is passed over."""
    control = Control(tmp_path / "control")
    assert control.read() == []
    writer = os.open(tmp_path / "control", os.O_WRONLY)
    os.write(writer, b'{"command":"cancel","by":"alice"}\nnonsense\n[]\n{"command":"can')
    assert control.read() == [Command("cancel", "alice")]
    os.write(writer, b'cel"}\n')
    assert control.read() == [Command("cancel", "")]
    os.write(writer, b"x" * 60_000)
    assert control.read() == []
    os.write(writer, b'\n{"command":"cancel","by":"bob"}\n')
    assert control.read() == [Command("cancel", "bob")]
    os.close(writer)
    assert control.read() == []


def test_a_fifo_is_made_or_taken(tmp_path: Path) -> None:
    """A FIFO that an earlier attempt has left is used; anything else in its place is an error."""
    make_fifo(tmp_path / "fifo")
    make_fifo(tmp_path / "fifo")
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_fifo(tmp_path / "file")


def test_what_is_left_can_be_discarded(tmp_path: Path) -> None:
    """What nobody will read is counted, and is on the disk no longer: it may hold a secret."""
    report = ReportFile(tmp_path / "events")
    report.path.write_bytes(b"x" * 70_000)
    assert report.unread() == 70_000
    report.read()
    assert report.discard() == 70_000 - 65_536
    assert report.path.read_bytes() == b""
