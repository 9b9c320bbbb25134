"""Who may run."""

from __future__ import annotations

import pytest

from installcast.errors import TooManyError
from installcast.tasks.queue import MAX_WAITING, Blocked, Queue


def test_in_the_order_of_asking() -> None:
    """So many run at once; the next one follows when one has ended."""
    queue = Queue(2)
    for name in "abcd":
        queue.add(name, name, ())
    assert queue.take() == ["a", "b"]
    assert queue.take() == []
    assert [queue.position(name) for name in "abcd"] == [None, None, 1, 2]
    queue.ended("b")
    assert queue.take() == ["c"]
    assert queue.position("d") == 1


def test_a_shared_lock_waits_and_says_for_whom() -> None:
    """Two that share a lock never run at once, though there is room; one without passes by."""
    queue = Queue(3)
    queue.add("a", "nginx", ["dpkg"])
    queue.add("b", "redis", ["dpkg"])
    queue.add("c", "httpie", ())
    assert queue.take() == ["a", "c"]
    assert queue.blocked("b") == Blocked("dpkg", "nginx")
    assert queue.blocked("a") is None
    queue.ended("a")
    assert queue.take() == ["b"]


def test_nobody_starves() -> None:
    """One that needs two locks is not passed for ever by those that need one of them."""
    queue = Queue(5)
    queue.adopt("a", "a", ["x"])
    queue.add("both", "both", ["x", "y"])
    queue.add("later", "later", ["y"])
    assert queue.take() == []
    queue.ended("a")
    assert queue.take() == ["both"]
    assert queue.blocked("later") == Blocked("y", "both")


def test_a_waiting_task_can_be_withdrawn() -> None:
    """A withdrawn task never runs; one that has started is not withdrawn."""
    queue = Queue(1)
    queue.add("a", "a", ())
    queue.add("b", "b", ())
    assert queue.take() == ["a"]
    assert queue.withdraw("b")
    assert not queue.withdraw("a")
    queue.ended("a")
    assert queue.take() == []


def test_put_back_is_first() -> None:
    """A task that could not be started keeps its place, and says why it waits until it is started."""
    queue = Queue(1)
    queue.add("a", "a", ())
    queue.add("b", "b", ())
    assert queue.take() == ["a"]
    assert queue.put_back("a", "no space")
    assert queue.waiting == ["a", "b"]
    assert [queue.obstacle(task_id) for task_id in ("a", "b", "c")] == ["no space", "", ""]
    assert queue.take() == ["a"]
    assert queue.obstacle("a") == ""
    assert not queue.put_back("a", "no space")


def test_adopted_tasks_count() -> None:
    """Tasks found running fill the places, even more than there are."""
    queue = Queue(1)
    queue.adopt("a", "a", ())
    queue.adopt("b", "b", ())
    queue.add("c", "c", ())
    queue.ended("a")
    assert queue.take() == []
    queue.ended("b")
    queue.ended("b")
    assert queue.take() == ["c"]


def test_it_is_bounded() -> None:
    """Nobody may fill it without end."""
    queue = Queue(1)
    for number in range(MAX_WAITING):
        queue.require_room()
        queue.add(str(number), str(number), ())
    with pytest.raises(TooManyError):
        queue.require_room()
