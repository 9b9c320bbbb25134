"""The course of one task: which command its script is at, how far that is, and how much of the whole has passed.

Joins what the script's text, the kernel, the tools and an earlier run tell. Knows nothing of steps and percentages that
scripts report: those are joined with the estimate of here in :mod:`installcast.parse.progress`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from installcast.parse.confidence import Confidence
from installcast.parse.forecast import GUESSED, LEARNED, Forecast
from installcast.parse.gauges import Gauges
from installcast.parse.observation import Observation
from installcast.parse.outline import Command, Outline, read_outline
from installcast.parse.progress import Basis, CourseStep, Estimate
from installcast.parse.reading import Reading
from installcast.parse.timeline import Point, Segment, Timeline, kind_of, sum_of
from installcast.parse.trace import Trace

_LONGEST_STEP = 60.0
"""Seconds between two looks at the clock. A longer time is a machine that slept, or a clock that was set."""

_BAR = "bar"
"""Of a :class:`Reading`: a bar that might be any tool's."""


class Course:
    """Follows the scripts of one task. ``now`` is in seconds, of any clock; ``plain`` masks."""

    def __init__(self, history: Timeline | None, plain: Callable[[str], str], *, locale: str = "en") -> None:
        self._history = history
        self._plain = plain
        self._locale = locale
        self._trace = Trace()
        self._forecast = Forecast(history, LEARNED) if history is not None else None
        self._confidence = Confidence()
        self._outline = Outline()
        self._visible: list[int] = []  # the commands of the script that are steps
        self._phase = ""
        self._index: int | None = None
        self._now: float | None = None
        self._elapsed = 0.0
        self._gauges = Gauges()
        self._sums: dict[str, int] = {}  # of the names of tools
        self._is_read = False  # a tool of the present command has said how far it is
        self._part: int | None = None  # how many parts of the present command are done, where that is known
        self.doing = ""
        """What a tool that prints nothing is busy with, such as ``Unpacking nginx``."""
        self.works = False
        """Commands of the script are known to do more than wait and talk."""
        self.step: CourseStep | None = None
        """The command under way, where it is one that people want to know of."""

    @property
    def is_learned(self) -> bool:
        """Whether there is an earlier run, and this one goes as it did."""
        return self._history is not None

    def enter(self, phase: str, script: bytes | None, now: float) -> None:
        """The script of ``phase`` begins."""
        self.pass_to(now)
        self._phase, self._index, self.step = phase, None, None
        self._outline = read_outline(script or b"", locale=self._locale)
        commands = self._outline.commands
        self._visible = [index for index, command in enumerate(commands) if command.title]
        self.works = any(not commands[index].text.startswith("sleep ") for index in self._visible)
        if self._history is None:
            self._forecast = (
                Forecast(_expected(self._outline, phase, self._elapsed, self._plain), GUESSED)
                if commands
                else None
            )
        self._begin(f"{phase}:")

    def pass_to(self, now: float) -> None:
        """Time has passed."""
        if self._now is not None and 0 < now - self._now < _LONGEST_STEP:
            self._elapsed += now - self._now
        self._now = now

    def observe(self, seen: Observation, now: float) -> None:
        """Take what was seen of the script from outside."""
        self.pass_to(now)
        index = None if seen.offset is None else self._outline.at_offset(seen.offset)
        if index is None:
            # Outermost first: what a package's script starts may look like a command of ours.
            found = (self._outline.matching(argv, offset=seen.offset) for argv in seen.commands)
            index = next((match for match in found if match is not None), None)
        if index is not None:
            self.reach(index)
        self._look_for_part(seen)
        for reading in seen.readings:
            self._read(f"{reading.tool}, seen", reading.fraction)
            self.doing = self._plain(reading.title) or self.doing

    def at_line(self, line: int, now: float) -> None:
        """The script is at ``line`` of its text, counted from 1."""
        self.pass_to(now)
        index = self._outline.at_line(line)
        if index is not None:
            self.reach(index)

    def reach(self, index: int) -> None:
        """The script is at this command of its outline."""
        if index == self._index:
            return
        self._index = index
        command = self._outline.commands[index]
        self._begin(name_of(self._phase, command))
        if command.title:
            self.step = CourseStep(
                self._plain(command.title), self._visible.index(index) + 1, len(self._visible)
            )

    def lines(self, texts: Sequence[str], count: int, now: float) -> None:
        """Take ``count`` lines that came at once; ``texts`` are the first of them, masked."""
        self.pass_to(now)
        new = self._trace.lines(texts, count, self._elapsed)
        if self._forecast is not None:
            self._forecast.lines(new, self._trace.line_count, self._elapsed)

    def read(self, reading: Reading, now: float) -> None:
        """Take what a tool has printed."""
        self.pass_to(now)
        self._read(reading.tool, reading.fraction)

    def estimate(self, now: float) -> Estimate | None:
        """Return how far the task is, ``None`` when nobody knows."""
        self.pass_to(now)
        if self._forecast is None or not (self.is_learned or self._visible):
            return None
        remaining = self._forecast.remaining(self._elapsed)
        total = self._elapsed + remaining
        basis: Basis = "history" if self.is_learned else "tool" if self._is_read else "position"
        uncertainty = self._forecast.uncertainty(self._elapsed)
        sure = self._confidence.weigh(self._elapsed, remaining, uncertainty)
        return Estimate(
            self._elapsed / total if total > 0 else 0.0,
            basis,
            remaining if sure and (self._history is None or self._history.is_typical) else None,
        )

    def timeline(self) -> Timeline:
        """Return this run as what the next one can learn from."""
        return self._trace.timeline(self._elapsed)

    def _look_for_part(self, seen: Observation) -> None:
        """Find out which part of the present command runs: the ones before it may have been too quick to be seen."""
        for argv in seen.commands:
            place = self._outline.locate(argv)
            if place is not None and place[0] == self._index:
                parts = self._outline.commands[place[0]].steps
                if parts[place[1]].title:
                    self._part = sum(bool(part.title) for part in parts[: place[1]])
                return

    def _read(self, gauge: str, fraction: float) -> None:
        own, joined = self._gauges.read(gauge, fraction)
        if self._part is not None:
            joined = max(joined, self._part + fraction)
        if gauge == _BAR:
            joined = 1 - 0.5**joined  # whose bar it is, and whether others follow, nobody knows
        tool = self._sums.get(gauge)
        if tool is None:
            tool = self._sums[gauge] = sum_of(gauge)
        self._trace.read(tool, own, self._elapsed)
        if self._forecast is not None:
            self._forecast.read(tool, own, joined, self._elapsed)
        self._is_read = True

    def _begin(self, command: str) -> None:
        self._gauges, self._is_read, self.doing = Gauges(), False, ""
        self._part = None
        command = self._plain(command)
        key, kind = sum_of(command), sum_of(kind_of(command))
        self._trace.begin(key, kind, self._elapsed)
        if self._forecast is not None:
            self._forecast.begin(key, kind, self._elapsed)


def name_of(phase: str, command: Command) -> str:
    """Return what a command is known by: the same one means another thing in another script."""
    return f"{phase}:{command.text}"


def _expected(outline: Outline, phase: str, at: float, plain: Callable[[str], str]) -> Timeline:
    """Return the course that a script's text lets expect, from ``at`` on."""
    segments: list[Segment] = []
    for command in outline.commands:
        text = plain(name_of(phase, command))
        end = at + command.seconds
        segments.append(Segment(sum_of(text), sum_of(kind_of(text)), at, end, fractions=_runs(command)))
        at = end
    return Timeline(at, tuple(segments))


def _runs(command: Command) -> list[Point]:
    """Return how the tools of a command are expected to follow each other: one run for each of its parts that is work."""
    points: list[Point] = []
    at, runs = 0.0, 0
    for part in command.steps:
        if part.title:
            points += (Point(at, runs), Point(at + part.seconds, runs + 1))
            runs += 1
        at += part.seconds
    return points or [Point(0.0, 0.0), Point(command.seconds, 1.0)]
