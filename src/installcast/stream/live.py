"""What is not a record: the unfinished line, what the task is doing, how progress is known. See ``live.json`` in the design.

The runner overwrites that file in place and never syncs it, so it may be torn or old; it is then as if it were not
there until the next write.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from installcast.record import number
from installcast.runner.files import read_file

_MAX_BYTES = 1_048_576
"""A line of 16 KiB may be some 200 KB as JSON with its colours; more than this is not ours."""


class LiveState(NamedTuple):
    """One state of a running task. ``state`` are the fields of ``live.json`` that tell what it is doing."""

    next_seq: int
    partial: bytes | None
    """The unfinished line as a record, with the seq that the finished one will have."""
    state: dict[str, Any]


def read_live(path: Path) -> LiveState | None:
    """Return what the runner last wrote to ``path``, or ``None`` where that is missing or torn."""
    try:
        data = read_file(path, _MAX_BYTES)
    except OSError:
        return None
    line, newline, _ = data.partition(b"\n")
    if not newline:
        return None
    try:
        values = json.loads(line)
        next_seq = values.pop("next_seq")
        partial = values.pop("partial")
        return LiveState(next_seq, number(next_seq, partial).encode() if partial else None, values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
