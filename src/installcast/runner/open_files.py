"""What a process has open, as ``/proc/<pid>/fd`` and ``fdinfo`` tell it (``proc(5)``)."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from installcast.runner.linux import known_status

MAX_DESCRIPTORS = 64
"""Looked at: programs that read one file after the other have few of them."""


class OpenFile(NamedTuple):
    """A regular file that a process has open."""

    number: int
    position: int
    """Where it reads or writes next, in bytes."""
    size: int
    identity: tuple[int, int, int]
    """Tells one file from another."""
    is_written: bool
    """It is open for writing."""
    path: str
    """As the process sees it."""


def open_files(pid: int, *, larger_than: int = 0) -> list[OpenFile]:
    """Return the regular files of more than ``larger_than`` bytes that ``pid`` has open; none where we may not look."""
    try:
        numbers = sorted(map(int, os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208 - many times a second
    except OSError:
        return []
    found = (open_file(pid, number, larger_than=larger_than) for number in numbers[:MAX_DESCRIPTORS])
    return [file for file in found if file is not None]


def open_file(pid: int, number: int, *, larger_than: int = 0) -> OpenFile | None:
    """Return the regular file that ``pid`` has open as ``number``, if it has more than ``larger_than`` bytes."""
    link = f"/proc/{pid}/fd/{number}"
    try:
        status = known_status(link)
        if not stat.S_ISREG(status.mode) or status.size <= larger_than:
            return None
        with open(f"/proc/{pid}/fdinfo/{number}", "rb") as file:  # noqa: PTH123 - as above
            fields = dict(_fields(file.read()))
        return OpenFile(
            number=number,
            position=int(fields[b"pos"]),
            size=status.size,
            identity=status.identity,
            is_written=int(fields[b"flags"], 8) & os.O_ACCMODE != os.O_RDONLY,
            path=os.readlink(link),  # noqa: PTH115 - as above
        )
    except (OSError, ValueError, KeyError):  # closed meanwhile
        return None


def _fields(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in text.splitlines():
        name, _, value = line.partition(b":")
        yield name, value.strip()
