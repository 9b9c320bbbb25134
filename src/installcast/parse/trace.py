"""The present run, as far as the next one can learn from it, and this one can be held against an earlier one."""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.timeline import (
    MAX_MARKS,
    MAX_POINTS,
    MAX_SEGMENTS,
    Point,
    Segment,
    Timeline,
    sum_of,
    thinned,
)

_MAX_SHAPES = 4000
"""Different lines of one segment that are told apart."""

MAX_BURST = 64
"""Lines that come at once and are looked at one by one; in a larger burst, how many there were says enough."""

_MAX_ENDED = 2000
"""Commands that are told apart."""

_MAX_KEPT = 60_000
"""Marks and points of all commands that have ended, some 10 MB. Of those that come later, the first and the last are kept."""

_MAX_TOOLS = 8
"""Of one command that are told apart."""

_POINT_SECONDS = 0.1
_POINT_GROWTH = 0.01
"""A point is kept when this part of the segment's time, and :data:`_POINT_SECONDS`, have passed since the one before."""


class _OpenSegment:
    """The time of one command so far. Times are in seconds since the beginning of the task."""

    __slots__ = ("counts", "fractions", "key", "kind", "lines", "shapes", "start")

    def __init__(self, key: int, kind: int, start: float) -> None:
        self.key = key
        self.kind = kind
        self.start = start
        self.lines = 0
        self.shapes: dict[int, tuple[float, int]] = {}
        """Sum of a line → seconds since ``start`` when it first came, and how often it did."""
        self.counts: list[Point] = []
        self.fractions: dict[int, list[Point]] = {}
        """Sum of a tool's name → how far it said that it was."""

    def add_point(self, points: list[Point], at: float, value: float) -> None:
        """Keep ``value`` if the last point is old enough."""
        since = at - self.start
        if not points or since - points[-1].at >= max(_POINT_SECONDS, _POINT_GROWTH * since):
            points.append(Point(since, value))

    def ended(self, at: float) -> Segment:
        """Return what is worth keeping of it when it ends at ``at``."""
        # Two lines are enough to say when something began; what a long command prints says how far it is.
        marks = [(since, mark) for mark, (since, count) in self.shapes.items() if count == 1]
        tool, fractions = max(self.fractions.items(), key=lambda item: len(item[1]), default=(0, []))
        whole = Segment(
            self.key, self.kind, self.start, max(at, self.start), marks, self.counts, fractions, tool
        )
        return _thinned(whole, 1.0)


class Trace:
    """Records one run. Times are in seconds since the beginning of the task, and never go back."""

    def __init__(self) -> None:
        self._ended: list[Segment] = []
        self._kept = 0  # marks and points of these
        self._open: _OpenSegment | None = None

    @property
    def line_count(self) -> int:
        """How many lines the command under way has printed."""
        return self._open.lines if self._open is not None else 0

    def begin(self, key: int, kind: int, at: float) -> None:
        """A command begins, and the one before has ended."""
        if len(self._ended) >= _MAX_ENDED:
            return
        if self._open is not None:
            ended = self._open.ended(at)
            if self._kept + _size(ended) > _MAX_KEPT:
                ended = _thinned(ended, 0.0)
            self._ended.append(ended)
            self._kept += _size(ended)
        self._open = _OpenSegment(key, kind, at)

    def lines(self, texts: Sequence[str], count: int, at: float) -> Sequence[int]:
        """Take ``count`` lines that came at once; ``texts`` are the first of them. Returns the sums of those that were looked
        at and had not come before."""
        segment = self._open
        if segment is None or not count:
            return ()
        segment.lines += count
        segment.add_point(segment.counts, at, segment.lines)
        if count > MAX_BURST:
            return ()
        new: list[int] = []
        for text in texts:
            mark = sum_of(text)
            known = segment.shapes.get(mark)
            if known is not None:
                segment.shapes[mark] = (known[0], known[1] + 1)
            elif len(segment.shapes) < _MAX_SHAPES:
                segment.shapes[mark] = (at - segment.start, 1)
                new.append(mark)
        return new

    def read(self, tool: int, fraction: float, at: float) -> None:
        """A tool of the present command is that far: see :class:`~installcast.parse.gauges.Gauges`."""
        segment = self._open
        if segment is None or (tool not in segment.fractions and len(segment.fractions) >= _MAX_TOOLS):
            return
        points = segment.fractions.setdefault(tool, [])
        if not points or fraction > points[-1].value:
            segment.add_point(points, at, fraction)

    def timeline(self, at: float) -> Timeline:
        """Return the run as one that has ended at ``at``."""
        segments = [*self._ended, *([self._open.ended(at)] if self._open is not None else [])]
        at = max(at, segments[-1].end if segments else 0.0)
        kept = sorted(segments, key=lambda segment: -segment.seconds)[:MAX_SEGMENTS]
        kept.sort(key=lambda segment: (segment.start, segment.end))
        return Timeline(
            at, tuple(_thinned(segment, segment.seconds / at if at > 0 else 0.0) for segment in kept)
        )


def _size(segment: Segment) -> int:
    return len(segment.marks) + len(segment.counts) + len(segment.fractions)


def _thinned(segment: Segment, share: float) -> Segment:
    """Return ``segment`` with no more marks and points than one may have that takes this share of the whole time."""
    return segment._replace(
        marks=thinned(segment.marks, round(share * MAX_MARKS) + 2),
        counts=thinned(segment.counts, round(share * MAX_POINTS) + 2),
        fractions=thinned(segment.fractions, round(share * MAX_POINTS) + 2),
    )
