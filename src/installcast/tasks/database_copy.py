"""Copies of the database: one before each change of its form, and one for whoever makes a backup of all that there is.

A copy is made by SQLite's own interface, page by page and within one transaction, so what is still in the write-ahead log
is in it, and nothing half-done. Source: https://www.sqlite.org/backup.html
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from pathlib import Path

from installcast.runner.outcome import sync_folder

KEPT = 3
"""Copies from before an upgrade: who goes back does so by a version or two, and each is as large as the database."""


def copy_database(connection: sqlite3.Connection, target: Path) -> None:
    """Write all that ``connection`` holds into the file ``target``, mode 0600, durably; it takes the place of an earlier one.

    Raises ``OSError`` and ``sqlite3.Error``; then ``target`` is as it was.
    """
    fresh = target.with_name(f"{target.name}.tmp")
    try:
        # Made by us, not by SQLite, which would let others read it. What a crash left there is of no use.
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            connection.backup(copy)
            # One file, whole by itself: no log of its own has to lie beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
        _sync(fresh)
        fresh.rename(target)
        sync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def keep_former(connection: sqlite3.Connection, path: Path, next_version: int) -> Path:
    """Copy the database at ``path`` before it becomes one of ``next_version``; of such copies the last ones are kept.

    Returns the copy. Raises what :func:`copy_database` does.
    """
    target = path.with_name(f"{path.name}.before-v{next_version}")
    copy_database(connection, target)
    kept = sorted(_former(path), reverse=True)
    for _, old in kept[KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return target


def _former(path: Path) -> list[tuple[int, Path]]:
    """Return the copies from before upgrades, each with the version that came after it."""
    named = ((re.fullmatch(r".*\.before-v([0-9]{1,6})", copy.name), copy) for copy in path.parent.iterdir())
    return [
        (int(version[1]), copy)
        for version, copy in named
        if version and copy.name.startswith(f"{path.name}.")
    ]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
