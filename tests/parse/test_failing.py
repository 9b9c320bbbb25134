"""The causes of recorded failures, of tools of several systems and versions."""

from __future__ import annotations

import re

import pytest

from installcast.parse.causes import CAUSES
from installcast.parse.parser import Error, Parser
from installcast.record import LogMessage
from tests.corpus.failing import Failing, failing

from .parsing import NOW, records

FAILING = failing()


def replay(case: Failing, *, read: int = 65536) -> tuple[Error, list[LogMessage]]:
    """Return the cause and the records of one transcript, read in pieces of so many bytes."""
    parser = Parser()
    bodies = parser.enter_phase("install", NOW, script=case.script)
    for at in range(0, len(case.output), read):
        bodies += parser.feed(case.output[at : at + read], NOW)
    bodies += parser.flush(NOW)
    return parser.diagnose(case.exit_code), records(bodies)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_cause_and_line(case: Failing) -> None:
    """The code and the line are those that a person gives it."""
    error, found = replay(case)
    line = None if error.body_index is None else found[error.body_index].message
    assert (error.code, line) == (case.code, case.line)


@pytest.mark.parametrize("case", FAILING, ids=lambda case: case.name)
def test_hints_read_well(case: Failing) -> None:
    """Hints are one sentence in each language, with no place left open and no particular that is empty."""
    error, _ = replay(case)
    assert re.search(r"[\u4e00-\u9fff]", error.hint_zh)
    for hint in (error.hint, error.hint_zh):
        assert not re.search(r"\{\w+\}| \(\)|（）|: ;|: \.$| {2}|[:：][,，]", hint)
        assert hint[-1] in ".。"


def test_pieces_make_no_difference() -> None:
    """The cause is the same whatever the reads were."""
    for case in FAILING[::7]:
        assert replay(case)[0] == replay(case, read=11)[0]


def test_every_hint_can_be_filled_in() -> None:
    """The particulars of a hint are groups of the expressions, or what is added to them."""
    added = {"url", "package", "reason"}
    for cause in CAUSES:
        groups = {name for pattern in cause.patterns for name in re.compile(pattern).groupindex}
        assert set(re.findall(r"\{(\w+)\}", cause.hint + cause.hint_zh)) <= groups | added
        assert all(word == word.lower() for word in cause.words)
