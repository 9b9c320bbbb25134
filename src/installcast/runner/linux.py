"""The system calls that Python's standard library lacks, by way of the C library."""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

FLOCK = struct.Struct("hhqqi4x")
"""``struct flock`` with 64-bit offsets: type, whence, start, length, pid. See ``fcntl_locking(2)``."""

_PR_SET_CHILD_SUBREAPER = 36
_IN_MODIFY = 0x2
_FALLOC_FL_KEEP_SIZE, _FALLOC_FL_PUNCH_HOLE = 0x1, 0x2


def become_subreaper() -> None:
    """Make this process the new parent of every descendant whose own parent ends (``prctl(2)``)."""
    _checked(_libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def watch_writes(paths: list[Path]) -> int:
    """Return a non-blocking ``inotify(7)`` descriptor that becomes readable when one of ``paths`` is written."""
    libc = _libc()
    descriptor: int = _checked(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    for path in paths:
        _checked(libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_MODIFY))
    return descriptor


def punch_hole(descriptor: int, offset: int, length: int) -> None:
    """Give back the space of a part of a file, which then reads as zeros (``fallocate(2)``). Raises ``OSError``."""
    mode = _FALLOC_FL_PUNCH_HOLE | _FALLOC_FL_KEEP_SIZE
    _checked(_libc().fallocate(descriptor, mode, ctypes.c_long(offset), ctypes.c_long(length)))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
