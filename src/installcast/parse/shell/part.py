"""One command of a script, as what it does and how long that is expected to take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.programs.job import Job

MAX_SECONDS = 7 * 86400.0
"""Of one command: loops within loops make any number."""


class Part(NamedTuple):
    """One command, or several that run side by side. ``seconds`` is for all its rounds, by its likelihood."""

    job: Job
    seconds: float
    processes: tuple[tuple[str, ...], ...] = ()
    """How the processes are called that it starts."""

    def times(self, factor: float) -> Part:
        """Return it with a multiple of its time."""
        return self._replace(seconds=min(self.seconds * factor, MAX_SECONDS))


def total(parts: Sequence[Part]) -> float:
    """Return the seconds of all parts."""
    return sum(part.seconds for part in parts)


def scaled(parts: Sequence[Part], factor: float) -> list[Part]:
    """Return all parts with a multiple of their time."""
    return list(parts) if factor == 1 else [part.times(factor) for part in parts]
