"""Steps through the scripts of one task."""

from __future__ import annotations

import json

import pytest

from installcast.parse.parser import Parser
from installcast.parse.progress import StepPlan

PLAN = [StepPlan("Check"), StepPlan("Copy", 8), StepPlan("Verify")]


def step(parser: Parser, current: int, total: int) -> None:
    event = {"type": "step", "current": current, "total": total, "title": ""}
    parser.feed_events(json.dumps(event).encode() + b"\n", 0.0)


def test_steps_of_checks_count_on() -> None:
    """A recipe's numbering may go through its precheck, its install and its verification."""
    parser = Parser(steps=PLAN)
    seen = []
    for number, phase in enumerate(("precheck", "install", "verify"), 1):
        parser.enter_phase(phase, 0.0)
        step(parser, number, 3)
        seen.append((parser.state.step, parser.state.progress))
    assert seen == [("Check", 0), ("Copy", 10), ("Verify", 90)]


@pytest.mark.parametrize("phase", ["precheck", "verify", "rollback"])
def test_other_steps_do_not(phase: str) -> None:
    """A check that counts its own steps, or a rollback, says nothing of how far the install has come."""
    parser = Parser(steps=PLAN)
    parser.enter_phase(phase, 0.0)
    step(parser, 1, 2)
    assert (parser.state.current_step, parser.state.total_steps) == (0, 3)
    parser.feed(b"[1/3] a marker\n", 0.0)
    assert parser.state.current_step == 0


def test_rollback_takes_no_part() -> None:
    """Not even in the same numbering: a rollback goes the other way."""
    parser = Parser(steps=PLAN)
    parser.enter_phase("rollback", 0.0)
    step(parser, 1, 3)
    assert parser.state.current_step == 0
