"""Output that nobody reads any more (``… | head``), or that its disk does not take."""

from __future__ import annotations

import contextlib
import os
from typing import TextIO


def discard(stream: TextIO) -> None:
    """Let ``stream`` lead to nowhere from now on, with what is left in its buffer: the interpreter would complain of that."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
