"""Room for connections, by the number of their descriptor."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from installcast.api.descriptors import RESERVE, Door, Room, room_for


@pytest.fixture
def limit() -> Iterator[int]:
    """The limit of this process, which is high enough not to matter."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(2000, soft)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_some_are_always_left(limit: int) -> None:
    """Above the reserve there is room; in its upper half only for an answer; in the rest for nobody."""
    assert room_for(limit - RESERVE - 1) is Room.ENOUGH
    assert room_for(limit - RESERVE) is Room.ANSWER
    assert room_for(limit - RESERVE // 2 - 1) is Room.ANSWER
    assert room_for(limit - RESERVE // 2) is Room.NONE


def test_the_log_says_so_now_and_then(limit: int, caplog: pytest.LogCaptureFixture) -> None:
    """A thousand refusals are one line a minute, with their number."""
    now = 0.0
    door = Door(lambda: now)
    assert door.room(10) is Room.ENOUGH
    assert not caplog.records
    for now in (0.0, *[1.0] * 998, 59.0, 60.0):  # noqa: B007 - the door reads it
        door.room(limit - 1)
    assert [record.args for record in caplog.records] == [(1,), (1001,)]
