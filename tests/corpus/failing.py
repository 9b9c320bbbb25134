"""Transcripts of installs that failed, or that hid a failure, as tools of several systems print them, with what a person
says is their cause.

Each is ``failures/<name>.txt``; ``<name>.sh`` is the script, where it tells something that the output does not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "failures"


class Failing(NamedTuple):
    """One transcript: the exit status as of :class:`subprocess.Popen`, the code of the cause, and the line that shows it."""

    name: str
    exit_code: int
    code: str
    line: str | None
    output: bytes
    script: bytes | None


def failing() -> list[Failing]:
    """Return all of them."""
    labels = json.loads((_FOLDER / "labels.json").read_text(encoding="utf-8"))
    return [_read(name, label) for name, label in labels.items()]


def _read(name: str, label: dict[str, object]) -> Failing:
    script = _FOLDER / f"{name}.sh"
    exit_code, code, line = label["exit"], label["code"], label["line"]
    assert isinstance(exit_code, int)
    assert isinstance(code, str)
    assert line is None or isinstance(line, str)
    return Failing(
        name,
        exit_code,
        code,
        line,
        (_FOLDER / f"{name}.txt").read_bytes(),
        script.read_bytes() if script.exists() else None,
    )
