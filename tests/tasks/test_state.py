"""The states of a task, and which can follow which."""

from __future__ import annotations

import itertools

import pytest

from installcast.errors import InvalidTransitionError
from installcast.tasks.state import ACTIVE, TaskStatus, transition

POSSIBLE = {
    ("queued", "running"),
    ("queued", "failed"),
    ("queued", "canceled"),
    ("queued", "interrupted"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "canceled"),
    ("running", "interrupted"),
    ("running", "ended"),
}


@pytest.mark.parametrize(("actual", "wanted"), list(itertools.product(TaskStatus, TaskStatus)))
def test_every_transition(actual: TaskStatus, wanted: TaskStatus) -> None:
    """What can follow is returned, all else is refused with both names and what was expected."""
    if (actual.value, wanted.value) in POSSIBLE:
        assert transition("t", actual, wanted) is wanted
        return
    with pytest.raises(InvalidTransitionError) as caught:
        transition("t", actual, wanted)
    assert actual.value in str(caught.value)
    assert wanted.value in str(caught.value)


def test_a_final_state_has_no_follower() -> None:
    """Final means final."""
    for status in TaskStatus:
        assert status.is_final is (status not in ACTIVE)
        assert status.is_final is not any(actual == status.value for actual, _ in POSSIBLE)
