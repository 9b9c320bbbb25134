"""Any record is found by its number, whatever the sizes; damage is named, and what is good is served."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installcast.errors import JournalCorruptError
from installcast.stream.journal_reader import JournalReader, Position, Slice

from .journals import JournalWriter, message, write_journal

SIZES = st.one_of(st.integers(0, 300), st.integers(0, 20_000), st.integers(60_000, 120_000))
PROPERTY = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)


def journal_of(path: Path, sizes: list[int]) -> list[bytes]:
    path.unlink(missing_ok=True)
    return write_journal(path, *(message("é" + "x" * size) for size in sizes))


def check_slice(part: Slice, lines: list[bytes]) -> None:
    """A slice is the bytes between its offsets and the records between its numbers."""
    assert part.lines() == lines[part.first_seq : part.next_seq]
    assert part.offset == sum(len(line) + 1 for line in lines[: part.first_seq])
    assert part.end == part.offset + len(part.data)
    assert len(part) == len(part.lines())


@PROPERTY
@given(sizes=st.lists(SIZES, max_size=40), data=st.data())
def test_any_record_is_found(tmp_path: Path, sizes: list[int], data: st.DataObject) -> None:
    """From any number, with any limits: the very records, at least one, never more than asked for."""
    lines = journal_of(tmp_path / "j", sizes)
    reader = JournalReader(tmp_path / "j")
    since = data.draw(st.integers(0, len(lines) + 3))
    limit_records = data.draw(st.none() | st.integers(1, 50))
    limit_bytes = data.draw(st.integers(1, 300_000))
    part = reader.read(since, limit_records, limit_bytes)
    check_slice(part, lines)
    assert part.first_seq == min(since, len(lines))
    assert (len(part) == 0) == (since >= len(lines))
    assert limit_records is None or len(part) <= limit_records
    assert len(part.data) <= limit_bytes or len(part) == 1
    stopped_by_bytes = part.next_seq < len(lines) and len(part) != limit_records
    assert not stopped_by_bytes or len(part.data) + len(lines[part.next_seq]) + 1 > limit_bytes


@PROPERTY
@given(sizes=st.lists(SIZES, max_size=30), limit=st.integers(1, 200_000))
def test_slices_join_to_the_journal(tmp_path: Path, sizes: list[int], limit: int) -> None:
    """Reading on from each slice's end gives every byte once."""
    lines = journal_of(tmp_path / "j", sizes)
    reader = JournalReader(tmp_path / "j")
    place, data = Position(0, 0), b""
    while part := reader.read_from(place, limit_bytes=limit):
        check_slice(part, lines)
        data += part.data
        place = Position(part.next_seq, part.end)
    assert data == b"".join(line + b"\n" for line in lines)


@PROPERTY
@given(sizes=st.lists(SIZES, min_size=1, max_size=30), count=st.integers(0, 35))
def test_tail_last_and_total(tmp_path: Path, sizes: list[int], count: int) -> None:
    """The end of a journal is found without reading its beginning."""
    lines = journal_of(tmp_path / "j", sizes)
    reader = JournalReader(tmp_path / "j")
    assert reader.total() == len(lines)
    assert reader.last() == lines[-1]
    assert reader.head() == Position(len(lines), reader.size())
    tail = reader.tail(count, limit_bytes=10_000_000)
    assert tail.lines() == (lines[-count:] if count else [])


@pytest.mark.parametrize("content", [None, b"", b'{"seq":0,"timestamp":"'])
def test_no_record_yet(tmp_path: Path, content: bytes | None) -> None:
    """A journal that does not exist, is empty, or holds the beginning of a line has no records."""
    path = tmp_path / "j"
    if content is not None:
        path.write_bytes(content)
    reader = JournalReader(path)
    assert (reader.total(), reader.last(), reader.head()) == (0, None, Position(0, 0))
    for since in (0, 7):
        assert reader.read(since) == Slice(b"", 0, 0, 0, 0)
    assert not reader.tail(3)


@pytest.mark.parametrize("cut", [1, 5, 9, 12, 60, 40_000])
def test_an_unfinished_line_does_not_exist_yet(tmp_path: Path, cut: int) -> None:
    """What no newline ends is neither served nor counted; the rest of it makes it a record."""
    writer = JournalWriter(tmp_path / "j")
    writer.write("one", "two")
    reader = JournalReader(tmp_path / "j")
    unfinished = b'{"seq":2,"timestamp":"t","level":"INFO","message":"' + b"x" * 50_000 + b'"}\n'
    writer.write_raw(unfinished[:cut])
    assert reader.total() == 2
    assert reader.last() == writer.lines[1]
    assert reader.read(0).next_seq == 2
    assert not reader.read(2)
    writer.write_raw(unfinished[cut:])
    assert reader.total() == 3
    assert reader.read(2).data == unfinished
    writer.close()


def test_an_end_hides_what_follows(tmp_path: Path) -> None:
    """Records behind a given end are passed over, as if they were not written yet."""
    lines = journal_of(tmp_path / "j", [10] * 1000)
    reader = JournalReader(tmp_path / "j")
    end = sum(len(line) + 1 for line in lines[:600])
    assert reader.read(590, end=end).next_seq == 600
    assert not reader.read(600, end=end)
    assert reader.locate(900, end=end) == Position(600, end)


def replace_line(path: Path, lines: list[bytes], index: int, line: bytes) -> int:
    """Put another line in the place of one; return its offset."""
    path.write_bytes(b"".join(each + b"\n" for each in [*lines[:index], line, *lines[index + 1 :]]))
    return sum(len(each) + 1 for each in lines[:index])


DAMAGE = {
    "not json": b"garbage",
    "empty": b"",
    "zeros": b"\0" * 5000,
    "zeros inside": b'{"seq":5,"timestamp":"\0\0\0"}',
    "torn": b'{"seq":5,"timesta',
    "two in one": b'{"seq":5,"timesta{"seq":6,"timestamp":""}',
    "no UTF-8": b'{"seq":5,"timestamp":"x","level":"INFO","message":"\xff"}',
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("count", [10, 2000])
def test_damage_is_named_and_the_rest_served(tmp_path: Path, damage: bytes, count: int) -> None:
    """A sequential read stops before the damage, then names its offset; what lies behind is served by number."""
    path = tmp_path / "j"
    lines = journal_of(path, [200] * count)
    offset = replace_line(path, lines, 5, damage)
    reader = JournalReader(path)
    before = reader.read(0)
    assert before.lines() == lines[:5]
    with pytest.raises(JournalCorruptError) as corrupt:
        reader.read_from(Position(before.next_seq, before.end))
    assert corrupt.value.values == {"path": str(path), "offset": offset}
    behind = reader.skip_damage(Position(before.next_seq, before.end))
    assert behind.seq in {6, 7}
    assert reader.read_from(behind).lines()[-1] in lines
    assert reader.read(9).lines()[0] == lines[9]
    assert reader.total() == count


def test_damage_at_the_end(tmp_path: Path) -> None:
    """Bad lines at the end are passed over: the last good record counts."""
    path = tmp_path / "j"
    lines = journal_of(path, [200] * 100)
    with path.open("ab") as journal:
        journal.write(b"garbage\n" * 3000)
    reader = JournalReader(path)
    assert reader.total() == 100
    assert reader.last() == lines[-1]
    assert not reader.read(100)
    assert reader.tail(2).lines() == lines[-2:]
    place = Position(100, reader.head().offset)
    with pytest.raises(JournalCorruptError):
        reader.read_from(place)
    assert reader.skip_damage(place) == place


def test_no_link_is_followed(tmp_path: Path) -> None:
    """A journal that was replaced by a link to another file is not read."""
    journal_of(tmp_path / "other", [1])
    (tmp_path / "j").symlink_to(tmp_path / "other")
    reader = JournalReader(tmp_path / "j")
    assert (len(reader.read(0)), reader.size(), reader.total()) == (0, 0, 0)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_has_no_records(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder or a FIFO in the place of a journal is read as an empty one, and nobody waits for it."""
    make(tmp_path / "j")
    reader = JournalReader(tmp_path / "j")
    assert (len(reader.read(0)), reader.size(), reader.total()) == (0, 0, 0)


def test_no_descriptor_is_kept(tmp_path: Path) -> None:
    """Readers hold nothing open between two reads."""
    journal_of(tmp_path / "j", [1] * 10)
    before = len(list(Path("/proc/self/fd").iterdir()))
    readers = [JournalReader(tmp_path / "j") for _ in range(20)]
    assert all(reader.read(3) for reader in readers)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
