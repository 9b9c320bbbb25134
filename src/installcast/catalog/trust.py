"""May a folder be trusted to hold scripts that the service runs, often as root?

Whoever can write a script, or the folder that it lies in, can run code as the service. So everything in a recipe has to
belong to root or to the service's own user, and nobody else may write it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

MAX_FILES = 1000
"""Files of one recipe. It is copied for each task, and looked at whenever the catalog is asked."""


def distrust(status: os.stat_result) -> str | None:
    """Return why a file or folder with this ``status`` cannot be trusted, or ``None`` when it can.

    A group may write where it is root's, or the service user's private one (the same number as the user's): many
    systems create files that way.
    """
    user = os.geteuid()
    if status.st_uid not in (0, user):
        return f"belongs to user {status.st_uid}; it has to belong to root or to the service's user ({user})"
    if status.st_mode & stat.S_IWOTH:
        return "can be written by everybody: chmod o-w"
    if status.st_mode & stat.S_IWGRP and status.st_gid not in (0, user):
        return f"can be written by the group {status.st_gid}: chmod g-w"
    return None


def walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the path within ``folder`` and the ``lstat`` of all that it holds, itself first as ``"."``.

    Nothing is followed. Raises ``OSError`` for what cannot be read, :class:`TooManyFilesError` beyond ``MAX_FILES``.
    """
    yield ".", folder.lstat()
    waiting = [""]
    count = 0
    while waiting:
        parent = waiting.pop()
        with os.scandir(folder / parent) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                count += 1
                if count > MAX_FILES:
                    raise TooManyFilesError
                relative = f"{parent}/{entry.name}" if parent else entry.name
                yield relative, entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(relative)


class TooManyFilesError(Exception):
    """A recipe's folder holds more than ``MAX_FILES`` files."""
