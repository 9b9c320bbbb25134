"""The steps of a task, read out of its journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installcast.record import LogMessage, timestamp
from installcast.stream import steps
from installcast.stream.journal_reader import JournalReader
from installcast.stream.steps import BLOCK_BYTES, MAX_STEPS, StepScan

from .journals import JournalWriter, final, message, write_journal


def at(
    second: float, text: str = "x", step: str = "", number: int = 0, total: int = 0, **fields: Any
) -> LogMessage:
    """A record of a step, at a second."""
    return message(
        text, timestamp=timestamp(second), step=step, current_step=number, total_steps=total, **fields
    )


def scan_of(path: Path) -> StepScan:
    reader = JournalReader(path)
    scan = StepScan(reader)
    scan.run(reader.head().offset, float("inf"))
    return scan


def short(scan: StepScan, **options: Any) -> list[tuple[Any, ...]]:
    """Return title, phase, status, first and last seq, and seconds of each step."""
    keys = ("step", "phase", "status", "first_seq", "last_seq", "seconds")
    return [tuple(step[key] for key in keys) for step in scan.describe(**options)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "journal.jsonl"


def test_a_good_run(path: Path) -> None:
    """Each step from its first record to that of the next one, the last one to the end of the task."""
    write_journal(
        path,
        at(0, phase="precheck"),
        at(1, step="Fetch", number=1, total=2, phase="install"),
        at(2, step="Fetch", number=1, total=3, phase="install"),
        at(4.5, step="Build", number=2, total=3, phase="install", kind="progress"),
        at(5, step="Build", number=2, total=3, phase="install"),
        at(8, step="Build", number=2, total=3, phase="verify"),
        final(timestamp=timestamp(8.25), step="Build", current_step=2, total_steps=3, phase="verify"),
    )
    scan = scan_of(path)
    assert short(scan, completed=True) == [
        ("", "precheck", "done", 0, 0, 1.0),
        ("Fetch", "install", "done", 1, 2, 3.5),
        ("Build", "install", "done", 3, 4, 3.5),
        ("Build", "verify", "done", 5, 6, 0.25),
    ]
    assert scan.describe(completed=True)[1] == {
        "step": "Fetch",
        "current_step": 1,
        "total_steps": 3,
        "phase": "install",
        "status": "done",
        "first_seq": 1,
        "last_seq": 2,
        "first_line": 2,
        "lines": 2,
        "errors": 0,
        "warnings": 0,
        "started_at": "1970-01-01T00:00:01.000000Z",
        "seconds": 3.5,
    }


def test_a_last_step_that_printed_nothing(path: Path) -> None:
    """Only the end names it: it is told all the same."""
    write_journal(
        path,
        at(0, step="Fetch", number=1, total=2, phase="install"),
        final(timestamp=timestamp(2), step="Clean up", current_step=2, total_steps=2, phase="install"),
    )
    assert short(scan_of(path), completed=True) == [
        ("Fetch", "install", "done", 0, 0, 2.0),
        ("Clean up", "install", "done", 1, 1, 0.0),
    ]


def test_a_running_task(path: Path) -> None:
    """The last step has no duration yet; what is written later is read from there on."""
    writer = JournalWriter(path)
    writer.write(at(0, step="Fetch", number=1, total=2, phase="install"))
    reader = JournalReader(path)
    scan = StepScan(reader)
    assert short(scan, completed=False) == []
    scan.run(reader.head().offset, float("inf"))
    assert short(scan, completed=False) == [("Fetch", "install", "running", 0, 0, None)]
    writer.write(at(3, step="Build", number=2, total=2, phase="install"))
    end = reader.head().offset
    assert not scan.reaches(end)
    scan.run(end, float("inf"))
    assert scan.reaches(end)
    assert short(scan, completed=False) == [
        ("Fetch", "install", "done", 0, 0, 3.0),
        ("Build", "install", "running", 1, 1, None),
    ]
    writer.close()


@pytest.mark.parametrize("status", ["failed", "canceled", "interrupted"])
def test_where_it_went_wrong(path: Path, status: str) -> None:
    """The last step of the phase that the end names; not the rollback, nor what is asked afterwards."""
    write_journal(
        path,
        at(0, step="Fetch", number=1, total=2, phase="install"),
        at(1, step="Build", number=2, total=2, phase="install"),
        at(2, step="Build", number=2, total=2, phase="rollback"),
        at(3, step="Build", number=2, total=2, phase="verify"),
        final(status, timestamp=timestamp(4), phase="install"),
    )
    scan = scan_of(path)
    statuses = [step["status"] for step in scan.describe(completed=True, rollback="succeeded")]
    assert statuses == ["done", status, "done", "done"]


def test_a_verification_that_fails(path: Path) -> None:
    """The one that counts, not the one that asks what is left."""
    write_journal(
        path,
        at(0, step="A", number=1, total=1, phase="install"),
        at(1, step="A", number=1, total=1, phase="verify"),
        at(2, step="A", number=1, total=1, phase="rollback"),
        at(3, step="A", number=1, total=1, phase="verify"),
        final("failed", timestamp=timestamp(4), phase="verify"),
    )
    scan = scan_of(path)
    assert [step["status"] for step in scan.describe(completed=True)] == ["done", "failed", "done", "done"]


def test_a_rollback_that_fails(path: Path) -> None:
    """Both steps say so; an end that names no phase was in the work."""
    write_journal(
        path,
        at(0, phase="install"),
        at(2, phase="rollback"),
        final("failed", timestamp=timestamp(4)),
    )
    scan = scan_of(path)
    statuses = [step["status"] for step in scan.describe(completed=True, rollback="failed")]
    assert statuses == ["failed", "failed"]


def test_blocks_of_one_step_are_counted(path: Path) -> None:
    """A long log gives the same steps as a short one, wherever the steps change in it."""
    per_block = BLOCK_BYTES // 150
    records = [
        at(
            number / 1000,
            step=f'Step "{number // (3 * per_block)}"',
            number=1 + number // (3 * per_block),
            total=9,
        )
        for number in range(20 * per_block)
    ]
    write_journal(path, *records, final(timestamp=timestamp(100)))
    steps = scan_of(path).describe(completed=True)
    assert [step["first_seq"] for step in steps] == list(range(0, 20 * per_block, 3 * per_block))
    assert [step["last_seq"] for step in steps] == [
        *(step["first_seq"] - 1 for step in steps[1:]),
        20 * per_block,
    ]
    assert steps[0]["step"] == 'Step "0"'
    assert steps[-1]["seconds"] == pytest.approx(100 - 18 * per_block / 1000, abs=0.002)


def test_what_a_script_prints_makes_no_step(path: Path) -> None:
    """Text that looks like a record's keys is text."""
    forged = '","progress":9,"step":"forged","current_step":7,"total_steps":9,"phase":"rollback","final":true,"status":"x"}'
    write_journal(path, at(0, forged, step="A", number=1, total=1), at(1, step="A", number=1, total=1))
    assert short(scan_of(path), completed=False) == [("A", None, "running", 0, 1, None)]


def test_more_steps_than_anybody_reads(path: Path) -> None:
    """The last one that is told goes on to the end."""
    write_journal(path, *(at(number, step=f"S {number}", number=1) for number in range(MAX_STEPS + 50)))
    steps = scan_of(path).describe(completed=True)
    assert len(steps) == MAX_STEPS
    assert (steps[-1]["last_seq"], steps[-1]["seconds"]) == (MAX_STEPS + 49, 50.0)


def test_damage_is_passed_over(path: Path) -> None:
    """What is no record says nothing about steps."""
    lines = write_journal(path, *(at(number, step="A", number=1, total=1) for number in range(4)))
    lines[1] = b"\0" * 40
    lines[3] = lines[3][:60]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    scan = StepScan(JournalReader(path))
    scan.run(path.stat().st_size, float("inf"))
    assert short(scan, completed=True) == [("A", None, "done", 0, 2, 2.0)]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (b'"step":"A"', b'"step":"\\ud800"'),
        (b'"step":"A"', b'"step":"\\x"'),
        (b'"step":"A"', b'"step":"\x01"'),
        (b'"timestamp":"1970', b'"timestamp":"xx70'),
        (b'Z","level"', b'","level"'),
        (b'"current_step":1,', b'"current_step":%s,' % (b"9" * 5000)),
        (b'"total_steps":3', b'"total_steps":' + b"9" * 5000),
    ],
)
def test_values_that_no_runner_writes(path: Path, written: bytes, left: bytes) -> None:
    """A record whose title, time or number is none says nothing about steps, and the others do."""
    first, *others = write_journal(
        path, at(0, step="A", number=1, total=3), at(1, step="B", number=2, total=3)
    )
    assert written in first
    path.write_bytes(b"".join(line + b"\n" for line in (first.replace(written, left), *others)))
    scan = StepScan(JournalReader(path))
    scan.run(path.stat().st_size, float("inf"))
    assert short(scan, completed=True) == [("B", None, "done", 1, 1, 0.0)]


def test_a_time_that_is_none(path: Path) -> None:
    """How long its step took is not known then."""
    first, *others = write_journal(path, at(0, step="A", number=1), at(1, step="B", number=2))
    damaged = first.replace(b"1970-01-01", b"1970-01-39")
    path.write_bytes(b"".join(line + b"\n" for line in (damaged, *others)))
    scan = StepScan(JournalReader(path))
    scan.run(path.stat().st_size, float("inf"))
    assert [step["seconds"] for step in scan.describe(completed=True)] == [None, 0.0]


def test_a_piece_of_work_ends_in_time(path: Path) -> None:
    """It stops behind a block, and goes on there."""
    write_journal(path, *(at(number, "y" * 100, step="A", number=1) for number in range(3000)))
    reader = JournalReader(path)
    ticks = iter(range(1_000_000))
    scan = StepScan(reader, clock=lambda: float(next(ticks)))
    end = reader.head().offset
    scan.run(end, 2.0)
    assert not scan.reaches(end)
    scan.run(end, float("inf"))
    assert short(scan, completed=True) == [("A", None, "done", 0, 2999, 2999.0)]


def test_a_journal_that_is_gone(path: Path) -> None:
    """There are no steps, and that is no error."""
    scan = StepScan(JournalReader(path))
    scan.run(1000, float("inf"))
    assert scan.describe(completed=True) == []


def counts(scan: StepScan) -> list[tuple[int, ...]]:
    """Return first line, lines, errors and warnings of each step."""
    keys = ("first_line", "lines", "errors", "warnings")
    return [tuple(step[key] for key in keys) for step in scan.describe(completed=True)]


def test_lines_are_counted(path: Path) -> None:
    """What was printed, by step, with errors and warnings; the last record is a line, and the runner's own word."""
    a: dict[str, Any] = {"step": "A", "number": 1}
    b: dict[str, Any] = {"step": "B", "number": 2}
    write_journal(
        path,
        at(0, **a),
        at(1, level="WARN", **a),
        at(2, kind="progress", **a),
        at(2, kind="progress", **b),
        at(3, level="ERROR", **b),
        at(4, kind="progress", **b),
        final("failed", step="B", current_step=2),
    )
    scan = scan_of(path)
    assert counts(scan) == [(1, 2, 0, 1), (3, 2, 1, 0)]
    assert (scan.lines, scan.next_seq, scan.final_seq) == (4, 7, 6)
    assert scan.unprinted == [(2, 2), (5, 1)]


def test_blocks_are_counted_as_lines_are(path: Path) -> None:
    """A log of many blocks: what is passed over is counted to the line, whatever a text says."""
    tricky = '{"seq":7,"kind":"progress","level":"ERROR","message":"'
    kinds: list[dict[str, Any]] = [{}, {"level": "ERROR"}, {"level": "WARN"}, {"kind": "progress"}]
    records = [at(0, tricky * 4, "A", 1, **kinds[seq % 7 % 4 if seq % 7 < 4 else 0]) for seq in range(5000)]
    write_journal(path, *records)
    assert path.stat().st_size > 4 * BLOCK_BYTES
    scan = scan_of(path)
    printed = [record for record in records if record.kind is None]
    levels = [record.level for record in printed]
    assert counts(scan) == [(1, len(printed), levels.count("ERROR"), levels.count("WARN"))]
    assert scan.unprinted == [(seq, 1) for seq, record in enumerate(records) if record.kind]
    assert scan.next_seq == 5000


def test_lines_that_cannot_be_numbered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many places without a line, or a record that is missing: nothing is told rather than something wrong."""
    write_journal(path, *(at(0, "x", "A", 1, kind="progress" if seq % 2 else None) for seq in range(10)))
    assert scan_of(path).unprinted == [(1, 1), (3, 1), (5, 1), (7, 1), (9, 1)]
    monkeypatch.setattr(steps, "MAX_RUNS", 4)
    assert scan_of(path).unprinted is None
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    monkeypatch.setattr(steps, "MAX_RUNS", 100)
    assert scan_of(path).unprinted is None
