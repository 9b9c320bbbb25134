"""Recorded installs: output of real scripts, read chunk by chunk as it came, with its times."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent
_SUFFIX = ".jsonl.gz"


class Chunk(NamedTuple):
    """One read: seconds since the start, and what came."""

    time: float
    data: bytes


def names() -> list[str]:
    """Return the names of all recordings; they end in ``-pipe`` or ``-pty``."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.glob(f"*{_SUFFIX}"))


def chunks(name: str) -> list[Chunk]:
    """Return the reads of one recording, out and err in their order."""
    with gzip.open(_FOLDER / f"{name}{_SUFFIX}", "rt", encoding="ascii") as file:
        return [Chunk(values["t"], b64decode(values["data"])) for values in map(json.loads, file)]


def output(name: str) -> bytes:
    """Return all bytes of one recording."""
    return b"".join(chunk.data for chunk in chunks(name))
