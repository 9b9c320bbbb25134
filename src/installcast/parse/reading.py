"""What a tool, its files or the kernel tell of how far the tool has come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Reading(NamedTuple):
    """How far one run of ``tool`` is with its whole work: ``fraction`` is 0-1, and of all its phases together."""

    tool: str
    fraction: float
    title: str = ""
    """What it is busy with, in words, where it says so."""


def telling(readings: Iterable[Reading]) -> list[Reading]:
    """Return those of ``readings``, which came at one moment, that the others add nothing to.

    A tool may print hundreds of lines at once. Of each rise of one tool that is not interrupted they are the first one, by which
    a new run is told, the first that is higher, and the last one.
    """
    kept: list[Reading] = []
    first = 0  # of the present rise
    for reading in readings:
        last = kept[-1] if kept else None
        if last is None or last.tool != reading.tool or reading.fraction < last.fraction:
            first = len(kept)
            kept.append(reading)
        elif len(kept) - first == 3 or (len(kept) - first == 2 and last.fraction == kept[first].fraction):
            kept[-1] = reading
        else:
            kept.append(reading)
    return kept
