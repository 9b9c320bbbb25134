"""A tool that runs: what is read of a recording, and how well it agrees with the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from installcast.parse.escapes import clean, decode
from installcast.parse.lines import LineSplitter
from installcast.parse.reading import Reading
from installcast.parse.tools import ToolReader
from tests import corpus

GRID = 200

Points = list[tuple[float, Reading]]


def plain(data: bytes) -> str:
    """Return the text of a line without its escapes."""
    return clean(decode(data)).text


def readings(name: str) -> Points:
    """Return what is read of a recording of output, with the times."""
    reader, splitter, points = ToolReader(), LineSplitter(16384), Points()
    for chunk in corpus.chunks(name):
        for kind, data in splitter.feed(chunk.data):
            for line in data.splitlines() if kind == "block" else [data]:
                if (reading := reader.read(plain(line))) is not None:
                    points.append((chunk.time, reading))
    return points


def readings_of_file(name: str, read: Callable[[str], Reading | None]) -> Points:
    """Return what is read of a recording of a file that a tool appends to."""
    points, rest = Points(), ""
    for chunk in corpus.chunks(name):
        *lines, rest = (rest + chunk.data.decode()).split("\n")
        points += [(chunk.time, reading) for line in lines if (reading := read(line)) is not None]
    return points


def read_all(lines: Iterable[str]) -> list[float]:
    """Return the fractions that are read of ``lines``, rounded to hundredths."""
    reader = ToolReader()
    return [round(reading.fraction, 2) for line in lines if (reading := reader.read(line)) is not None]


def last(lines: Iterable[str]) -> Reading | None:
    """Return what is read of the last of ``lines``, which are printed one after the other."""
    reader = ToolReader()
    reading = None
    for line in lines:
        reading = reader.read(line)
    return reading


def mean_error(points: Points, tool: str, begin: float, end: float) -> float:
    """Return by how many points the fraction of ``tool`` is off on average in its run from ``begin`` to ``end`` seconds.

    The fraction must not fall, nor be 1 before the last reading of the run.
    """
    fractions = [
        (time, reading.fraction) for time, reading in points if reading.tool == tool and begin <= time <= end
    ]
    assert fractions
    assert all(before[1] <= after[1] for before, after in pairwise(fractions))
    first_full = next((time for time, fraction in fractions if fraction == 1.0), end)
    assert first_full >= end - 0.1 * (end - begin)
    total = 0.0
    for step in range(GRID):
        share = (step + 0.5) / GRID
        known = [fraction for time, fraction in fractions if time <= begin + share * (end - begin)]
        total += abs((known[-1] if known else 0.0) - share)
    return 100 * total / GRID


def highest(points: Points, tool: str) -> float:
    """Return how far ``tool`` has come."""
    return max(reading.fraction for _, reading in points if reading.tool == tool)
