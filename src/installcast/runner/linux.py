"""The system calls that Python's standard library lacks, by way of the C library."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

FLOCK = struct.Struct("hhqqi4x")
"""``struct flock`` with 64-bit offsets: type, whence, start, length, pid. See ``fcntl_locking(2)``."""

_PR_SET_CHILD_SUBREAPER = 36
_IN_MODIFY = 0x2
_FALLOC_FL_KEEP_SIZE, _FALLOC_FL_PUNCH_HOLE = 0x1, 0x2
_AT_FDCWD, _AT_STATX_DONT_SYNC = -100, 0x4000
_STATX_TYPE, _STATX_INO, _STATX_SIZE = 0x1, 0x100, 0x200
_STATX = struct.Struct("28xH2xQQ80xIIII112x")
"""Of ``struct statx``: mode, inode, size; major and minor numbers of the device that it is, and of the one that it is on."""


class FileStatus(NamedTuple):
    """What the kernel knows of a file."""

    mode: int
    size: int
    identity: tuple[int, int, int]
    """Tells one file from another."""
    device: tuple[int, int]
    """Major and minor number of the device that it is."""


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


def known_status(path: str) -> FileStatus:
    """Return what the kernel knows of ``path`` (``statx(2)``), without a question to the server of a network file system, which
    may be gone. That holds for links of ``/proc/<pid>/fd``, which lead to their file straight away. Raises ``OSError``."""
    mode, inode, size, *devices = _STATX.unpack(_statx(os.fsencode(path)))
    return FileStatus(mode, size, (inode, *devices[2:]), (devices[0], devices[1]))


def _statx(path: bytes) -> bytes:
    buffer = ctypes.create_string_buffer(_STATX.size)
    wanted = _STATX_TYPE | _STATX_INO | _STATX_SIZE
    _checked(_libc().statx(_AT_FDCWD, path, _AT_STATX_DONT_SYNC, wanted, buffer))
    return buffer.raw


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
