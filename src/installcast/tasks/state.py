"""The states of a task, and which can follow which."""

from __future__ import annotations

from enum import StrEnum

from installcast.errors import InvalidTransitionError


class TaskStatus(StrEnum):
    """Where a task stands. Its value is what the outside reads."""

    QUEUED = "queued"
    RUNNING = "running"
    """Its runner was, or is about to be, started: from here on it is never started by accident a second time."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    INTERRUPTED = "interrupted"
    """The machine or the runner died under it: how far it came, nobody knows."""
    ENDED = "ended"
    """A followed log of another installer is over; its outcome is unknown."""

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self not in ACTIVE


ACTIVE = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})
"""Not ended yet."""

_FOLLOWERS = {
    # A queued task fails when its runner cannot be started, and is interrupted when its secrets are gone.
    TaskStatus.QUEUED: (TaskStatus.RUNNING, TaskStatus.FAILED, TaskStatus.CANCELED, TaskStatus.INTERRUPTED),
    TaskStatus.RUNNING: (
        TaskStatus.SUCCEEDED,
        TaskStatus.FAILED,
        TaskStatus.CANCELED,
        TaskStatus.INTERRUPTED,
        TaskStatus.ENDED,
    ),
}


def transition(task_id: str, actual: TaskStatus, wanted: TaskStatus) -> TaskStatus:
    """Return ``wanted`` if it can follow ``actual``, else raise :class:`InvalidTransitionError`."""
    expected = _FOLLOWERS.get(actual, ())
    if wanted not in expected:
        raise InvalidTransitionError(
            task_id=task_id, actual=actual.value, wanted=wanted.value, expected=", ".join(expected) or "none"
        )
    return wanted
