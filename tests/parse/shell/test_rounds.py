"""How often loops go round."""

from __future__ import annotations

import pytest

from installcast.parse.shell.nodes import Loop
from installcast.parse.shell.rounds import LIST_ROUNDS, MAX_ROUNDS, WAITING_ROUNDS, is_waiting, rounds_of
from installcast.parse.shell.syntax import ScriptReader
from installcast.parse.shell.variables import Variables


@pytest.mark.parametrize(
    ("loop", "rounds"),
    [
        ("for x in a b c; do a; done", 3),
        ("for x in; do a; done", 0),
        ("for x in $LIST; do a; done", LIST_ROUNDS),
        ("for x in *.conf; do a; done", LIST_ROUNDS),
        ("for x; do a; done", LIST_ROUNDS),
        ("for x in $(seq 7); do a; done", 7),
        ("for x in $(seq 3 7); do a; done", 5),
        ("for x in $(seq $N); do a; done", LIST_ROUNDS),
        ("for x in {1..7}; do a; done", 7),
        ("for x in {a,b,c}; do a; done", 3),
        ("for x in {1..99999999}; do a; done", 1),
        ("for x in {1..9999999}; do a; done", MAX_ROUNDS),
        ("for ((i = 0; i < 7; i++)); do a; done", 7),
        ("for ((i = 9; i < 7; i++)); do a; done", 0),
        ("for ((;;)); do a; done", LIST_ROUNDS),
        ("while a; do b; done", WAITING_ROUNDS),
        ("for x in $(seq 30); do a && break; done", WAITING_ROUNDS),
        ("for x in a b; do if c; then { return; }; fi; done", 2),
        ("for x in {1..9}; do case $x in a) break;; esac; done", WAITING_ROUNDS),
    ],
)
def test_rounds(loop: str, rounds: float) -> None:
    """Lists and numbers that are plain to see are counted; waiting is taken for a few rounds, and so is what is not known."""
    (item,) = ScriptReader(loop).read_script()
    assert isinstance(item.node, Loop)
    words = [text for word in item.node.words for text in Variables().expand(word)]
    assert rounds_of(item.node, words) == rounds
    assert is_waiting(item.node) is any(word in loop for word in ("while", "break", "return"))
