"""What the server asks of a runner and tells it, without a pid: pids come back, locks and pipes do not.

A living runner holds a lock on ``run.lock`` (an open file description lock, which the kernel drops with the process)
and reads commands from the FIFO ``control``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import sys
from pathlib import Path
from typing import NamedTuple

from installcast.runner.files import read_file
from installcast.runner.linux import FLOCK
from installcast.runner.outcome import read_exit

__all__ = ["Started", "is_running", "read_exit", "read_started", "runner_argv", "send_cancel", "this_boot"]

LOCK_FILE = "run.lock"
STARTED_FILE = "started"
CONTROL_FIFO = "control"
PID_FILE = "runner.pid"
"""For systemd only: nobody else goes by a pid."""

_MAX_STARTED_BYTES = 4096

WRITE_LOCK = FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
"""The whole file, for writing."""


class Started(NamedTuple):
    """``started``: the runner that took this task, once and for all."""

    pid: int
    start_time: int
    """Of the process, in clock ticks since boot, as in ``/proc/<pid>/stat``."""
    boot_id: str
    started_at: str
    """RFC 3339 UTC."""


def runner_argv(folder: Path, *, foreground: bool = False) -> list[str]:
    """Return the command that starts a runner for the task in ``folder``.

    It ends with status 0 as soon as the runner, in the background, has taken the task; else with another status and
    one line on standard error. With ``foreground`` it is the runner, and ends with the script's own status.
    """
    main = Path(__file__).with_name("__main__.py")
    return [sys.executable, "-I", "-S", str(main), *(["--foreground"] if foreground else []), str(folder)]


def is_running(folder: Path) -> bool:
    """Return whether a living runner holds the lock of the task in ``folder``. Takes nothing itself."""
    try:
        # To ask needs no right to write, which a disk that has gone bad gives nobody.
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, WRITE_LOCK)
    finally:
        os.close(descriptor)
    kind: int = FLOCK.unpack(answer)[0]
    return kind != fcntl.F_UNLCK


def send_cancel(folder: Path, by: str) -> bool:
    """Tell the runner to cancel its task, in the name of the user ``by``.

    Returns ``False`` when nobody is there to hear it: the runner is gone, or has not begun.
    """
    try:
        descriptor = os.open(folder / CONTROL_FIFO, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT):
            return False
        raise
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return False  # a script has put something else there; the runner puts its own back
        # Below PIPE_BUF, so it arrives whole. A full pipe holds commands enough.
        with contextlib.suppress(BlockingIOError):
            os.write(descriptor, json.dumps({"command": "cancel", "by": by[:200]}).encode() + b"\n")
    finally:
        os.close(descriptor)
    return True


def this_boot() -> str:
    """Return the id of this run of the kernel: what :class:`Started` says is of use only within it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def read_started(folder: Path) -> Started | None:
    """Return who took the task in ``folder``, or ``None`` when nobody has; with pid 0: it was taken so that nothing is run.

    Raises ``ValueError`` when the file is damaged; the task was taken then, too.
    """
    try:
        data = read_file(folder / STARTED_FILE, _MAX_STARTED_BYTES)
        if not data:
            # Whoever made it came no further, for want of space or of life: it is synced before anything is run.
            return Started(0, 0, "", "")
        values = json.loads(data)
    except FileNotFoundError:
        return None
    except RecursionError as error:
        raise ValueError(f"{STARTED_FILE}: {error}") from None
    try:
        return Started(**{name: values[name] for name in Started._fields})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{STARTED_FILE}: {error}") from None
