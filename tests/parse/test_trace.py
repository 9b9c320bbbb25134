"""The record of the present run."""

from __future__ import annotations

import tracemalloc
from itertools import product

from installcast.parse.timeline import MAX_SEGMENTS, sum_of
from installcast.parse.trace import MAX_BURST, Trace

WORDS = ["".join(letters) for letters in product("abcdefgh", repeat=2)]


def test_commands_follow_each_other() -> None:
    """A command ends where the next one begins, and the last one with the run."""
    trace = Trace()
    trace.begin(1, 10, 0.0)
    trace.begin(2, 20, 1.5)
    timeline = trace.timeline(4.0)
    assert timeline.duration == 4.0
    assert [(s.key, s.kind, s.start, s.end) for s in timeline.segments] == [
        (1, 10, 0.0, 1.5),
        (2, 20, 1.5, 4.0),
    ]


def test_lines_that_came_once_are_marks() -> None:
    """A line that is printed again and again says nothing of where a run is; how many came does."""
    trace = Trace()
    trace.begin(1, 1, 10.0)
    assert list(trace.lines(["configure"], 1, 11.0)) == [sum_of("configure")]
    assert list(trace.lines(["checking", "checking"], 2, 12.0)) == [sum_of("checking")]
    assert not trace.lines(["checking"], 1, 13.0)
    (segment,) = trace.timeline(20.0).segments
    assert segment.marks == [(1.0, sum_of("configure"))]
    assert segment.counts == [(1.0, 1), (2.0, 3), (3.0, 4)]


def test_a_burst_is_only_counted() -> None:
    """Lines that come by the thousand are not looked at one by one."""
    trace = Trace()
    trace.begin(1, 1, 0.0)
    assert not trace.lines([], MAX_BURST + 1, 1.0)
    assert trace.timeline(2.0).segments[0].counts == [(1.0, MAX_BURST + 1)]


def test_fractions_rise() -> None:
    """Of what a tool says of itself, only what goes on is kept."""
    trace = Trace()
    trace.begin(1, 1, 0.0)
    for at, fraction in ((1.0, 0.2), (2.0, 0.1), (3.0, 0.6)):
        trace.read(9, fraction, at)
    assert trace.timeline(4.0).segments[0].fractions == [(1.0, 0.2), (3.0, 0.6)]


def test_nothing_is_known_before_the_first_command() -> None:
    """Lines before any command are no part of one."""
    trace = Trace()
    assert not trace.lines(["a"], 1, 1.0)
    trace.read(9, 0.5, 1.0)
    assert trace.timeline(2.0).segments == ()


def test_a_loop_of_thousands_keeps_its_longest_commands() -> None:
    """What took no time is left out where there is too much of it."""
    trace = Trace()
    for index in range(1500):
        trace.begin(index, index, index * 0.01 + (50.0 if index > 700 else 0.0))
    timeline = trace.timeline(100.0)
    assert len(timeline.segments) == MAX_SEGMENTS
    assert 700 in [segment.key for segment in timeline.segments]


def test_a_long_run_takes_little_memory() -> None:
    """However many lines its commands print, what is kept of those that have ended is bounded."""
    trace = Trace()
    tracemalloc.start()
    try:
        for command in range(200):
            trace.begin(command, command, command * 60.0)
            for burst in range(10):
                texts = [f"{chr(97 + burst)} {word}" for word in WORDS]
                trace.lines(texts, len(texts), command * 60.0 + burst)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 15_000_000
    assert all(len(segment.marks) >= 2 for segment in trace.timeline(12_000.0).segments)
