"""Who may run: in the order of asking, so many at a time, and never two at once that share a lock.

Pure: no clock, no I/O. It is told what comes and what ends, and says what to start.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from installcast.errors import TooManyError

MAX_WAITING = 1000
"""More than one task waits only per recipe and there are not that many: beyond this somebody plays."""


class Waiting(NamedTuple):
    """A task that wants to run."""

    task_id: str
    key: str
    locks: frozenset[str]
    obstacle: str = ""
    """Why it could not be started when its turn came, the last time."""


class Blocked(NamedTuple):
    """Why a task waits although there is room: it needs ``lock``, which ``key`` is using."""

    lock: str
    key: str


class Queue:
    """Tasks that run and tasks that wait. ``max_parallel`` is how many may run at once."""

    def __init__(self, max_parallel: int) -> None:
        self._max_parallel = max_parallel
        self._waiting: dict[str, Waiting] = {}
        self._running: dict[str, Waiting] = {}

    def require_room(self) -> None:
        """Raise :class:`TooManyError` when no further task may wait."""
        if len(self._waiting) >= MAX_WAITING:
            raise TooManyError(what="queued tasks", limit=MAX_WAITING)

    def add(self, task_id: str, key: str, locks: Iterable[str]) -> None:
        """Let a task wait behind all others."""
        self._waiting[task_id] = Waiting(task_id, key, frozenset(locks))

    def adopt(self, task_id: str, key: str, locks: Iterable[str]) -> None:
        """Count a task that runs already, whatever the limit says."""
        self._running[task_id] = Waiting(task_id, key, frozenset(locks))

    def take(self) -> list[str]:
        """Return the tasks that are to be started now; they count as running from here on.

        A task that needs a lock in use lets others pass, but not those that want a lock that it waits for, too: it would
        never get all of its own.
        """
        started: list[str] = []
        wanted: set[str] = set().union(*(task.locks for task in self._running.values()))
        for task in list(self._waiting.values()):
            if len(self._running) >= self._max_parallel:
                break
            if wanted.isdisjoint(task.locks):
                self._running[task.task_id] = self._waiting.pop(task.task_id)
                started.append(task.task_id)
            wanted |= task.locks
        return started

    def withdraw(self, task_id: str) -> bool:
        """Take a waiting task out; return ``False`` when it does not wait (any more)."""
        return self._waiting.pop(task_id, None) is not None

    def put_back(self, task_id: str, obstacle: str) -> bool:
        """A task could not be started yet, for ``obstacle``: it waits again, before all others. Tell whether that is news."""
        before = self._running.pop(task_id)
        task = before._replace(obstacle=obstacle)
        self._waiting = {task_id: task, **self._waiting}
        return task != before

    def ended(self, task_id: str) -> None:
        """A task does not run any more. A second call does nothing."""
        self._running.pop(task_id, None)

    def runs(self, task_id: str) -> bool:
        """Return whether a task counts as running."""
        return task_id in self._running

    @property
    def running(self) -> int:
        """How many tasks run."""
        return len(self._running)

    @property
    def waiting(self) -> list[str]:
        """The ids of the tasks that wait, the next one first."""
        return list(self._waiting)

    def position(self, task_id: str) -> int | None:
        """Return the place of a waiting task, from 1, or ``None`` when it does not wait."""
        for place, waiting in enumerate(self._waiting, 1):
            if waiting == task_id:
                return place
        return None

    def obstacle(self, task_id: str) -> str:
        """Return why a waiting task could not be started when its turn came, ``""`` where it has not come yet."""
        task = self._waiting.get(task_id)
        return task.obstacle if task else ""

    def blocked(self, task_id: str) -> Blocked | None:
        """Return what a waiting task waits for, when that is a lock and not only its turn."""
        task = self._waiting.get(task_id)
        if task is None:
            return None
        for running in self._running.values():
            for lock in sorted(running.locks & task.locks):
                return Blocked(lock, running.key)
        return None
