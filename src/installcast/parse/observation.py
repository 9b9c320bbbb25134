"""What is seen of a running script from outside, at one moment."""

from __future__ import annotations

from typing import NamedTuple

from installcast.parse.reading import Reading


class Observation(NamedTuple):
    """Where the script stands and what it runs, as the kernel and the files of tools tell it."""

    offset: int | None = None
    """Bytes of its script that the shell has read to run the present command; ``None`` when nobody knows."""
    commands: tuple[tuple[str, ...], ...] = ()
    """Arguments of the processes from the script's child down to the innermost one."""
    readings: tuple[Reading, ...] = ()
    """How far tools are that print nothing of it."""
