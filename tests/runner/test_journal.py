"""Numbers without a gap, a limit that keeps both ends, a full disk that stops nothing."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.record import LogMessage, body
from installcast.runner.journal import Journal, add_final

from .conftest import MakeTask

LARGE = 256 * 1024 * 1024


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def line(message: str, progress: int = 0) -> str:
    return body(LogMessage(0, "2026-01-02T03:04:05.000006Z", "INFO", message, progress))


def gap(lines: int, size: int) -> str:
    return body(
        LogMessage(0, "2026-01-02T03:04:05.000006Z", "WARN", "missing", gap={"lines": lines, "bytes": size})
    )


def final(progress: int = 100) -> str:
    return body(
        LogMessage(
            0, "2026-01-02T03:04:05.000006Z", "SUCCESS", "done", progress, final=True, status="succeeded"
        )
    )


def records(path: Path) -> list[LogMessage]:
    text = path.read_text()
    assert text == "" or text.endswith("\n")
    return [LogMessage(**json.loads(record)) for record in text.splitlines()]


def numbers(path: Path) -> list[int]:
    return [record.seq for record in records(path)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounts a small file system: run `make test` as root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_bodies_are_numbered_as_they_are_written(path: Path) -> None:
    """The first record is 0, and a record is its number, its body and a newline."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    bodies = [line("a"), line("b"), line("\u00fc\u2028\\")]
    journal.append(bodies[:2])
    journal.append(bodies[2:])
    assert path.read_text() == "".join(f'{{"seq":{seq},{text}\n' for seq, text in enumerate(bodies))
    assert (journal.next_seq, journal.count) == (3, 3)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_existing_journal_goes_on(path: Path) -> None:
    """A journal that exists is continued at its next number; what was not written whole is removed."""
    first = Journal(path, max_bytes=LARGE, gap=gap)
    first.append([line("x" * 100_000), line("y" * 100_000)])
    with path.open("a") as file:
        file.write('{"seq":2,"timestamp":"2026-')
    second = Journal(path, max_bytes=LARGE, gap=gap)
    second.append([line("b")])
    assert [record.message[:1] for record in records(path)] == ["x", "y", "b"]
    assert numbers(path) == [0, 1, 2]


def test_the_limit_keeps_both_ends(path: Path) -> None:
    """Of a log over the limit the beginning and the end are there, with one gap record that counts what is not."""
    journal = Journal(path, max_bytes=65_536, gap=gap)
    bodies = [line(f"line {number:06d}") for number in range(5000)]
    for start in range(0, 5000, 7):
        journal.append(bodies[start : start + 7])
    journal.close()
    journal.seal(final())
    written = records(path)
    assert path.stat().st_size <= 65_536
    assert [record.seq for record in written] == list(range(len(written)))
    gaps = [record for record in written if record.gap]
    assert len(gaps) == 1
    assert gaps[0].gap is not None
    at = gaps[0].seq
    lost = gaps[0].gap["lines"]
    head, tail = written[:at], written[at + 1 : -1]
    assert [record.message for record in head] == [f"line {number:06d}" for number in range(at)]
    assert [record.message for record in tail] == [f"line {number:06d}" for number in range(at + lost, 5000)]
    assert gaps[0].gap["bytes"] == sum(len(f"line {number:06d}\n") for number in range(at, at + lost))
    assert len(head) > 200
    assert len(tail) > 50
    assert written[-1].final


def test_a_log_that_just_fits_its_two_ends_has_no_gap(path: Path) -> None:
    """When nothing had to be dropped, no record says that something is missing."""
    journal = Journal(path, max_bytes=65_536, gap=gap)
    count = 350  # more than the beginning may hold, less than both ends together
    journal.append([line(f"{number}") for number in range(count)])
    assert journal.full
    journal.close()
    assert [record.message for record in records(path)] == [str(number) for number in range(count)]


def test_seq_of_an_index(path: Path) -> None:
    """The index of a body leads to its number, also behind a gap; what was dropped has none."""
    journal = Journal(path, max_bytes=65_536, gap=gap)
    journal.append([line(f"line {number:06d}") for number in range(2000)])
    journal.close()
    written = {record.message: record.seq for record in records(path)}
    assert [journal.seq_of(index) for index in range(2000)] == [
        written.get(f"line {index:06d}") for index in range(2000)
    ]
    assert journal.seq_of(2000) is None


def test_urgent_records_pass_the_limit(path: Path) -> None:
    """Over the limit it is still told how far the task is, and what comes after it does not fall behind."""
    journal = Journal(path, max_bytes=65_536, gap=gap)
    journal.append([line(f"{number}", 10) for number in range(2000)])
    before = journal.next_seq
    journal.append([line("still at it", 50)], urgent=True)
    journal.append([line("the end", 20)])
    assert records(path)[-1].message == "still at it"
    assert journal.seq_of(2000) == before
    journal.close()
    progress = [record.progress for record in records(path)]
    assert progress == sorted(progress)
    assert records(path)[-1].message == "the end"


def test_a_gap_stands_where_its_lines_stood(path: Path) -> None:
    """The record of what is missing has the time and the state of the record behind it, though it is made after that."""

    def late_gap(lines: int, size: int) -> str:
        missing = {"lines": lines, "bytes": size}
        return body(
            LogMessage(0, "2026-01-02T09:00:00.000000Z", "WARN", "missing", 99, "Last", 3, 3, gap=missing)
        )

    journal = Journal(path, max_bytes=65_536, gap=late_gap)
    for number in range(2000):
        state = (number // 25, f'Step "{number // 100}"', number // 100, 20)
        journal.append(
            [body(LogMessage(0, f"2026-01-02T03:{number // 60:02d}:00.000000Z", "INFO", "x" * 40, *state))]
        )
    journal.close()
    written = records(path)
    (at,) = [record.seq for record in written if record.gap]
    place = [(record.timestamp, record.progress, record.step, record.current_step) for record in written]
    assert place[at] == place[at + 1]
    assert [each[0] for each in place] == sorted(each[0] for each in place)
    assert [each[1] for each in place] == sorted(each[1] for each in place)


def test_a_gap_on_a_disk_with_space_again_has_the_state_of_its_follower(small_disk: Path) -> None:
    """Lines that were parsed together with the end of a gap keep their progress, and the gap is not ahead of them."""
    clock = Clock()
    made = LogMessage(0, "2026-01-02T03:04:05.000006Z", "WARN", "missing", 98, gap={"lines": 1, "bytes": 1})
    journal = Journal(small_disk / "journal.jsonl", max_bytes=LARGE, gap=lambda *_: body(made), clock=clock)
    journal.append([line("x" * 200, 1)] * 2000)
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    clock.now += 10
    journal.append([line("again", 2), line("and again", 3)])
    journal.close()
    assert [record.progress for record in records(small_disk / "journal.jsonl")][-3:] == [2, 2, 3]


def test_urgent_records_have_a_limit_of_their_own(path: Path) -> None:
    """However many there are, the file keeps to its limit."""
    journal = Journal(path, max_bytes=65_536, gap=gap)
    journal.append([line("x") for _ in range(1000)])
    for _ in range(1000):
        journal.append([line("still at it")], urgent=True)
    journal.close()
    journal.seal(final())
    assert path.stat().st_size <= 65_536


def test_a_full_disk_leaves_one_gap(small_disk: Path) -> None:
    """What could not be written is counted; when there is space again one record tells of it, then the log goes on."""
    clock = Clock()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200_000))
    path = small_disk / "journal.jsonl"
    journal = Journal(path, max_bytes=LARGE, gap=gap, clock=clock)
    for number in range(1000):
        journal.append([line(f"line {number:04d}")])
        clock.now += 0.001
    whole = len(records(path))
    assert 0 < whole < 1000
    ballast.unlink()
    journal.append([line("too soon to try again")])
    assert len(records(path)) == whole
    clock.now += 2
    journal.append([line("back")])
    written = records(path)
    assert numbers(path) == list(range(whole + 2))
    assert written[whole].gap == {
        "lines": 1001 - whole,
        "bytes": (1000 - whole) * len("line 0000\n") + len("too soon to try again\n"),
    }
    assert written[-1].message == "back"
    assert [journal.seq_of(index) for index in (0, whole - 1, whole, 1000, 1001)] == [
        0, whole - 1, None, None, whole + 1,
    ]  # fmt: skip


def outgrown(path: Path, clock: Clock) -> Journal:
    """Return a journal that its disk had no room for until now."""
    ballast = path.with_name("ballast")
    ballast.write_bytes(bytes(200_000))
    journal = Journal(path, max_bytes=LARGE, gap=gap, clock=clock)
    journal.append([line(f"line {number:04d}") for number in range(1000)])
    ballast.unlink()
    return journal


def test_a_gap_is_told_in_silence(small_disk: Path) -> None:
    """When there is space again a gap is on record with the next beat, though nothing more is printed."""
    clock = Clock()
    path = small_disk / "journal.jsonl"
    journal = outgrown(path, clock)
    journal.sync()
    assert records(path)[-1].gap is None
    clock.now += 2
    journal.sync()
    assert records(path)[-1].gap is not None
    assert journal.untold is None
    journal.close()


def test_the_end_is_told_when_space_comes_back(small_disk: Path) -> None:
    """At the end it is tried once more, at once: the gap and the final record are there."""
    path = small_disk / "journal.jsonl"
    journal = outgrown(path, Clock())
    journal.close()
    last_seq = journal.next_seq
    journal.seal(final())
    written = records(path)
    assert written[-2].gap is not None
    assert (written[-1].final, written[-1].seq) == (True, last_seq)


def test_losses_are_counted(path: Path) -> None:
    """What no record tells of yet is known, in lines and bytes of text."""
    journal = Journal(path, max_bytes=0, gap=gap)
    texts = ["", "plain", "\u00fc\u4e2d", "x" * 1000]
    journal.append([line(text) for text in texts])
    assert journal.untold == (4, sum(len(f"{text}\n".encode()) for text in texts))
    journal.append([line("a"), line('"quoted"'), line("b", progress=5)])
    assert journal.untold == (7, sum(len(f"{text}\n".encode()) for text in texts) + 13)


def test_what_never_became_a_record_is_told(path: Path) -> None:
    """A loss before the journal makes a gap, and shifts no index."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a")])
    journal.lose(3, 40)
    journal.append([line("b")])
    assert [record.gap for record in records(path)] == [None, {"lines": 3, "bytes": 40}, None]
    assert (journal.seq_of(1), journal.count) == (2, 2)


def seen_by_readers(path: Path) -> list[tuple[int, str]]:
    """Return the good records, as a reader that passes damaged lines over."""
    lines = [text for text in path.read_bytes().split(b"\n") if text and b"\0" not in text]
    return [(record["seq"], record["message"]) for record in map(json.loads, lines)]


@pytest.mark.parametrize("kept", [0, 1, 100, 200])
def test_a_journal_that_was_cut_off_goes_on_at_its_place(path: Path, kept: int) -> None:
    """Readers who stand at the end read on; a gap says what is missing to all others."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a"), line("b")])
    end = path.stat().st_size
    os.truncate(path, kept)
    journal.append([line("c")])
    journal.append([line("d")])
    assert path.read_bytes()[end:].startswith(b'{"seq":2,')
    found = seen_by_readers(path)
    before = [entry for entry in [(0, "a"), (1, "b")] if entry[0] < (kept > 150)]
    assert found == [*before, (2, "c"), (3, "missing"), (4, "d")]
    text = path.read_text().split("\n")[-3]
    assert json.loads(text)["gap"] == {"lines": 2 - len(before), "bytes": end - kept}
    assert [journal.seq_of(index) for index in range(4)] == [0, 1, 2, 4]


def test_what_somebody_else_wrote_is_cut_off(path: Path) -> None:
    """A record that a script has written into the journal is gone before the next one of ours."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a")])
    with path.open("a") as file:
        file.write('{"seq":1,"forged":true}\nand then')
    journal.append([line("b")])
    assert [(record.seq, record.message) for record in records(path)] == [(0, "a"), (1, "b")]


@pytest.mark.parametrize("damage", ["removed", "renamed", "replaced", "linked", "folder"])
def test_a_journal_that_was_moved_is_put_back(path: Path, damage: str) -> None:
    """At the next sync, and at the end, all records are where readers look for them."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a"), line("b")])
    if damage == "renamed":
        path.rename(path.with_name("elsewhere"))
    else:
        path.unlink()
    if damage == "replaced":
        path.write_text("mine\n")
    elif damage == "linked":
        path.symlink_to("/dev/null")
    elif damage == "folder":
        path.mkdir()
    journal.append([line("c")])
    journal.sync()
    assert [record.message for record in records(path)] == ["a", "b", "c"]
    path.unlink()
    journal.append([line("d")])
    journal.close()
    journal.seal(final())
    assert [record.message for record in records(path)] == ["a", "b", "c", "d", "done"]
    assert numbers(path) == [0, 1, 2, 3, 4]
    assert not path.with_name("journal.jsonl.tmp").exists()


def test_a_disk_that_fails_to_sync_is_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once and for all: a later sync that works brings back nothing."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a")])
    assert journal.sync_fault is None

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fail)
        journal.close()
    journal.close()
    assert journal.sync_fault == "Input/output error"


def test_an_install_succeeds_on_a_full_disk(make_task: MakeTask, small_disk: Path) -> None:
    """When the disk of the logs fills up, the script is drained and ends well, and the exit record is there."""
    task = make_task(install="seq -f 'line %.0f' 20000", folder=small_disk / "thing-1.0-0")
    outcome = task.run()
    assert (outcome.status, outcome.exit_code) == ("succeeded", 0)
    written = task.records()
    gaps = [record["gap"] for record in written if "gap" in record]
    assert len(gaps) == 1
    assert len(written) - 2 + gaps[0]["lines"] == 20_000
    assert (written[-1]["final"], written[-1]["seq"]) == (True, outcome.last_seq)


def test_a_missing_final_record_is_added(path: Path) -> None:
    """After a crash the final record is added behind the last whole record, once."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a")])
    with path.open("a") as file:
        file.write('{"seq":1,"time')
    add_final(path, final())
    add_final(path, final())
    assert numbers(path) == [0, 1]
    assert records(path)[-1].final


def test_a_final_record_alone(path: Path) -> None:
    """A task that never ran has a journal of one record."""
    add_final(path, final())
    assert numbers(path) == [0]


@pytest.mark.parametrize(
    "damage", [b"\0" * 5000 + b"\n", b'ab{"seq":\n', b'{"seq":2,"timest\n\n', b'{"seq":3,\0}\n']
)
def test_damaged_lines_do_not_count(path: Path, damage: bytes) -> None:
    """The number after damaged lines is the one after the last good record."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    journal.append([line("a"), line("b")])
    with path.open("ab") as file:
        file.write(damage)
    assert Journal(path, max_bytes=LARGE, gap=gap).next_seq == 2
    add_final(path, final())
    assert path.read_bytes().endswith(f'\n{{"seq":2,{final()}\n'.encode())
    with path.open("ab") as file:
        file.write(damage)
    size = path.stat().st_size
    add_final(path, final())
    assert path.stat().st_size == size


def test_a_final_record_comes_whole_or_not_at_all(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes a part of it and then no more is told, and keeps nothing of it; one that is slow gets it all."""
    Journal(path, max_bytes=LARGE, gap=gap).append([line("a")])
    before = path.read_bytes()
    write, room = os.write, 20

    def write_some(descriptor: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(28, "No space left on device")
        room -= (written := write(descriptor, data[: min(10, room)]))
        return written

    monkeypatch.setattr(os, "write", write_some)
    with pytest.raises(OSError, match="No space"):
        add_final(path, final())
    assert path.read_bytes() == before
    room = 4096
    add_final(path, final())
    assert numbers(path) == [0, 1]


def test_without_threads_it_is_synced_later(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be had, nothing fails: the next beat tries again, and the end syncs by itself."""
    journal = Journal(path, max_bytes=LARGE, gap=gap)
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)

    def fail(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        journal.append([line("a")])
        journal.sync()
        assert not synced
        journal.close()
        assert len(synced) == 1
    journal.sync()
    journal.close()
    assert len(synced) == 3
