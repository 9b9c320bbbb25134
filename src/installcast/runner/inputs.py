"""What a runner reads: the output of the scripts, their reports, and the commands of the server.

All reads are bounded, and none blocks.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from installcast.runner.files import clear, is_at
from installcast.runner.linux import punch_hole

OUTPUT_FIFO = "output"

OUTPUT_BYTES = 65_536
"""One read of output."""

_REPORT_BYTES = 65_536
"""One read of a report file. What a script reports faster than it is read is read later, and never stops its output."""

_HELD_BYTES = 1_048_576
"""Of what was read, at most so much goes on taking space on the disk. (In smaller steps some file systems would be slow.)"""

_MAX_COMMAND_BYTES = 4096


class Command(NamedTuple):
    """What somebody wants of the runner."""

    command: str
    by: str


class ReportFile:
    """A file that scripts append reports to, made here, read from its beginning.

    What was read is wiped: a report may hold a secret, and the file lies on a disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        self._position = 0
        self._given_back = 0  # up to here it takes no space any more

    def read(self) -> bytes:
        """Return what came since the last read, a bounded part of it."""
        try:
            data = os.pread(self.descriptor, _REPORT_BYTES, self._position)
        except OSError:  # a disk that fails must not end an install: what was reported is lost
            return b""
        if data:
            with suppress(OSError):
                os.pwrite(self.descriptor, bytes(len(data)), self._position)
            self._position += len(data)
            self._give_back()
        elif os.fstat(self.descriptor).st_size < self._position:
            # Somebody wrote with > where >> was meant: what he says counts all the same.
            self._position = self._given_back = 0
            return self.read()
        return data

    def _give_back(self) -> None:
        # Not by cutting the file off when all is read: a script may just be writing.
        read = self._position - self._given_back
        if read >= _HELD_BYTES:
            with suppress(OSError):  # a file system that cannot
                punch_hole(self.descriptor, self._given_back, read)
            self._given_back = self._position

    def unread(self) -> int:
        """Return how many bytes wait to be read."""
        return max(0, os.fstat(self.descriptor).st_size - self._position)

    def discard(self) -> int:
        """Empty the file, whatever it holds; return how many bytes nobody has read."""
        left = self.unread()
        with suppress(OSError):
            os.ftruncate(self.descriptor, 0)
        return left


class Control:
    """The FIFO that commands come through."""

    def __init__(self, path: Path) -> None:
        make_fifo(path)
        self._path = path
        self.descriptor = _open_control(path)
        self._unfinished = b""

    def keep_place(self) -> None:
        """Put the FIFO back where others look for it, should a script have removed or replaced it: a cancel has to be heard."""
        with suppress(OSError):
            if is_at(self._path, self.descriptor):
                return
            clear(self._path)
            make_fifo(self._path)
            replacement = _open_control(self._path)
            # The same number: whoever waits for it need not know.
            os.dup2(replacement, self.descriptor, inheritable=False)
            os.close(replacement)

    def read(self) -> list[Command]:
        """Return the commands that have come. What is no command is passed over."""
        try:
            data = self._unfinished + os.read(self.descriptor, OUTPUT_BYTES)
        except BlockingIOError:
            return []
        *lines, rest = data.split(b"\n")
        self._unfinished = rest if len(rest) <= _MAX_COMMAND_BYTES else b""
        commands: list[Command] = []
        for line in lines:
            with suppress(ValueError):
                values = json.loads(line)
                if isinstance(values, dict) and isinstance(values.get("command"), str):
                    commands.append(Command(values["command"], str(values.get("by", ""))))
        return commands


def _open_control(path: Path) -> int:
    # Open for writing, too, so that the last writer's leave is no end of file.
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def open_output(path: Path) -> int:
    """Make the FIFO at ``path`` and return its reading end, non-blocking. Scripts open it by its path."""
    make_fifo(path)
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)


def make_fifo(path: Path) -> None:
    """Make a FIFO at ``path``, mode 0600; one that an earlier attempt left is taken."""
    try:
        os.mkfifo(path, 0o600)
    except FileExistsError:
        if not stat.S_ISFIFO(path.lstat().st_mode):
            raise
