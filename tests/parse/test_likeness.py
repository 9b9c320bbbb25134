"""How much an earlier run has in common with what is about to run."""

from __future__ import annotations

import pytest

from installcast.parse.likeness import MIN_LIKENESS, commands_of, likeness
from installcast.parse.parser import Parser
from installcast.parse.timeline import Timeline

PACKAGE = b"#!/bin/bash\napt-get update\napt-get install -y nginx\nsystemctl start nginx\n"
BUILD = (
    b"#!/bin/bash\ncurl -fsSLO https://example.org/nginx-1.22.1.tar.gz\n./configure\nmake -j2\nmake install\n"
)
NO_SHELL = b"#!/usr/bin/env python3\nprint('hello')\n"
BEGAN = 1000.0


def run_of(script: bytes, *, seen: bool = True, phase: str = "install") -> Timeline:
    """A run in which each line after the first took ten seconds; ``seen``: where the shell stood could be seen."""
    parser = Parser()
    parser.enter_phase(phase, BEGAN, script=script)
    for second in range(10 * script.count(b"\n") - 10):
        if seen:
            parser.at_line(second // 10 + 2, BEGAN + second)
        parser.feed(b"some line\n", BEGAN + second)
    return parser.timeline()


@pytest.mark.parametrize("script", [PACKAGE, BUILD, NO_SHELL])
@pytest.mark.parametrize("seen", [True, False])
def test_a_script_is_like_itself(script: bytes, seen: bool) -> None:
    """Also where nobody could see what it did."""
    assert likeness(run_of(script, seen=seen), commands_of([("install", script)])) == pytest.approx(
        1.0, abs=0.1
    )


def test_another_script_is_not() -> None:
    """A package and a build have nothing in common but the time before the first command."""
    assert likeness(run_of(PACKAGE), commands_of([("install", BUILD)])) < MIN_LIKENESS
    assert likeness(run_of(BUILD), commands_of([("install", NO_SHELL)])) < MIN_LIKENESS


def test_an_edited_script_is_like_what_it_was() -> None:
    """Other versions change nothing, a changed command a part of it."""
    newer = BUILD.replace(b"1.22.1", b"1.24.0").replace(b"-j2", b"-j16")
    assert likeness(run_of(BUILD), commands_of([("install", newer)])) > 0.9
    edited = BUILD.replace(b"./configure", b"cmake -B build").replace(b"curl", b"wget")
    assert MIN_LIKENESS < likeness(run_of(BUILD), commands_of([("install", edited)])) < 0.9


def test_the_phase_counts() -> None:
    """The same command means another thing in another script of the task."""
    run = run_of(BUILD, phase="install")
    assert likeness(run, commands_of([("verify", BUILD)])) == 0
    assert likeness(run, commands_of([("precheck", PACKAGE), ("install", BUILD)])) > 0.9


def test_nothing_is_like_nothing() -> None:
    """A run of no time, and no scripts."""
    assert likeness(Timeline(0.0, ()), commands_of([("install", BUILD)])) == 0
    assert likeness(run_of(BUILD), commands_of([])) == 0
