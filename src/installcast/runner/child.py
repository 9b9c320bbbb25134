"""Start one script: in a session of its own, without input, with nothing inherited but what it is meant to have."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import termios
from typing import NamedTuple

from installcast.runner.environment import PROGRESS_DESCRIPTOR, SEARCH_PATH
from installcast.runner.spec import Term

_TERMINAL_ROWS, _TERMINAL_COLUMNS = 50, 200
"""Wide, so that tools do not cut what they say."""

_NOT_RESET = {signal.SIGKILL, signal.SIGSTOP}


class Script(NamedTuple):
    """A script that runs."""

    pid: int
    output: int
    """Descriptor that its output is read from."""


def start_script(
    argv: tuple[str, ...],
    environment: dict[str, str],
    *,
    output: int,
    progress: int,
    term: Term,
) -> Script:
    """Start ``argv`` in the working directory of this process.

    ``pipe``: out and err are the FIFO whose reading end is ``output``, opened for reading and writing, so that a script
    whose reader is gone waits instead of dying. ``pty``: they are a terminal which is nobody's controlling one, since that
    would hang up on background processes. ``progress`` is opened anew for appending. Raises ``OSError`` when it cannot be
    started.
    """
    actions: list[tuple[object, ...]] = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    terminal: int | None = None
    if term == "pty":
        output, terminal = _open_terminal()
        actions.append((os.POSIX_SPAWN_DUP2, terminal, 1))
    else:
        actions.append((os.POSIX_SPAWN_OPEN, 1, _again(output), os.O_RDWR, 0))
    actions += [
        (os.POSIX_SPAWN_DUP2, 1, 2),
        (os.POSIX_SPAWN_OPEN, PROGRESS_DESCRIPTOR, _again(progress), os.O_WRONLY | os.O_APPEND, 0),
    ]
    try:
        pid = os.posix_spawn(
            _find(argv[0], environment.get("PATH", os.defpath)),
            argv,
            environment,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=signal.valid_signals() - _NOT_RESET,
        )
    except OSError:
        if terminal is not None:
            os.close(output)
        raise
    finally:
        if terminal is not None:
            os.close(terminal)
    return Script(pid, output)


def _again(descriptor: int) -> str:
    """Return a path by which a child opens what ``descriptor`` has open, though an earlier script may have removed it."""
    return f"/proc/self/fd/{descriptor}"


def leave_reader(output: int) -> int:
    """Leave behind a process that goes on reading ``output`` until its last writer is gone; return its pid.

    A daemon that inherited it and writes now and then would otherwise stop for good when the pipe is full.
    """
    os.set_blocking(output, True)
    return os.posix_spawn(
        _find("cat", SEARCH_PATH),
        ["cat"],
        {},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, output, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _open_terminal() -> tuple[int, int]:
    """Return both ends of a terminal that shows what is written as it is: no echo, no ``\\n`` to ``\\r\\n``."""
    ours, theirs = os.openpty()
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.ONLCR
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _TERMINAL_ROWS, _TERMINAL_COLUMNS, 0, 0))
    os.set_blocking(ours, False)
    return ours, theirs


def _find(program: str, search_path: str) -> str:
    """Return the path of ``program``: on the script's own PATH, where it is a name only."""
    if "/" in program:
        return program
    for folder in search_path.split(":"):
        path = f"{folder}/{program}"
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(2, os.strerror(2), program)
