"""Lines of one log in another."""

from __future__ import annotations

import random

from installcast.parse.alignment import align


def test_lines_that_stand_alone_hold_the_rest() -> None:
    """A line that comes often is taken for the next one of its kind, between those that come once."""
    here = [1, 9, 2, 9, 3, 9, 4]
    there = [1, 9, 5, 2, 3, 9, 9, 4]
    assert align(here, there) == {0: 0, 1: 1, 2: 3, 4: 4, 5: 5, 6: 7}


def test_what_has_changed_its_place_is_left_out() -> None:
    """The longest series in the same order counts."""
    assert align([1, 2, 3, 4], [4, 1, 2, 3]) == {0: 1, 1: 2, 2: 3}
    assert align([], [1]) == align([1], []) == {}


def test_any_two_logs() -> None:
    """Whatever they hold, equal lines are paired, and in order."""
    chance = random.Random(7)
    for _ in range(200):
        here, there = ([chance.randrange(12) for _ in range(chance.randrange(30))] for _ in range(2))
        pairs = align(here, there)
        assert all(here[one] == there[other] for one, other in pairs.items())
        assert sorted(pairs.values()) == [pairs[one] for one in sorted(pairs)]
