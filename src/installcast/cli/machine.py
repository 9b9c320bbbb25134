"""What ``installcast doctor`` asks the kernel, systemd and the disk. Where a place or a clock matters, it is a parameter."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from installcast.cli.finding import Finding
from installcast.cli.text import Speaker
from installcast.runner.outcome import EXIT_FILE
from installcast.runner.package_locks import LOCK_FILES, holder_of
from installcast.runner.probe import STARTED_FILE, is_running
from installcast.runner.tree import command_line

FEW_FILES = 1024
"""Descriptors; a hundred viewers and their tasks, with room to spare."""
TOO_FEW_FILES = 64
OLDEST_SYSTEMD = 243
"""The first that knows ``OOMPolicy=``. An older one is asked without it; the tests have seen none."""
SLOW_SYNC = 0.1
"""Seconds. Some lines and each state of a task are synced; a disk that needs longer makes installs slower."""
SYSTEMCTL_SECONDS = 5.0

_SYNC_BYTES = 4096
_TIMEX_BYTES = 208
_TIMEX_STATUS = 40
"""Size of ``struct timex`` of ``linux/timex.h`` on 64-bit machines, and where its status stands."""
_STA_UNSYNC = 0x0040


def files(say: Speaker) -> Finding:
    """Look at the limit on open files, which ``serve`` raises as far as it may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY or hard >= FEW_FILES:
        shown = "∞" if hard == resource.RLIM_INFINITY else hard
        return Finding("files", "good", say("doctor.files", limit=shown))
    return Finding("files", "bad" if hard < TOO_FEW_FILES else "note", say("doctor.few_files", limit=hard))


def systemd_version(say: Speaker) -> Finding:
    """Look at systemd, where it runs tasks; it is asked with a limit, since it may be busy."""
    try:
        answer = subprocess.run(
            ["systemctl", "--version"], capture_output=True, text=True, timeout=SYSTEMCTL_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("systemd", "note", say("doctor.systemd_silent", reason=error))
    found = re.match(r"systemd (\d+)", answer.stdout)
    version = int(found[1]) if found else 0
    if version < OLDEST_SYSTEMD:
        return Finding("systemd", "note", say("doctor.systemd_old", version=version, needed=OLDEST_SYSTEMD))
    return Finding("systemd", "good", str(version))


def cgroups(say: Speaker, root: Path = Path("/sys/fs/cgroup")) -> Finding:
    """Look whether a step that the kernel killed for want of memory can be told from one that failed."""
    if (root / "cgroup.controllers").exists():
        kind, memory = "v2", "memory" in (root / "cgroup.controllers").read_text().split()
    elif (root / "unified/cgroup.procs").exists():
        kind, memory = "v1 + v2", (root / "memory").is_dir()
    elif root.is_dir() and any(root.iterdir()):
        kind, memory = "v1", (root / "memory").is_dir()
    else:
        return Finding("cgroups", "note", say("doctor.no_cgroups"))
    if not memory:
        return Finding("cgroups", "note", say("doctor.no_memory_controller", kind=kind))
    return Finding("cgroups", "good", say("doctor.cgroups", kind=kind))


def sync(say: Speaker, folder: Path) -> Finding:
    """Measure, once, how long the disk takes to keep a small file; the file is removed."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * _SYNC_BYTES)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            seconds = time.perf_counter() - began
    except OSError as error:
        return Finding("sync", "bad", say("doctor.no_sync", path=folder, reason=error.strerror))
    milliseconds = round(seconds * 1000, 1)
    if seconds > SLOW_SYNC:
        return Finding("sync", "note", say("doctor.slow_sync", path=folder, milliseconds=milliseconds))
    return Finding("sync", "good", say("doctor.sync", milliseconds=milliseconds))


def clock_is_synchronised() -> bool | None:
    """Return what the kernel says of its clock, ``None`` where it does not say: ``adjtimex(2)``, which asks nobody and waits
    for nothing.
    """
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        failed = ctypes.CDLL(None).adjtimex(timex) < 0
    except (OSError, AttributeError):
        return None
    status = int.from_bytes(timex.raw[_TIMEX_STATUS : _TIMEX_STATUS + 4], sys.byteorder)
    return None if failed else not status & _STA_UNSYNC


def clock_sync(say: Speaker) -> Iterator[Finding]:
    """Look whether anything keeps the clock right."""
    if clock_is_synchronised() is False:
        yield Finding("ntp", "note", say("doctor.clock_alone"))


def package_locks(say: Speaker, root: str = "") -> Iterator[Finding]:
    """Look who holds a lock of a package manager right now: installs wait for him."""
    for path in LOCK_FILES:
        if held := holder_of(path, root):
            program = command_line(held.pid).partition(" ")[0] or "?"
            message = say("doctor.package_lock", path=path, pid=held.pid, command=program)
            yield Finding("locks", "note", message)


def leftovers(say: Speaker, tasks_dir: Path, start: str = "installcast serve") -> Iterator[Finding]:
    """Look for tasks whose runner died: the service ends them when it starts, by the command ``start``."""
    try:
        folders = sorted(tasks_dir.iterdir())
    except OSError:
        return
    lost = [folder.name for folder in folders if _is_lost(folder)]
    if lost:
        names = ", ".join(lost[:5])
        message = say("doctor.lost_tasks", count=len(lost), names=names, command=start)
        yield Finding("tasks", "note", message)


def _is_lost(folder: Path) -> bool:
    try:
        begun = (folder / STARTED_FILE).exists() and not (folder / EXIT_FILE).exists()
        return begun and not is_running(folder)
    except OSError:
        return False
