"""Which file the script of a phase is, and what it says: the runner knows no more than a command.

A phase's command is a script, an interpreter with a script, or either of them behind programs such as ``sudo`` and ``env``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from installcast.runner.linux import known_status

SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"})

WRAPPERS = frozenset(
    {
        "env", "sudo", "doas", "su", "runuser", "setpriv", "nice", "ionice", "chrt", "taskset", "nohup", "setsid", "time",
        "timeout", "stdbuf", "unbuffer", "flock", "chronic", "systemd-inhibit", "fakeroot", "eatmydata",
    }
)  # fmt: skip
"""Programs that do nothing but run another one."""

MAX_SCRIPT_BYTES = 1_048_576
"""What a person writes is shorter; an archive that begins as a script is longer, and only its beginning is one."""

_MAX_WORDS = 32


class ScriptFile(NamedTuple):
    """The file of a shell script, as it was when the phase began."""

    text: bytes
    """At most its first :data:`MAX_SCRIPT_BYTES`."""
    size: int
    identity: tuple[int, int, int]
    """Tells it from another file that has taken its place."""


def find_script(argv: Sequence[str], search_path: str) -> ScriptFile | None:
    """Return the shell script that ``argv`` runs in the working directory of this process, if it runs one from a file."""
    interpreter = ""
    for index, word in enumerate(argv[:_MAX_WORDS]):
        name = word.rpartition("/")[2]
        if name in SHELLS | WRAPPERS and (name == word or word.startswith("/")):
            interpreter = name if name in SHELLS else interpreter
            continue
        if index and word.startswith("-"):
            if interpreter and "c" in word and not word.startswith("--"):
                return None  # -c, or -ec and the like: its script is a word
            continue
        script = _read(_program(word, search_path) if not index else word)
        if script is None:
            continue
        if script.text.startswith(b"\x7fELF"):
            continue
        return script if interpreter or _names_shell(script.text) else None
    return None


def _program(word: str, search_path: str) -> str:
    if "/" in word:
        return word
    return next(
        (path for folder in search_path.split(":") if os.access(path := f"{folder}/{word}", os.X_OK)), word
    )


def _names_shell(text: bytes) -> bool:
    """Return whether the first line says that a shell is to run this."""
    first = os.fsdecode(text[:256].partition(b"\n")[0])
    return first.startswith("#!") and any(Path(word).name in SHELLS for word in first[2:].split())


def _read(path: str) -> ScriptFile | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        status = known_status(f"/proc/self/fd/{descriptor}")
        if not stat.S_ISREG(status.mode):
            return None
        # Of a program four bytes are enough to know it.
        head = os.read(descriptor, 4)
        text = head if head == b"\x7fELF" else head + os.read(descriptor, MAX_SCRIPT_BYTES - len(head))
        return ScriptFile(text, status.size, status.identity)
    except OSError:
        return None
    finally:
        os.close(descriptor)
