"""The data folder: one process owns it, and only its user can look into it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from installcast.errors import DataFolderInUseError, DataFolderNotWritableError


class DataFolder:
    """Takes ``path`` for this process for as long as its context lasts. ``lock_file`` lies in it."""

    def __init__(self, path: Path, lock_file: Path) -> None:
        self._path = path
        self._lock_file = lock_file
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Make the folder where need be, mode 0700, and lock it.

        Raises :class:`DataFolderNotWritableError` and :class:`DataFolderInUseError`.
        """
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path.stat().st_mode & 0o077:
                self._path.chmod(0o700)
            descriptor = os.open(
                self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
        except OSError as error:
            raise DataFolderNotWritableError(
                field="data_dir", path=str(self._path), reason=error.strerror
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # In this order: on a full disk another would take the block that the file gives back.
            os.ftruncate(descriptor, os.pwrite(descriptor, b"%d\n" % os.getpid(), 0))
        except BlockingIOError:
            in_use = _in_use(self._path, descriptor)
            os.close(descriptor)
            raise in_use from None
        except OSError as error:
            os.close(descriptor)
            raise DataFolderNotWritableError(
                field="data_dir", path=str(self._path), reason=error.strerror
            ) from None
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the folder back."""
        # The file stays: whoever removed it could remove one that somebody else has just locked.
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def require_unowned(path: Path, lock_file: Path) -> None:
    """Raise :class:`DataFolderInUseError` when another process owns ``path``; nothing is made, nor taken."""
    try:
        descriptor = os.open(lock_file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _in_use(path, descriptor) from None
    finally:
        os.close(descriptor)


def _in_use(path: Path, lock: int) -> DataFolderInUseError:
    owner = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "?"
    return DataFolderInUseError(field="data_dir", path=str(path), pid=owner)
