"""Files in a task's folder that a script may have moved, removed or replaced: it knows where they are."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_file(path: Path, limit: int) -> bytes:
    """Return at most ``limit`` bytes of the file at ``path``.

    Raises ``OSError``, also when something else has taken its place: a link is not followed, and nobody waits for a FIFO.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a file", str(path))
        return file.read(limit)


def is_at(path: Path, descriptor: int) -> bool:
    """Return whether the file that ``descriptor`` has open is still the one at ``path``."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def clear(path: Path) -> None:
    """Make room at ``path``, whatever is there. Raises ``OSError``."""
    try:
        path.unlink(missing_ok=True)
    except IsADirectoryError:
        path.rename(path.with_name(f"{path.name}.aside"))


def put_in_place(path: Path, target: Path) -> None:
    """Rename the file ``path`` to ``target``, whatever is there. Raises ``OSError``."""
    try:
        path.rename(target)
    except IsADirectoryError:  # of all things, the only one that a file does not replace
        clear(target)
        path.rename(target)
