"""The journal of a task: numbers the records and writes them, whatever the disk and the limit allow.

A body (see :mod:`installcast.record`) gets its number as it is written. Of a log over its limit the beginning is
written at once and the end is kept in memory, so the middle never gets numbers. On a full disk the install goes on: what
could not be written is counted, and one record tells of it when there is space again. A script that damages or removes
the file gets it back as it was, as far as that is possible: readers know it by its path and their place by its offset.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from installcast.parse.bodies import placed_before
from installcast.record import FINAL_KEY, RECORD_START, is_record, number
from installcast.runner.files import clear, is_at, put_in_place
from installcast.runner.losses import common_frame, printed

JOURNAL_FILE = "journal.jsonl"

TAIL_BYTES = 1_048_576
"""Of a log over its limit, so much of the end is kept: some 5,000 lines, and all the memory that it may cost."""

_RESERVE_BYTES = 1_048_576
"""Of the limit, so much is left to records that tell how the task goes on and ends: an hour of one a second."""

_RETRY_SECONDS = 1.0
"""Between two attempts on a disk that is full, so that a disk at its edge does not make a gap a line."""

_LONGEST_NUMBER = len('{"seq":,') + 19
_BLOCK_BYTES = 65_536
_PROGRESS = re.compile(rb',"progress":(\d+)')

_Kept = tuple[int, bytes, int | None]
"""A body that may be one of the last: its index, itself, and how many of its bytes are not printed, where that is known.

Such a frame has an end of line set off against it. No class: a flood makes hundreds of thousands a second.
"""


class _Run(NamedTuple):
    """Bodies that were written one after the other."""

    first_index: int
    first_seq: int
    length: int


class Journal:
    """The journal at ``path``, which goes on at its next number when it exists.

    ``gap`` makes the body of the record that stands for so many lost lines and bytes. ``clock`` gives seconds.
    Raises ``OSError`` when the file cannot be opened, and never again.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_bytes: int,
        gap: Callable[[int, int], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._descriptor = _open(path)
        self.next_seq, self._size = _end_of(self._descriptor)
        self.count = 0
        """Bodies given to :meth:`append` so far: the index that the next one will have."""
        self._gap = gap
        self._clock = clock
        self._tail_limit = min(TAIL_BYTES, max_bytes // 4)
        reserve = min(_RESERVE_BYTES, max_bytes // 8)
        self._head_limit = max_bytes - self._tail_limit - reserve
        self._urgent_limit = self._head_limit + reserve // 2
        self._runs: list[_Run] = []
        self._tail: deque[_Kept] = deque()
        self._tail_size = 0
        self._least_progress = 0  # of what was written past the tail
        self._lost_lines = self._lost_bytes = 0  # behind the last record
        self.sync_fault: str | None = None
        """What the system said when the journal could not be brought to the disk, the first time."""
        self._retry_at = 0.0
        self._unsynced = False
        self._syncing: threading.Thread | None = None
        self.full = False
        """Over the limit: bodies are kept for the end."""

    @property
    def untold(self) -> tuple[int, int] | None:
        """Lines and bytes that are missing, and no record tells of yet. Bytes are those of the text, ends of lines included."""
        return (self._lost_lines, self._lost_bytes) if self._lost_lines or self._lost_bytes else None

    def append(self, bodies: Sequence[str], *, urgent: bool = False) -> None:
        """Write ``bodies`` with one write. ``urgent`` ones are written past the limit, up to a limit of their own."""
        index, self.count = self.count, self.count + len(bodies)
        if not self.full:
            data = self._numbered(bodies)
            if self._size + len(data) <= self._head_limit:
                self._write(bodies, data, index)
                return
            fitting = data.rfind(b"\n", 0, max(0, self._head_limit - self._size)) + 1
            count = data.count(b"\n", 0, fitting)
            self._write(bodies[:count], data[:fitting], index)
            self.full = True
            bodies, index = bodies[count:], index + count
        elif urgent and self._size + sum(map(len, bodies)) < self._urgent_limit:
            self._write_records(bodies, self._numbered(bodies), index)
            self._raise_least_progress(bodies)
            return
        frame = common_frame(bodies)
        for offset, body in enumerate(bodies):
            self._keep((index + offset, body.encode(), frame))

    def lose(self, lines: int, size: int) -> None:
        """Something was lost before it became bodies: a record says so, with the next one at the latest."""
        self._count_loss(lines, size)
        if not self.full:
            self._write([], b"", self.count)

    def seq_of(self, index: int) -> int | None:
        """Return the number of the body of that ``index`` (0: the first that :meth:`append` got), ``None`` if it has none."""
        for run in self._runs:  # few: one more each time that the disk was full
            if run.first_index <= index < run.first_index + run.length:
                return run.first_seq + index - run.first_index
        return None

    def sync(self) -> None:
        """Bring what was written to the disk, in the background: a busy disk must not delay a line."""
        self._keep_place()
        if self.untold and not self.full:
            self._write([], b"", self.count)  # a silent script must not keep a gap from being told
        if self._unsynced and (self._syncing is None or not self._syncing.is_alive()):
            thread = threading.Thread(target=self._sync, name="fdatasync")
            # No thread to be had: another attempt at the next beat, or in close().
            with suppress(RuntimeError):
                thread.start()
                self._syncing, self._unsynced = thread, False

    def close(self) -> None:
        """The log is over, but for its final record: write what was kept, and bring all to the disk.

        It may be called again, after one more :meth:`append`. Then :attr:`untold` and :attr:`sync_fault` tell what is not there.
        """
        self._keep_place()
        self._join()
        self._retry_at = float("-inf")
        self._write([], b"", self.count)
        while self._tail:
            bodies: list[str] = []
            index, size = self._tail[0][0], 0
            while self._tail and size < _BLOCK_BYTES:
                size += len(self._tail[0][1])
                bodies.append(_with_progress(self._tail.popleft()[1], self._least_progress).decode())
            self._write(bodies, self._numbered(bodies), index)
        self._write([], b"", self.count)
        self._sync()

    def seal(self, final: str) -> None:
        """Write the final record, after :meth:`close`."""
        # Not even a gap may come before it now: its number stands in the exit record.
        self._write_whole(self._numbered([final]))
        os.close(self._descriptor)

    def _numbered(self, bodies: Sequence[str]) -> bytes:
        lines = [f'{{"seq":{seq},{body}\n' for seq, body in enumerate(bodies, self.next_seq)]
        return "".join(lines).encode()

    def _write(self, bodies: Sequence[str], data: bytes, index: int) -> None:
        """Write ``data``, which is ``bodies`` with their numbers, after the record of what is missing before it."""
        if self.untold:
            if self._clock() < self._retry_at:
                self._lose(bodies)
                return
            lines, size = self._lost_lines, self._lost_bytes
            gap = self._gap(lines, size)
            follower = bodies[0] if bodies else self._tail[0][1].decode() if self._tail else None
            if follower is not None:
                # It was made after what it stands before: its progress and its time must not be ahead of theirs.
                gap = placed_before(gap, follower)
            gap = _with_progress(gap.encode(), self._least_progress).decode()
            if not self._write_whole(self._numbered([gap])):
                self._lose(bodies)
                return
            self.next_seq += 1
            self._count_loss(-lines, -size)
            data = self._numbered(bodies)
        self._write_records(bodies, data, index)

    def _write_records(self, bodies: Sequence[str], data: bytes, index: int) -> None:
        written = self._write_whole(data)
        if written:
            self._note_run(index, written)
            self.next_seq += written
        self._lose(bodies[written:])

    def _write_whole(self, data: bytes) -> int:
        """Write as much of ``data`` as the disk takes. Returns how many whole records that was; of others nothing is left."""
        written = 0
        view = memoryview(data)
        try:
            self._mend()
            while written < len(data):
                written += os.write(self._descriptor, view[written:])
        except OSError:  # whatever it is (full, quota, broken): the install goes on
            written = data.rfind(b"\n", 0, written) + 1
            self._size += written
            with suppress(OSError):  # what this leaves is mended before the next record
                self._mend()
        else:
            self._size += written
        self._unsynced = self._unsynced or written > 0
        return data.count(b"\n", 0, written)

    def _mend(self) -> None:
        """Let the file end with our last record, whatever a failed write has left, or a script has done to it."""
        size = os.fstat(self._descriptor).st_size
        if size > self._size:
            os.ftruncate(self._descriptor, self._size)
        elif size < self._size:
            # Readers stand at byte offsets, so what was cut off is made good by a hole, which no reader takes for records.
            found = RECORD_START.match(_last_record(self._descriptor, size))
            os.ftruncate(self._descriptor, self._size - 1)
            os.write(self._descriptor, b"\n")
            self._count_loss(self.next_seq - (int(found[1]) + 1 if found else 0), self._size - size)

    def _keep_place(self) -> None:
        """Put the journal back where readers look for it, should a script have removed or replaced it."""
        with suppress(OSError):
            if is_at(self._path, self._descriptor):
                return
            self._join()
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            moved = _copy_to(self._path, self._descriptor)
            os.close(self._descriptor)
            self._descriptor, self._unsynced = moved, True

    def _lose(self, bodies: Sequence[str]) -> None:
        for body in bodies:
            self._count_loss(*printed(body.encode()))
        if bodies:
            self._retry_at = max(self._retry_at, self._clock() + _RETRY_SECONDS)

    def _count_loss(self, lines: int, size: int) -> None:
        self._lost_lines += lines
        self._lost_bytes += size

    def _keep(self, kept: _Kept) -> None:
        self._tail.append(kept)
        self._tail_size += len(kept[1]) + _LONGEST_NUMBER
        while self._tail_size > self._tail_limit:
            _, body, frame = self._tail.popleft()
            self._tail_size -= len(body) + _LONGEST_NUMBER
            self._count_loss(*(printed(body) if frame is None else (1, len(body) - frame)))

    def _note_run(self, index: int, count: int) -> None:
        last = self._runs[-1] if self._runs else _Run(0, 0, 0)
        if (last.first_index + last.length, last.first_seq + last.length) == (index, self.next_seq):
            self._runs[-1:] = [last._replace(length=last.length + count)]
        else:
            self._runs.append(_Run(index, self.next_seq, count))

    def _raise_least_progress(self, bodies: Sequence[str]) -> None:
        # What is kept for the end was said before this: it must not make the progress fall when it comes after it.
        for body in bodies:
            found = _PROGRESS.search(body.encode())
            if found:
                self._least_progress = max(self._least_progress, int(found[1]))

    def _join(self) -> None:
        if self._syncing is not None:
            self._syncing.join()

    def _sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            # Once and for all: Linux tells of a page that could not be written only once, and then forgets it.
            self.sync_fault = self.sync_fault or error.strerror


def add_final(path: Path, body: str) -> None:
    """Add the final record ``body`` to the journal at ``path`` where a crash has kept it from being written.

    Raises ``OSError``; then nothing of it is there.
    """
    descriptor = _open(path)
    try:
        next_seq, size = _end_of(descriptor)
        if FINAL_KEY not in _last_record(descriptor, size):
            data = memoryview(number(next_seq, body).encode() + b"\n")
            try:
                while data:
                    data = data[os.write(descriptor, data) :]
            except OSError:
                os.ftruncate(descriptor, size)
                raise
            os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _copy_to(path: Path, descriptor: int) -> int:
    """Make a copy of the file that ``descriptor`` has open appear at ``path``, whole; return its descriptor."""
    temporary = path.with_name(f"{path.name}.tmp")
    clear(temporary)
    copy = _open(temporary)
    try:
        offset = 0
        while data := os.pread(descriptor, _BLOCK_BYTES, offset):
            offset += os.write(copy, data)
        put_in_place(temporary, path)
    except OSError:
        os.close(copy)
        temporary.unlink(missing_ok=True)
        raise
    return copy


def _end_of(descriptor: int) -> tuple[int, int]:
    """Return the next number and the size, after the removal of a record that was not written whole."""
    size = os.fstat(descriptor).st_size
    line = _last_line(descriptor, size)
    if line and not line.endswith(b"\n"):
        size -= len(line)
        os.ftruncate(descriptor, size)
    found = RECORD_START.match(_last_record(descriptor, size))
    return (int(found[1]) + 1 if found else 0), size


def _last_record(descriptor: int, size: int) -> bytes:
    """Return the last good record of the first ``size`` bytes: damaged lines behind it do not count, as for a reader."""
    while line := _last_line(descriptor, size):
        if line.endswith(b"\n") and is_record(line[:-1]):
            return line
        size -= len(line)
    return b""


def _last_line(descriptor: int, size: int) -> bytes:
    """Return the last line of the first ``size`` bytes, finished or not."""
    data = b""
    while size > 0 and data.rfind(b"\n", 0, -1) < 0:
        block = min(_BLOCK_BYTES, size)
        size -= block
        data = os.pread(descriptor, block, size) + data
    return data[data.rfind(b"\n", 0, -1) + 1 :]


def _with_progress(body: bytes, least: int) -> bytes:
    """Return ``body`` with a progress of at least ``least``."""
    found = _PROGRESS.search(body)  # of the key, since quotes in a message are escaped
    if found is None or int(found[1]) >= least:
        return body
    return body[: found.start(1)] + b"%d" % least + body[found.end(1) :]
