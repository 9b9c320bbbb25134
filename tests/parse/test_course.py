"""The course of a task, from what is seen of its scripts."""

from __future__ import annotations

import pytest

from installcast.parse.course import Course
from installcast.parse.observation import Observation
from installcast.parse.progress import CourseStep
from installcast.parse.reading import Reading
from installcast.parse.timeline import Timeline

SCRIPT = b"""#!/bin/bash
set -e
./configure
make -j4
make install
"""
CONFIGURE, MAKE, INSTALL = 3, 4, 5


def as_it_is(text: str) -> str:
    """Mask nothing."""
    return text


def course(history: Timeline | None = None, *, script: bytes = SCRIPT, locale: str = "en") -> Course:
    """Return the course of a task whose install script has begun."""
    made = Course(history, as_it_is, locale=locale)
    made.enter("install", script, 1000.0)
    return made


def earlier() -> Timeline:
    """Return a run: 10 seconds of configure, 80 of make, 10 of make install."""
    made = course()
    made.at_line(CONFIGURE, 1000.0)
    for second in range(1, 91):
        if second == 10:
            made.at_line(MAKE, 1010.0)
        if second == 90:
            made.at_line(INSTALL, 1090.0)
        made.lines([f"line {'x' * second}"], 1, 1000.0 + second)
    made.pass_to(1100.0)
    return made.timeline()


def progress(made: Course, now: float) -> float:
    """Return the share that has passed."""
    estimate = made.estimate(now)
    assert estimate is not None
    return estimate.progress


def test_a_run_becomes_a_timeline() -> None:
    """The commands stand in it with their times."""
    timeline = earlier()
    assert timeline.duration == pytest.approx(100.0)
    assert [round(s.seconds) for s in timeline.segments if s.seconds > 1] == [10, 80, 10]


def test_the_next_run_is_held_against_it() -> None:
    """Where the earlier run was after half its time, this one is at a half, fast or slow."""
    made = course(earlier())
    made.at_line(CONFIGURE, 1000.0)
    made.at_line(MAKE, 1020.0)  # twice as long
    for second in range(10, 50):
        made.lines([f"line {'x' * second}"], 1, 1000.0 + 2 * second)
    assert progress(made, 1100.0) == pytest.approx(0.5, abs=0.05)
    estimate = made.estimate(1100.0)
    assert estimate is not None
    assert estimate.basis == "history"


def test_without_an_earlier_run_commands_are_expected_to_take_their_usual_time() -> None:
    """A make is most of the work of such a script."""
    made = course()
    made.at_line(CONFIGURE, 1000.0)
    made.at_line(MAKE, 1008.0)
    assert progress(made, 1008.0) < 0.35
    made.at_line(INSTALL, 1060.0)
    assert progress(made, 1060.0) > 0.85


def test_a_tool_says_how_far_its_command_is() -> None:
    """A build that says 50 % is at half of its own time."""
    made = course(script=b"cmake --build build\ncmake --install build\n")
    made.at_line(1, 1000.0)
    for second in range(1, 31):
        made.read(Reading("cmake", second / 60), 1000.0 + second)
    estimate = made.estimate(1030.0)
    assert estimate is not None
    assert estimate.basis == "tool"
    assert estimate.progress == pytest.approx(0.5, abs=0.1)


def test_where_nothing_is_known_nothing_is_said() -> None:
    """A script that is no shell script has no course."""
    made = course(script=b"#!/usr/bin/env python3\nimport this\n")
    assert made.estimate(1010.0) is None
    assert made.step is None


def test_commands_are_steps() -> None:
    """The script's own commands appear as steps, in the language of whoever started it, and numbered."""
    made = course()
    made.at_line(MAKE, 1001.0)
    assert made.step == CourseStep("Compile", 2, 3)
    made = course(locale="zh")
    made.at_line(MAKE, 1001.0)
    assert made.step is not None
    assert made.step.title != "Compile"


def test_an_observation_tells_the_command() -> None:
    """The place of the shell in its script tells which command runs, and where it does not, its processes do."""
    made = course()
    made.observe(Observation(offset=SCRIPT.index(b"make install")), 1001.0)
    assert made.step is not None
    assert made.step.current == 2
    made.observe(Observation(offset=None, commands=(("make", "install"), ("/bin/sh", "-c", "cp"))), 1002.0)
    assert made.step.current == 3


def test_a_silent_tool_is_seen_at_work() -> None:
    """What it is busy with is known as long as its command runs, and masked like everything else."""
    made = Course(None, lambda text: text.replace("hunter2", "***"))
    made.enter("install", SCRIPT, 1000.0)
    made.at_line(CONFIGURE, 1000.0)
    made.observe(Observation(readings=(Reading("tar", 0.2, "Unpacking hunter2.tar"),)), 1001.0)
    assert made.doing == "Unpacking ***.tar"
    made.observe(Observation(readings=(Reading("tar", 0.3),)), 1002.0)
    assert made.doing == "Unpacking ***.tar"
    made.at_line(MAKE, 1003.0)
    assert made.doing == ""


def test_a_part_of_a_command_that_was_too_quick_to_be_seen() -> None:
    """The process that runs tells which part of a line its tool's fraction belongs to."""
    made = course(script=b"tar -xf a.tar.xz && xz -9 -k big\n")
    xz = Observation(offset=None, commands=(("xz", "-9", "-k", "big"),))
    for second in range(1, 31):
        seen = xz._replace(readings=(Reading("xz", second / 40),))
        made.observe(seen, 1000.0 + second)
    assert 0.7 < progress(made, 1030.0) < 0.9


def test_the_last_of_equal_commands_is_reached() -> None:
    """At the end of its script a shell can only be at the last command, whatever others look like it."""
    script = b"sleep 2\necho a\nsleep 2\n"
    made = course(script=script)
    made.observe(Observation(offset=8, commands=(("sleep", "2"),)), 1000.0)
    assert made.step is not None
    assert made.step.current == 1
    made.observe(Observation(offset=None, commands=(("sleep", "2"),)), 1002.0)
    assert made.step.current == 1
    made.observe(Observation(offset=len(script), commands=(("sleep", "2"),)), 1002.0)
    assert made.step.current == 2


def test_no_end_is_promised_where_runs_differ() -> None:
    """Where other runs took another time, the earlier one tells the way, and no remaining time."""
    told = []
    for timeline in (earlier(), earlier()._replace(is_typical=False)):
        made = course(timeline)
        made.at_line(CONFIGURE, 1000.0)
        for second in range(1, 60):
            if second == 10:
                made.at_line(MAKE, 1010.0)
            made.lines([f"line {'x' * second}"], 1, 1000.0 + second)
            estimate = made.estimate(1000.0 + second)
        assert estimate is not None
        told.append(estimate.eta_seconds is not None)
    assert told == [True, False]


def test_a_machine_that_slept_has_not_worked() -> None:
    """A leap of the clock is no time of the run."""
    made = course()
    made.at_line(CONFIGURE, 1000.0)
    made.pass_to(1005.0)
    made.pass_to(9_000_000.0)
    made.pass_to(0.0)
    made.pass_to(5.0)
    assert made.timeline().duration == pytest.approx(10.0)


def test_titles_and_sums_are_masked() -> None:
    """A secret that stands in a script is neither shown in a step nor hidden in a sum."""

    def mask(text: str) -> str:
        return text.replace("hunter2", "***")

    timelines = []
    for password in ("hunter2", "***"):
        made = Course(None, mask)
        made.enter("install", f"deploy-tool hunter2x {password}\n".encode(), 0.0)
        made.at_line(1, 0.0)
        assert made.step is None or "hunter2" not in made.step.title
        timelines.append(made.timeline())
    assert timelines[0] == timelines[1]
