"""The locks of package managers: who holds one, and which command needs it.

apt and dpkg lock with ``fcntl(2)`` and try again every second, so the kernel can be asked who is in the way, but knows of
nobody who waits. rpm and apk wait in the kernel, which lists them in ``/proc/locks`` (``proc(5)``). dnf, yum and zypper write
their pid into a file; there only their own words tell (:mod:`installcast.runner.stall`).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import NamedTuple

from installcast.runner.linux import FLOCK

_DPKG = ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/cache/apt/archives/lock")
_LISTS = ("/var/lib/apt/lists/lock",)
_RPM = ("/var/lib/rpm/.rpm.lock", "/usr/lib/sysimage/rpm/.rpm.lock")
_APK = ("/lib/apk/db/lock", "/usr/lib/apk/db/lock")

LOCK_FILES = _DPKG + _LISTS + _RPM + _APK

_APT = frozenset({"apt", "apt-get", "aptitude"})
_APT_COMMANDS: dict[str, tuple[str, ...]] = {
    "update": _LISTS,
    **dict.fromkeys(
        (
            *("install", "reinstall", "remove", "purge", "autoremove", "autopurge", "satisfy"),
            *("upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade", "dselect-upgrade", "build-dep"),
        ),
        _DPKG,
    ),
}
"""What takes locks. ``download``, ``source``, ``list`` and the like take none, and may be slow for reasons of their own."""

_TAKES_NONE = frozenset(
    {"-s", "--simulate", "--just-print", "--dry-run", "--recon", "--no-act", "--print-uris"}
)


class Held(NamedTuple):
    """A lock and who holds it."""

    path: str
    pid: int


class Waiting(NamedTuple):
    """A line of ``/proc/locks``, and the one whom it waits for."""

    pid: int
    inode: int
    holder: int


def needed_by(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the lock files that the command ``argv`` takes before it does anything, if it is one that waits for them."""
    if not argv or argv[0].rpartition("/")[2] not in _APT or not _TAKES_NONE.isdisjoint(argv):
        return ()
    return next((_APT_COMMANDS[word] for word in argv[1:] if word in _APT_COMMANDS), ())


def holder_of(path: str, root: str = "") -> Held | None:
    """Return who holds the lock ``path`` below ``root``; ``None`` for nobody, nobody whom we may see, and no such file."""
    try:
        descriptor = os.open(root + path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        question = FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    # 0: of another pid namespace; -1: of an open file, and of nobody in particular.
    return Held(path, pid) if kind != fcntl.F_UNLCK and pid > 0 else None


def waiting(table: str) -> list[Waiting]:
    """Return who waits for whom, as ``/proc/locks`` says: ``1: -> POSIX  ADVISORY  WRITE 4712 fe:01:1234567 0 EOF``."""
    found: list[Waiting] = []
    holders: dict[str, int] = {}
    for line in table.splitlines():
        number, *words = line.split()
        with suppress(ValueError, IndexError):
            if words[0] != "->":
                holders[number] = int(words[3])
            elif number in holders:
                found.append(Waiting(int(words[4]), int(words[5].rpartition(":")[2]), holders[number]))
    return found


def blocked(pids: Collection[int], table: str, root: str = "") -> Held | None:
    """Return the package lock that one of ``pids`` waits for in the kernel, by the text of ``/proc/locks``."""
    for entry in waiting(table):
        if entry.pid in pids and entry.holder not in pids and entry.holder > 0:
            for path in LOCK_FILES:
                with suppress(OSError):
                    # By the inode alone: the device of an overlay or a subvolume has another number here than in stat(2).
                    if os.lstat(root + path).st_ino == entry.inode:
                        return Held(path, entry.holder)
    return None
