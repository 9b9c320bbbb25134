"""What a script prints whose runner is gone: read, so that it need not wait for a reader, and counted, but not shown.

The secrets died with the runner, so nothing could mask them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from installcast.runner.child import leave_reader
from installcast.runner.inputs import OUTPUT_FIFO

_DRAIN_SECONDS = 2.0
"""For what is left in the pipe when the script has ended. Somebody whom it left behind may go on printing."""

_READ_BYTES = 65_536


class Lost(NamedTuple):
    """So much was printed and is recorded nowhere: lines, and bytes of their text, ends of lines included."""

    lines: int
    size: int


class Output:
    """The output of the task in ``folder``, held for the case that its runner dies: then it is read to nowhere, and counted.

    Held from the beginning, since a pipe forgets what it holds when nobody has it open any more.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / OUTPUT_FIFO
        self._lines = self._size = 0
        self._unfinished = False
        self._descriptor: int | None = None
        self._open()

    def listen(self) -> None:
        """Begin to read."""
        if self._descriptor is None:
            self._open()
        if self._descriptor is not None:
            asyncio.get_running_loop().add_reader(self._descriptor, self._readable)

    def lost(self) -> Lost | None:
        """Return what was lost since the last :meth:`told`, ``None`` when nothing was."""
        return Lost(self._lines + self._unfinished, self._size) if self._size else None

    def told(self, lost: Lost) -> None:
        """Note that ``lost`` is on record."""
        # An unfinished line was counted with this part, whatever comes of it.
        self._lines -= lost.lines
        self._size -= lost.size

    async def drain(self) -> None:
        """The script has ended: read what is left. Whoever still holds the output finds a reader after this, too."""
        if self._descriptor is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        until = loop.time() + _DRAIN_SECONDS
        try:
            while loop.time() < until:
                if not self._read(self._descriptor):
                    return
                await asyncio.sleep(0)
        except BlockingIOError:
            pass
        with contextlib.suppress(OSError):
            _reap(leave_reader(self._descriptor))

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> None:
        # Not there when the folder is not: then there is nothing to count.
        with contextlib.suppress(OSError):
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _readable(self) -> None:
        if self._descriptor is None:
            return
        with contextlib.suppress(BlockingIOError):
            if not self._read(self._descriptor):
                asyncio.get_running_loop().remove_reader(self._descriptor)

    def _read(self, descriptor: int) -> bool:
        """Read a bounded part; return ``False`` at the end of file. Raises ``BlockingIOError`` when there is nothing now."""
        data = os.read(descriptor, _READ_BYTES)
        self._size += len(data)
        self._lines += data.count(b"\n")
        if data:
            self._unfinished = not data.endswith(b"\n")
        return bool(data)


def _reap(child: int) -> None:
    """Take leave of ``child`` when it ends: a service that runs for months must not gather dead ones."""
    loop = asyncio.get_running_loop()
    ended = os.pidfd_open(child)

    def take_leave() -> None:
        loop.remove_reader(ended)
        os.close(ended)
        os.waitpid(child, 0)

    loop.add_reader(ended, take_leave)
