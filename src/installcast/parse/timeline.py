"""What one run of a recipe looked like in time, so that the next run can be held against it.

A timeline holds no text: commands and lines are kept as 32-bit sums (CRC-32, which every Python has in the same form) of
masked text without its digits, so that versions, sizes and times do not matter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

VERSION = 1
"""Of the JSON form. Another one is refused: the next run makes a new one."""

MAX_BYTES = 65_536
"""Of the JSON form."""

MAX_SEGMENTS = 300
MAX_MARKS = 600
"""Of all segments together, like the points below."""
MAX_POINTS = 600

T = TypeVar("T")

_LARGEST = 1e9
"""Seconds or lines: 30 years."""

_IGNORED = b"0123456789 \t"


class Point(NamedTuple):
    """At ``at`` seconds since the beginning of its segment, something had come to ``value``."""

    at: float
    value: float


class Segment(NamedTuple):
    """The time in which one command of a script ran. Times are in seconds since the beginning of the task."""

    key: int
    """Sum of the command, see :func:`sum_of`."""
    kind: int
    """Sum of what does not change when a command is edited a little: its program and first argument."""
    start: float
    end: float
    marks: Sequence[tuple[float, int]] = ()
    """Lines that came once: seconds since ``start``, and the sum of the line."""
    counts: Sequence[Point] = ()
    """How many lines had come."""
    fractions: Sequence[Point] = ()
    """How far its tool said that it was, 0-1, and 1 more for each run of that tool before."""
    tool: int = 0
    """Sum of the tool's name: the one that said most; 0 where it is whichever one speaks."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


class Timeline(NamedTuple):
    """One run. ``duration`` is in seconds; the segments stand in order, and are not more than it."""

    duration: float
    segments: Sequence[Segment]
    is_typical: bool = True
    """Other runs took about as long; ``False``: what the recipe does depends on something, so no end can be promised."""

    def to_json(self) -> str:
        """Return it as one line, at most :data:`MAX_BYTES` long."""
        for share in (1.0, 0.5, 0.25, 0.1, 0.0):
            text = json.dumps(self._values(share), separators=(",", ":"))
            if len(text) <= MAX_BYTES:
                break
        return text

    def _values(self, share: float) -> dict[str, Any]:
        return {
            "version": VERSION,
            "duration": round(self.duration, 3),
            **({} if self.is_typical else {"typical": False}),
            "segments": [
                [
                    segment.key,
                    segment.kind,
                    round(segment.start, 3),
                    round(segment.end, 3),
                    [
                        [round(at, 3), mark]
                        for at, mark in thinned(segment.marks, int(share * len(segment.marks)))
                    ],
                    [
                        [round(at, 3), count]
                        for at, count in thinned(segment.counts, int(share * len(segment.counts)))
                    ],
                    [
                        [round(at, 3), round(fraction, 4)]
                        for at, fraction in thinned(segment.fractions, int(share * len(segment.fractions)))
                    ],
                    segment.tool,
                ]
                for segment in self.segments
            ],
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Timeline:
        """Return what :meth:`to_json` has written. Raises ``ValueError`` when it is something else."""
        if len(text) > MAX_BYTES:
            raise ValueError(f"a timeline of more than {MAX_BYTES} bytes")
        try:
            values = json.loads(text)
            if not isinstance(values, dict) or values.get("version") != VERSION:
                raise ValueError(f"no timeline of version {VERSION}")
            segments = tuple(_segment(*segment) for segment in values["segments"])
            timeline = cls(_time(values["duration"]), segments, values.get("typical") is not False)
        except (KeyError, TypeError, OverflowError, RecursionError) as error:
            raise ValueError(f"no timeline: {error!r}") from None
        edges = [edge for segment in segments for edge in (segment.start, segment.end)]
        if edges != sorted(edges) or (edges and edges[-1] > timeline.duration + 0.01):
            raise ValueError("a timeline whose segments are not in order")
        return timeline


def sum_of(text: str) -> int:
    """Return the sum by which a command or a line is known: 32 bits."""
    return crc32(text.encode("utf-8", "replace").translate(None, _IGNORED))


def kind_of(command: str) -> str:
    """Return what stays the same when ``command`` is edited a little: the program, and the first word that is no option."""
    words = command.split()
    return (
        " ".join([words[0], *[word for word in words[1:] if not word.startswith("-")][:1]]) if words else ""
    )


def thinned(items: Sequence[T], count: int) -> Sequence[T]:
    """Return at most ``count`` of ``items``, evenly chosen, the first and the last among them."""
    if len(items) <= count:
        return items
    if count < 2:
        return items[:count]
    step = (len(items) - 1) / (count - 1)
    return [items[round(index * step)] for index in range(count)]


def _segment(
    key: Any, kind: Any, start: Any, end: Any, marks: Any, counts: Any, fractions: Any, tool: Any
) -> Segment:
    return Segment(
        _whole(key),
        _whole(kind),
        _time(start),
        _time(end),
        tuple((_time(at), _whole(mark)) for at, mark in marks),
        tuple(Point(_time(at), _time(count)) for at, count in counts),
        tuple(Point(_time(at), _time(fraction)) for at, fraction in fractions),
        _whole(tool),
    )


def _time(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LARGEST:
        raise ValueError(f"not a time or a count: {value!r}")
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"not a sum: {value!r}")
    return value
