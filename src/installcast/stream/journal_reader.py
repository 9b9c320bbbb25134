"""Read a journal by record number, without an index.

A journal holds one record a line, each beginning with ``{"seq":N,``, in order and without a gap. So a binary search
over byte offsets finds any record: some 14 small reads in a journal of 250 MB, nothing to build, nothing to keep.

The last line may still be in the making: what no newline ends does not exist yet. Bytes that are not records (a
power cut, a bad disk) are told as :class:`~installcast.errors.JournalCorruptError` by a sequential read; a read by
number serves what is good on both sides of them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from installcast.errors import JournalCorruptError
from installcast.record import RECORD_START, is_record, is_text

BLOCK_BYTES = 65_536
"""Size of one sequential read: some 300 records, and what one viewer may hold in memory at a time."""

_PROBE_BYTES = 8_192
"""Size of one read of the binary search: holds a line start for all but the longest records."""

_HEAD_BYTES = 32
"""Enough of a line to see its number."""

_NO_FILE = frozenset({errno.ENOENT, errno.ELOOP, errno.ENXIO})
"""Nothing there, a link, a socket: whatever took the place of a journal, it holds no records."""


class Position(NamedTuple):
    """A place between two records: the number of the next one, and the byte offset at which it begins."""

    seq: int
    offset: int


@dataclass(frozen=True)
class Slice:
    """Whole records as they stand in the journal, each ended by a newline.

    ``data`` lies between the byte offsets ``offset`` and ``end``; its records are ``first_seq`` up to, not including,
    ``next_seq``.
    """

    data: bytes
    first_seq: int
    next_seq: int
    offset: int
    end: int

    def __len__(self) -> int:
        """Return the number of records."""
        return self.next_seq - self.first_seq

    def lines(self) -> list[bytes]:
        """Return the records without their newlines."""
        return self.data.split(b"\n")[:-1]


class JournalReader:
    """Reads the journal at ``path``, which need not exist yet: then it has no records, nor where it is no file.

    It keeps no descriptor between two calls, so any number of readers costs nothing. ``end``, where a method takes
    it, is a byte offset between two records: what lies beyond is passed over.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def size(self) -> int:
        """Return the size of the journal in bytes, its unfinished line included."""
        try:
            status = self.path.lstat()
        except FileNotFoundError:
            return 0
        return status.st_size if stat.S_ISREG(status.st_mode) else 0

    def total(self) -> int:
        """Return how many records there are: the number that the next one will have."""
        return self.head().seq

    def head(self) -> Position:
        """Return the place behind the last finished record."""
        with self._open() as journal:
            line = journal.last_record(journal.size)
        return Position(line.seq + 1, line.end) if line else Position(0, 0)

    def last(self) -> bytes | None:
        """Return the last finished record without its newline, or ``None`` when there is none."""
        with self._open() as journal:
            line = journal.last_record(journal.size)
            return journal.read(line.offset, line.end - line.offset - 1) if line else None

    def locate(self, seq: int, end: int | None = None) -> Position:
        """Return the place of record ``seq``, or of the first good one after it, or the end of the journal."""
        with self._open() as journal:
            return journal.lower_bound(seq, journal.size if end is None else end)

    def read(
        self,
        since: int,
        limit_records: int | None = None,
        limit_bytes: int = BLOCK_BYTES,
        end: int | None = None,
    ) -> Slice:
        """Return records from number ``since`` on, at least one where there is one.

        Damaged bytes before them are passed over; damaged bytes after them end the slice.
        """
        with self._open() as journal:
            limit = journal.size if end is None else end
            return self._read(journal, journal.lower_bound(since, limit), limit_records, limit_bytes, limit)

    def read_from(
        self,
        position: Position,
        limit_records: int | None = None,
        limit_bytes: int = BLOCK_BYTES,
        end: int | None = None,
    ) -> Slice:
        """Return records from ``position`` on, at least one where there is one.

        Raises :class:`JournalCorruptError` when the bytes at ``position`` are not the record of that number.
        """
        with self._open() as journal:
            limit = journal.size if end is None else end
            return self._read(journal, position, limit_records, limit_bytes, limit)

    def tail(self, count: int, limit_bytes: int = BLOCK_BYTES) -> Slice:
        """Return the last ``count`` records; where they exceed ``limit_bytes``, the first ones of these."""
        return self.read(max(0, self.total() - count), count, limit_bytes)

    def raw_lines(self, offset: int, limit_bytes: int, end: int) -> bytes:
        """Return the whole lines in ``limit_bytes`` at the byte ``offset``, at least one where there is one before ``end``.

        Nobody has looked whether they are records.
        """
        with self._open() as journal:
            return journal.whole_lines(offset, limit_bytes, end)

    def skip_damage(self, position: Position) -> Position:
        """Return the first good place behind damaged bytes at ``position``; ``position`` itself where none follows yet."""
        with self._open() as journal:
            line = journal.next_record(position.offset, journal.size, position.seq)
        return Position(line.seq, line.offset) if line else position

    def _read(
        self, journal: _Journal, start: Position, limit_records: int | None, limit_bytes: int, end: int
    ) -> Slice:
        parts: list[bytes] = []
        seq, offset = start
        limit_seq = None if limit_records is None else start.seq + limit_records
        while offset < end and offset - start.offset < limit_bytes and seq != limit_seq:
            data = journal.whole_lines(offset, min(BLOCK_BYTES, limit_bytes - (offset - start.offset)), end)
            if parts and offset + len(data) - start.offset > limit_bytes:
                break  # a single long line
            good = _records(data, seq)
            if limit_seq is not None and good.next_seq > limit_seq:
                good = good.cut(limit_seq)
            if good.data:
                parts.append(good.data)
                seq, offset = good.next_seq, offset + len(good.data)
            if len(good.data) < len(data) and seq != limit_seq:
                if not parts:
                    raise JournalCorruptError(path=str(self.path), offset=offset)
                break
            if not data:
                break
        return Slice(b"".join(parts), start.seq, seq, start.offset, offset)

    @contextmanager
    def _open(self) -> Iterator[_Journal]:
        try:
            # Not to wait for a writer, should it be a FIFO.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            if error.errno not in _NO_FILE:
                raise
            yield _Journal(None)
            return
        try:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            yield _Journal(descriptor if is_file else None)
        finally:
            os.close(descriptor)


class _Line(NamedTuple):
    seq: int
    offset: int
    end: int
    """Behind its newline."""


class _Records(NamedTuple):
    data: bytes
    next_seq: int

    def cut(self, seq: int) -> _Records:
        """Return what stands before record ``seq``, which is one of these."""
        return _Records(self.data[: self.data.index(b'\n{"seq":%d,' % seq) + 1], seq)


def _records(data: bytes, seq: int) -> _Records:
    """Return the records ``seq``, ``seq + 1`` … at the beginning of ``data`` (whole lines), up to the first that is none."""
    lines = data.count(b"\n")
    last = RECORD_START.match(data, data.rfind(b"\n", 0, -1) + 1)
    # A few counts at the speed of memchr say nearly the same as a look at each line.
    if (
        last is not None
        and data.startswith(b'{"seq":%d,' % seq)
        and int(last[1]) == seq + lines - 1
        and data.count(b'\n{"seq":') == lines - 1
        and data.count(b'{"seq":') == lines
        and data.count(b"}\n") == lines
        and is_text(data)
    ):
        return _Records(data, seq + lines)
    good = 0
    for line in data.split(b"\n")[:-1]:
        if not is_record(line) or not line.startswith(b'{"seq":%d,' % seq):
            break
        good += len(line) + 1
        seq += 1
    return _Records(data[:good], seq)


class _Journal:
    """An open journal, or the lack of one."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        self.size = 0 if descriptor is None else os.fstat(descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        return b"" if self._descriptor is None else os.pread(self._descriptor, size, offset)

    def whole_lines(self, offset: int, size: int, end: int) -> bytes:
        """Return the whole lines in ``size`` bytes at ``offset``; where a single one is longer, that one."""
        data = self.read(offset, min(size, end - offset))
        cut = data.rfind(b"\n") + 1
        while not cut and len(data) == size and offset + size < end:
            size *= 4
            data = self.read(offset, min(size, end - offset))
            cut = data.find(b"\n") + 1
        return data[:cut]

    def next_record(self, offset: int, end: int, least_seq: int = 0) -> _Line | None:
        """Return the first good record that begins behind ``offset``, before ``end``, and is not before ``least_seq``."""
        start = self._line_start(offset, end)
        while start is not None:
            match = RECORD_START.match(self.read(start, _HEAD_BYTES))
            if match and int(match[1]) >= least_seq:
                line, newline, _ = self.whole_lines(start, _PROBE_BYTES, self.size).partition(b"\n")
                if newline and is_record(line):
                    return _Line(int(match[1]), start, start + len(line) + 1)
            start = self._line_start(start, end)
        return None

    def last_record(self, end: int) -> _Line | None:
        """Return the last good record that is finished before ``end``."""
        size = _PROBE_BYTES
        while end > 0:
            begin = max(0, end - size)
            data = self.read(begin, end - begin)
            stop = data.rfind(b"\n")
            start = data.rfind(b"\n", 0, max(stop, 0)) + 1
            if begin and (stop < 0 or start == 0):
                size *= 4  # the line is longer than what was read
                continue
            if stop < 0:
                return None
            match = RECORD_START.match(data, start)
            if match and is_record(data[start:stop]):
                return _Line(int(match[1]), begin + start, begin + stop + 1)
            end = begin + start
        return None

    def lower_bound(self, seq: int, end: int) -> Position:
        """Return the place of the first good record that is not before ``seq``."""
        # Records that begin before `low` are too early; none that begins before `high` is known to do.
        low, high = 0, end
        while high - low > _PROBE_BYTES:
            middle = (low + high) // 2
            found = self.next_record(middle, high)
            if found is None:
                high = middle
            elif found.seq < seq:
                low = found.offset
            else:
                high = found.offset
        next_seq = 0
        while lines := self.whole_lines(low, _PROBE_BYTES, end):
            for line in lines.split(b"\n")[:-1]:
                match = RECORD_START.match(line)
                if match and is_record(line):
                    if int(match[1]) >= seq:
                        return Position(int(match[1]), low)
                    next_seq = int(match[1]) + 1
                low += len(line) + 1
        return Position(next_seq, low)

    def _line_start(self, offset: int, end: int) -> int | None:
        """Return where the first line behind ``offset`` begins, or ``None`` when none does before ``end``."""
        while offset < end:
            data = self.read(offset, _PROBE_BYTES)
            if not data:
                return None
            found = data.find(b"\n")
            if found >= 0:
                start = offset + found + 1
                return start if start < end else None
            offset += len(data)
        return None
