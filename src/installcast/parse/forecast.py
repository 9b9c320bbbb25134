"""How much of a run's time has passed: what is expected, held against what is seen.

A run is expected to take the course of a :class:`Timeline`: that of an earlier run, or one made of what such commands take as
a rule. Where the present run stands on it is told by the commands that begin, the lines that come and the tools' own
fractions; between these, time goes on. How fast it goes, compared to the expected course, is learned on the way: for the
present command from itself, for what is to come from all that is done.

Progress is the share of time that has passed, ``elapsed / (elapsed + remaining)``: all commands have that in common.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.timeline import Point, Segment, Timeline

_NEAR = 4
"""An edited command is looked for among so many that are expected next."""

_FEW_MARKS = 4
"""A command that prints fewer different lines is followed by how many it prints."""

_UNSEEN = 0.15
"""Of an expected time: until as much has been seen of it, the uncertainty that there was before weighs more."""

_MAX_PACES = 300
"""Commands, the last ones, whose paces are compared: it is done twenty times a second."""

_PATIENCE = 0.2
"""Seconds by which the pace of a command is not judged: clocks, polls and pipes are not more exact than that."""


class Habits(NamedTuple):
    """How far an expectation is trusted."""

    own_doubt: float
    """How many seconds of a command have to be seen, for each that it is expected to take, until its own pace weighs as much
    as that of the run."""
    doubt: float
    """The same of the whole run, and the pace that was expected."""
    drift: float
    """While nothing is seen, what is passed of the expected course in the time in which all of it should be."""
    points: int
    """How many of a tool's fractions have to be known until they are believed to show its course."""
    apart: float
    """How far the paces of commands are apart, as a share, before any is seen."""
    rest: float
    """While nothing is seen, how many seconds are at least still to come for each that has passed so."""


LEARNED = Habits(own_doubt=0.05, doubt=1.0, drift=1.0, points=8, apart=0.4, rest=0.1)
"""Of an earlier run: what was silent then will be silent for as long."""

GUESSED = Habits(own_doubt=0.1, doubt=0.25, drift=0.6, points=2, apart=0.8, rest=0.4)
"""Of commands in general: the longer one takes, the longer it will."""

_LATE_REST = 0.2
"""Of the time by which a command is late, what is still expected to come."""


class Forecast:
    """Follows one run. Times are in seconds since the beginning of the task."""

    def __init__(self, expected: Timeline, habits: Habits) -> None:
        self.expected = expected
        self._habits = habits
        self._index: int | None = None  # of the expected segment that the run is in
        self._next = 0  # the first that has not begun yet
        self._began = 0.0  # when the present command began
        self._seen_at, self._seen = 0.0, 0.0  # when it was last seen where on the expected course the run is
        self._took, self._should = (
            0.0,
            0.0,
        )  # seconds that the commands which are done took, and should have taken
        self._marks: dict[int, float] = {}
        # Of each command that is done: what it took, and should have taken.
        self._paces: deque[tuple[float, float]] = deque(maxlen=_MAX_PACES)

    def begin(self, key: int, kind: int, at: float) -> bool:
        """A command begins. Returns whether it was expected."""
        index = self._find(key, kind)
        if index is None:
            return False
        start = self.expected.segments[index].start
        should = start - (segment.start if (segment := self._segment) is not None else 0.0)
        self._paces.append((at - self._began, should))
        self._took += at - self._began
        self._should += should
        self._index, self._next = index, index + 1
        self._began = self._seen_at = at
        self._seen = start
        self._marks = {mark: since for since, mark in self.expected.segments[index].marks}
        return True

    def lines(self, new: Sequence[int], count: int, at: float) -> None:
        """Lines have come: ``count`` since the command began, ``new`` are the sums of those that had not come before."""
        segment = self._segment
        if segment is None:
            return
        known = [since for mark in new if (since := self._marks.get(mark)) is not None]
        if known:
            self._see(segment.start + max(known), at)
        elif (
            len(segment.marks) < _FEW_MARKS
            and len(segment.fractions) < self._habits.points
            and len(segment.counts) > 1
        ):
            self._see(segment.start + _time_of(segment.counts, count), at)

    def read(self, tool: int, own: float, joined: float, at: float) -> None:
        """The tool with this sum is as far as ``own``, all tools of the present command as ``joined``: 0-1, and 1 more for each
        run before."""
        segment = self._segment
        if segment is None or len(segment.fractions) < self._habits.points:
            return
        if segment.tool in (0, tool):
            self._see(segment.start + _time_of(segment.fractions, own if segment.tool else joined), at)

    def remaining(self, at: float) -> float:
        """Return how many seconds the run still needs."""
        here, later = self._to_come(at)
        return here + later

    def uncertainty(self, at: float) -> float:
        """Return by which share the remaining time may be wrong, 0-1, by how evenly all has gone so far."""
        here, later = self._to_come(at)
        if here + later <= 0:
            return 0.0
        return (here * self._own_uncertainty(at) + later * self._pace_uncertainty()) / (here + later)

    def _to_come(self, at: float) -> tuple[float, float]:
        """Return the seconds that the present command still needs, and those behind it."""
        expected, habits = self.expected, self._habits
        pace = self._pace()
        segment = self._segment
        if segment is None:
            following = expected.segments[self._next :]
            return 0.0, (expected.duration - following[0].start if following else 0.0) * pace
        own = self._own_pace(segment, pace)
        silent = at - self._seen_at
        place = self._seen + silent * habits.drift / own
        late = max(0.0, (place - segment.end) * own)
        here = max((segment.end - place) * own, silent * habits.rest, late * _LATE_REST)
        return here, (expected.duration - segment.end) * pace

    def _pace_uncertainty(self) -> float:
        """Return how far apart the paces of commands are: their mean distance from that of the run, as a share."""
        pace = self._pace()
        seconds = _UNSEEN * self.expected.duration
        apart = seconds * self._habits.apart
        for took, should in self._paces:
            apart += should * min(1.0, abs(math.log(max(took, 0.01) / max(should, 0.01) / pace)))
            seconds += should
        return apart / seconds if seconds > 0 else self._habits.apart

    def _own_uncertainty(self, at: float) -> float:
        """Return the same for what is left of the present command: the more of it is seen, and the later, the smaller."""
        segment = self._segment
        if segment is None:
            return 1.0
        apart = self._pace_uncertainty()
        seen = self._seen - segment.start
        unseen = _UNSEEN * segment.seconds
        silent = (at - self._seen_at) / max(segment.seconds * self._pace(), 1.0)
        known = unseen / (seen + unseen) if seen > 0 else max(1.0, self._habits.apart / apart)
        return min(1.0, apart * (known + silent))

    @property
    def _segment(self) -> Segment | None:
        return None if self._index is None else self.expected.segments[self._index]

    def _find(self, key: int, kind: int) -> int | None:
        segments = self.expected.segments
        for index in range(self._next, len(segments)):
            if segments[index].key == key:
                return index
        for index in range(self._next, min(self._next + _NEAR, len(segments))):
            if segments[index].kind == kind:
                return index
        return None

    def _see(self, place: float, at: float) -> None:
        if place >= self._seen:
            self._seen, self._seen_at = place, at

    def _pace(self) -> float:
        """Return how many seconds pass in one second of the expected course, by all that was seen."""
        doubt = self._habits.doubt * self.expected.duration
        took, should = self._took, self._should
        segment = self._segment
        if segment is not None:
            took += self._seen_at - self._began
            should += self._seen - segment.start
        return (took + doubt) / (should + doubt) if should + doubt > 0 else 1.0

    def _own_pace(self, segment: Segment, pace: float) -> float:
        """Return the same for the present command."""
        doubt = self._habits.own_doubt * segment.seconds + _PATIENCE
        seen = self._seen - segment.start
        return (self._seen_at - self._began + doubt * pace) / (seen + doubt)


def _time_of(points: Sequence[Point], value: float) -> float:
    """Return when ``value`` was reached, between the points."""
    index = bisect_left(points, value, key=lambda point: point.value)
    if index == len(points):
        return points[-1].at
    if index == 0:
        return points[0].at if points[0].value <= value else 0.0
    before, after = points[index - 1], points[index]
    share = (value - before.value) / (after.value - before.value) if after.value > before.value else 0.0
    return before.at + share * (after.at - before.at)
