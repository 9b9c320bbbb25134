"""How much an earlier run has in common with scripts that are about to run."""

from __future__ import annotations

from collections.abc import Iterable

from installcast.parse.course import name_of
from installcast.parse.outline import read_outline
from installcast.parse.timeline import Timeline, kind_of, sum_of

MIN_LIKENESS = 0.2
"""Less says nothing: a run that is held against another script's would show that one's progress."""


def commands_of(scripts: Iterable[tuple[str, bytes]]) -> frozenset[int]:
    """Return by which sums the commands of ``scripts``, phases and texts, are known in a timeline.

    Secrets are not known here, so commands that hold one count as others. The time before the first command that was seen,
    all of it where none was, as in a script of another language, is in the phase itself, which is among them.
    """
    known: set[int] = set()
    for phase, text in scripts:
        known.add(sum_of(f"{phase}:"))
        for command in read_outline(text).commands:
            name = name_of(phase, command)
            known |= {sum_of(name), sum_of(kind_of(name))}
    return frozenset(known)


def likeness(timeline: Timeline, commands: frozenset[int]) -> float:
    """Return for how much of its time, 0-1, the run was in one of ``commands``."""
    shared = sum(segment.seconds for segment in timeline.segments if commands & {segment.key, segment.kind})
    return shared / timeline.duration if timeline.duration > 0 else 0.0
