"""Task ids, ``<key>-<version>-<ulid in lower case>``, and the log file names made of them."""

from __future__ import annotations

import re
import secrets
import time

TASK_ID_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,127}$"

LOG_SUFFIX = ".log"

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, as ULIDs use it (github.com/ulid/spec), in lower case."""

_ULID_CHARACTERS = 26
_MAX_CHARACTERS = 128


def new_task_id(key: str, version: str, now: float | None = None) -> str:
    """Return a new id. ``now`` is Unix time in seconds; ids of one recipe and version sort by it.

    A version may hold what an id may not (``1.0+git~2``): such characters are written as ``_``, and a long one is cut.
    """
    ulid = _ulid(int((time.time() if now is None else now) * 1000))
    shown = re.sub(r"[^a-z0-9._-]", "_", version.lower())
    name = f"{key}-{shown}"[: _MAX_CHARACTERS - _ULID_CHARACTERS - 1]
    return f"{name}-{ulid}"


def is_task_id(text: str) -> bool:
    """Return whether ``text`` could be a task's id; it then is a safe file name, too."""
    return re.fullmatch(TASK_ID_PATTERN[1:-1], text) is not None


def log_name(task_id: str) -> str:
    """Return the log file name that old pages pass around as ``fn``."""
    return task_id + LOG_SUFFIX


def task_id_of_log(name: str) -> str | None:
    """Return the task whose log file name, or id, ``name`` could be, or ``None``."""
    task_id = name.removesuffix(LOG_SUFFIX)
    return task_id if is_task_id(task_id) else None


def _ulid(milliseconds: int) -> str:
    number = milliseconds << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
