"""Whether the disk has room for one more task, for whoever asks before a request is refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from installcast.errors import NoRoomError, StorageFailedError

LEAST_BYTES = 524_288
"""A task begins with some 250 KiB: its recipe, the space of its exit record, its rows in the database, its first lines."""

LEAST_FILES = 64
"""A task begins with some 20 files and folders."""


def require_room(folders: Iterable[Path]) -> None:
    """Raise :class:`NoRoomError` when a disk that ``folders`` lie on is full, :class:`StorageFailedError` when it takes nothing.

    Nothing is written: a probe every second must cost no disk anything. Paths are not named, since anybody may ask.
    """
    for folder in folders:
        try:
            found = os.statvfs(folder)
        except OSError as error:
            raise StorageFailedError(path="data_dir", reason=error.strerror) from error
        if found.f_flag & os.ST_RDONLY:
            raise StorageFailedError(path="data_dir", reason=os.strerror(errno.EROFS))
        is_root = os.geteuid() == 0
        blocks = found.f_bfree if is_root else found.f_bavail
        files = found.f_ffree if is_root else found.f_favail
        # btrfs and others make files as long as there is space, and tell of none.
        if blocks * found.f_frsize < LEAST_BYTES or (found.f_files and files < LEAST_FILES):
            raise NoRoomError
